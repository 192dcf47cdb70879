/** PROXY headers to hosts: what they say, and what becomes of what cannot be said. */
import * as net from 'node:net';
import t from 'tap';
import type { ProxyProtocolUpstreamTransport } from '../../src/config/schema/types.ts';
import { Store } from '../../src/stats/store.ts';
import { Address } from '../../src/transport/address.ts';
import { connect } from '../../src/transport/connection.ts';
import type { Downstream } from '../../src/transport/downstream-facts.ts';
import { RAW_BUFFER } from '../../src/transport/transport-factory.ts';
import { create } from '../../src/upstream/proxy-protocol.ts';
import { NOBODY } from '../tcp/proxy.ts';

type Config = NonNullable<ProxyProtocolUpstreamTransport['config']>;
const V2 = '0d0a0d0a000d0a515549540a';
const store = new Store();
const scope = store.scope('cluster.u.');

/** What a host reads of a connection for `downstream` on which `data` is written before it is connected. */
async function heard(config: Config, downstream: Downstream | null, data = 'hello'): Promise<Buffer> {
  const server = net.createServer();
  const got = new Promise<Buffer>((resolve) => {
    server.on('connection', (s) => {
      const parts: Buffer[] = [];
      s.on('data', (d) => parts.push(d));
      s.on('end', () => {
        resolve(Buffer.concat(parts));
        s.destroy();
        server.close();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const transport = create({ config }, { scope, secrets: null, make: () => RAW_BUFFER });
  const address = new Address('127.0.0.1', (server.address() as net.AddressInfo).port);
  const options = { bufferLimitBytes: 1 << 20, connectTimeoutMs: 5000, transport };
  const c = connect(address, NOBODY, downstream === null ? options : { ...options, transportOptions: { downstream } });
  c.write(Buffer.from(data));
  c.end();
  return got;
}

const client = (source: Address, destination: Address, tlvs: Downstream['tlvs'] = []): Downstream => ({
  source,
  destination,
  tlvs,
});
const V4 = client(new Address('1.2.3.4', 5), new Address('6.7.8.9', 10));

t.test('version 1: addresses of the client, or of the connection itself', async (t) => {
  t.equal(String(await heard({ version: 'V1' }, V4)), 'PROXY TCP4 1.2.3.4 6.7.8.9 5 10\r\nhello');
  const v6 = client(new Address('2001:db8::1', 5), new Address('::1', 10));
  t.equal(String(await heard({}, v6)), 'PROXY TCP6 2001:db8::1 ::1 5 10\r\nhello');
  t.match(String(await heard({}, null)), /^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+\r\nhello$/);
  const unix = client(new Address('', 0, '/run/a'), new Address('', 0, '/run/b'));
  t.equal(String(await heard({}, unix)), 'PROXY UNKNOWN\r\nhello');
});

t.test('version 2: LOCAL where there is nobody, or nobody with an IP', async (t) => {
  const local = `${V2}20000000${Buffer.from('hello').toString('hex')}`;
  t.equal((await heard({ version: 'V2' }, null)).toString('hex'), local);
  const unix = client(new Address('', 0, '/run/a'), new Address('', 0, '/run/b'));
  t.equal((await heard({ version: 'V2' }, unix)).toString('hex'), local);
  const mixed = client(new Address('1.2.3.4', 5), new Address('::1', 10));
  t.equal((await heard({ version: 'V2' }, mixed)).toString('hex'), local);
});

t.test('version 2: TLVs of the config in front, those of the client that may pass, each type once', async (t) => {
  const tlvs = [
    { type: 1, value: Buffer.from('a') },
    { type: 2, value: Buffer.from('b') },
    { type: 3, value: Buffer.from('c') },
  ];
  const config: Config = {
    version: 'V2',
    addedTlvs: [{ type: 2, value: Buffer.from('own') }],
    passThroughTlvs: { matchType: 'INCLUDE', tlvType: [1, 2] },
  };
  const got = (await heard(config, { ...V4, tlvs })).toString('hex');
  const addresses = '01020304060708090005000a';
  t.equal(got, `${V2}21110016${addresses}0200036f776e01000161${Buffer.from('hello').toString('hex')}`);
});

t.test('TLVs that no header can hold: one without them, counted; never none', async (t) => {
  const tlvs = [{ type: 1, value: Buffer.alloc(65_520) }];
  const got = (await heard({ version: 'V2', passThroughTlvs: {} }, { ...V4, tlvs })).toString('hex');
  t.equal(got, `${V2}2111000c01020304060708090005000a${Buffer.from('hello').toString('hex')}`);
  t.equal(scope.counter('upstream.proxyprotocol.v2_tlvs_exceed_max_length').value, 1);
});

t.test('a TLV without a value is refused', (t) => {
  const config = { config: { version: 'V2', addedTlvs: [{ type: 1 }] } } as const;
  t.throws(() => create(config, { scope, secrets: null, make: () => RAW_BUFFER }), {
    message: "Invalid TLV configuration: one of 'value' or 'format_string' must be set.",
  });
  t.end();
});
