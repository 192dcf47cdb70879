// Several addresses of one host: which is tried when, and that only one of them is left.
import * as net from 'node:net';
import t from 'tap';
import { Address } from '../../src/transport/address.ts';
import { NEXT_ATTEMPT_MS, type RaceWire as Race, RaceWire } from '../../src/transport/race-wire.ts';
import { RAW_BUFFER, type TransportFactory } from '../../src/transport/transport-factory.ts';
import type { Wire, WireOwner } from '../../src/transport/wire.ts';
import { sortAddresses } from '../../src/upstream/reach.ts';
import { deadPort, until } from '../http/proxy.ts';
import { listening } from '../support/listening.ts';

class Owner implements WireOwner {
  readonly takesLent = false;
  readonly log: string[] = [];
  wireConnected(): void {
    this.log.push('connected');
  }
  wireData(chunk: Buffer): void {
    this.log.push(chunk.toString());
  }
  wireEnd(): void {
    this.log.push('end');
  }
  wireWritten(): void {}
  wireShutdownDone(): void {}
  wireFailed(code: string): void {
    this.log.push(code);
  }
}

/** As bytes on a socket, but for addresses that nobody ever answers from. */
class Network implements TransportFactory {
  readonly name = 'test';
  readonly secure = false;
  readonly tried: string[] = [];
  /** Closed while they were still on their way. */
  readonly closed: string[] = [];
  accept(): never {
    throw new Error('not here');
  }
  connect(address: Address, owner: WireOwner): Wire {
    this.tried.push(address.text);
    if (!address.ip.startsWith('192.0.2.')) return RAW_BUFFER.connect(address, owner, null);
    return { close: () => void this.closed.push(address.text) } as unknown as Wire;
  }
}

const silent = (n: number): Address => new Address(`192.0.2.${n}`, 80);

async function server(t: { teardown(fn: () => unknown): void }): Promise<Address> {
  const greeting = net.createServer((c) => c.write('hello'));
  return new Address('127.0.0.1', await listening(t, greeting));
}

function race(addresses: readonly Address[]): { owner: Owner; network: Network; wire: Race; tries: () => number } {
  const owner = new Owner();
  const network = new Network();
  let tries = 1;
  const wire = new RaceWire({ addresses, transport: network, options: null, tried: () => void tries++ }, owner);
  return { owner, network, wire, tries: () => tries };
}

t.test('the first one that answers is the wire: what comes and goes is its own', async (t) => {
  const there = await server(t);
  const { owner, wire, tries } = race([there, silent(1)]);
  await until(() => owner.log.length > 0);
  t.same(owner.log, ['connected']);
  t.equal(wire.remoteAddress().text, there.text);
  wire.readStart();
  await until(() => owner.log.length > 1);
  t.same(owner.log, ['connected', 'hello']);
  t.equal(tries(), 1);
  wire.close();
});

t.test(
  'one that does not answer is not waited for: the next begins after it, and the slower one is closed',
  async (t) => {
    const there = await server(t);
    const began = Date.now();
    const { owner, network, wire } = race([silent(1), silent(2), there]);
    t.same(network.tried, [silent(1).text]);
    await until(() => owner.log.length > 0);
    t.same(owner.log, ['connected']);
    t.ok(Date.now() - began >= 2 * NEXT_ATTEMPT_MS - 2, 'not sooner than 300 ms each');
    t.same(network.closed, [silent(1).text, silent(2).text]);
    wire.close();
  },
);

t.test('one that refuses is followed at once, and by the last failure when there is nobody else', async (t) => {
  const dead = new Address('127.0.0.1', await deadPort());
  const { owner, network, tries } = race([dead, dead, dead]);
  await until(() => owner.log.length > 0);
  t.same(owner.log, ['ECONNREFUSED']);
  t.equal(network.tried.length, 3);
  t.equal(tries(), 3);
});

t.test('a failure is no end while another one is still on its way', async (t) => {
  const dead = new Address('127.0.0.1', await deadPort());
  const { owner, network, wire } = race([silent(1), dead]);
  await until(() => network.tried.length === 2);
  await until(() => (wire as unknown as { running: unknown[] }).running.length === 1);
  t.same(owner.log, []);
  wire.close();
  t.same(network.closed, [silent(1).text]);
});

t.test('who closes it ends all that are on their way, and no other one begins', async (t) => {
  const { owner, network, wire } = race([silent(1), silent(2), silent(3)]);
  await until(() => network.tried.length === 2);
  wire.close();
  t.same(network.closed, [silent(1).text, silent(2).text]);
  await new Promise((resolve) => setTimeout(resolve, NEXT_ATTEMPT_MS + 50));
  t.equal(network.tried.length, 2);
  t.same(owner.log, []);
});

const a = (n: number): Address => new Address(`10.0.0.${n}`, 1);
const b = (n: number): Address => new Address(`2001:db8::${n}`, 1);
const pipe = new Address('', 0, '/run/x');
const ROWS: [string, readonly Address[], Parameters<typeof sortAddresses>[1], readonly Address[]][] = [
  ['one family stays as it is', [a(1), a(2), a(3)], {}, [a(1), a(2), a(3)]],
  ['families take turns, the first address first', [b(1), b(2), a(1), a(2)], {}, [b(1), a(1), b(2), a(2)]],
  ['what is left follows', [b(1), b(2), b(3), a(1)], {}, [b(1), a(1), b(2), b(3)]],
  ['a family that is named goes first', [a(1), a(2), b(1)], { firstAddressFamilyVersion: 'V6' }, [b(1), a(1), a(2)]],
  ['a family that is not there changes nothing', [a(1), b(1)], { firstAddressFamilyVersion: 'PIPE' }, [a(1), b(1)]],
  [
    'several of the first family at a time',
    [a(1), a(2), a(3), b(1), b(2)],
    { firstAddressFamilyCount: 2 },
    [a(1), a(2), b(1), a(3), b(2)],
  ],
  ['three families', [a(1), pipe, b(1), a(2)], { firstAddressFamilyVersion: 'PIPE' }, [pipe, a(1), b(1), a(2)]],
];
for (const [what, addresses, order, expected] of ROWS) {
  t.test(`order: ${what}`, async (t) => {
    t.same(
      sortAddresses(addresses, order).map((x) => x.text),
      expected.map((x) => x.text),
    );
  });
}
