/** Which chain a socket goes to: Envoy's order of criteria, the most specific first, no way back. */
import t from 'tap';
import type { CidrRange, FilterChainMatch } from '../../src/config/schema/types.ts';
import { ChainMatcher } from '../../src/listener/chain-match.ts';
import { FilterChain } from '../../src/listener/filter-chain.ts';
import { Address } from '../../src/transport/address.ts';
import { SocketInfo } from '../../src/transport/socket-info.ts';
import type { Wire } from '../../src/transport/wire.ts';

interface Socket {
  to?: Address;
  from?: Address;
  direct?: Address;
  name?: string;
  transport?: string;
  alpn?: readonly string[];
}

function matcher(chains: Record<string, FilterChainMatch>, fallback = false): (s: Socket) => string | null {
  const m = new ChainMatcher(fallback ? new FilterChain('default', null) : null);
  for (const [name, match] of Object.entries(chains)) t.equal(m.add(match, new FilterChain(name, null)), null);
  return (s) => {
    const info = new SocketInfo();
    info.serverName = s.name ?? '';
    info.transportProtocol = s.transport ?? 'raw_buffer';
    info.applicationProtocols = s.alpn ?? [];
    const from = s.from ?? new Address('10.0.0.9', 5000);
    if (s.direct !== undefined) info.remoteAddress = from;
    const raw = {
      localAddress: () => s.to ?? new Address('10.0.0.1', 80),
      remoteAddress: () => s.direct ?? from,
    } as unknown as Wire;
    return m.find(raw, info)?.name ?? null;
  };
}
const range = (addressPrefix: string, prefixLen: number): CidrRange => ({ addressPrefix, prefixLen });
const to = (ip: string, port = 80): Socket => ({ to: new Address(ip, port) });
const from = (ip: string, port = 5000): Socket => ({ from: new Address(ip, port) });

t.test('destination port', async (t) => {
  const find = matcher({ p: { destinationPort: 80 }, any: {} });
  t.equal(find({}), 'p');
  t.equal(find(to('10.0.0.1', 81)), 'any');
});

t.test('destination ranges: the longest; none: the default chain', async (t) => {
  const find = matcher(
    {
      wide: { prefixRanges: [range('10.0.0.0', 8)] },
      narrow: { prefixRanges: [range('10.1.0.0', 16), range('fd00::', 8)] },
      one: { prefixRanges: [range('10.1.2.3', 32)] },
    },
    true,
  );
  t.equal(find(to('10.9.9.9')), 'wide');
  t.equal(find(to('10.1.9.9')), 'narrow');
  t.equal(find(to('10.1.2.3')), 'one');
  t.equal(find(to('fd00::1')), 'narrow');
  t.equal(find(to('::ffff:10.1.2.3')), 'one');
  t.equal(find(to('11.0.0.1')), 'default');
});

t.test('server names: exact, the longest wildcard, any', async (t) => {
  const find = matcher({
    exact: { serverNames: ['a.example.com', 'UPPER.example.com'] },
    wild: { serverNames: ['*.example.com'] },
    deep: { serverNames: ['*.b.example.com'] },
    any: {},
  });
  t.equal(find({ name: 'a.example.com' }), 'exact');
  t.equal(find({ name: 'upper.example.com' }), 'exact');
  t.equal(find({ name: 'c.example.com' }), 'wild');
  t.equal(find({ name: 'x.b.example.com' }), 'deep');
  t.equal(find({ name: 'b.example.com' }), 'wild');
  t.equal(find({ name: 'example.com' }), 'any');
  t.equal(find({ name: 'x.' }), 'any');
  t.equal(find({}), 'any');
});

t.test('transport and application protocols', async (t) => {
  const find = matcher({
    h2: { transportProtocol: 'tls', applicationProtocols: ['h2', 'grpc'] },
    tls: { transportProtocol: 'tls' },
    raw: { transportProtocol: 'raw_buffer' },
  });
  t.equal(find({ transport: 'tls', alpn: ['spdy', 'grpc', 'http/1.1'] }), 'h2');
  t.equal(find({ transport: 'tls', alpn: ['http/1.1'] }), 'tls');
  t.equal(find({ transport: 'tls' }), 'tls');
  t.equal(find({ alpn: ['h2'] }), 'raw');
});

t.test('source: direct range, type, range, port', async (t) => {
  const find = matcher({
    local: { sourceType: 'SAME_IP_OR_LOOPBACK' },
    outside: { sourceType: 'EXTERNAL', sourcePrefixRanges: [range('192.168.0.0', 16)] },
    port: { sourceType: 'EXTERNAL', sourcePrefixRanges: [range('192.168.0.0', 16)], sourcePorts: [7, 8] },
  });
  t.equal(find(from('127.0.0.1')), 'local');
  t.equal(find(from('10.0.0.1')), 'local', 'the address it came to');
  t.equal(find(from('192.168.3.4')), 'outside');
  t.equal(find(from('192.168.3.4', 8)), 'port');
  t.equal(find(from('192.169.3.4')), null);
  const direct = matcher({ near: { directSourcePrefixRanges: [range('10.0.0.0', 8)] }, other: {} });
  t.equal(direct({ ...from('8.8.8.8'), direct: new Address('10.1.1.1', 1) }), 'near');
  t.equal(direct({ ...from('10.1.1.1'), direct: new Address('8.8.8.8', 1) }), 'other');
  const any = matcher({ all: { sourcePrefixRanges: [range('10.0.0.0', 8)] } });
  t.equal(any({}), 'all');
  t.equal(any({ from: new Address('', 0, '/run/s') }), null);
});

t.test('no way back: what won an earlier criterion decides', async (t) => {
  const find = matcher({
    port: { destinationPort: 80, serverNames: ['a.com'] },
    name: { serverNames: ['b.com'] },
  });
  t.equal(find({ name: 'b.com' }), null, 'the port was taken, and it knows no b.com');
  t.equal(find({ ...to('10.0.0.1', 81), name: 'b.com' }), 'name');
});

t.test('the same rules twice: says with whom', async (t) => {
  const m = new ChainMatcher(null);
  const first = new FilterChain('first', null);
  t.equal(m.add({ serverNames: ['a.com', 'b.com'] }, first), null);
  t.equal(m.add({ serverNames: ['c.com', 'b.com'] }, new FilterChain('second', null)), first);
});

t.test('of loopback only its first address is local; a Unix socket is in the range of everything alone', async (t) => {
  const find = matcher({ local: { sourceType: 'SAME_IP_OR_LOOPBACK' }, other: {} });
  t.equal(find(from('127.0.0.1')), 'local');
  t.equal(find(from('127.0.0.2')), 'other');
  t.equal(find({ from: new Address('', 0, '/run/s') }), 'local');
  const ranges = matcher({
    all: { sourcePrefixRanges: [range('0.0.0.0', 0)] },
    ten: { prefixRanges: [range('10.0.0.0', 8)] },
  });
  t.equal(ranges({ to: new Address('', 0, '/run/s'), from: new Address('', 0, '/run/c') }), 'all');
});
