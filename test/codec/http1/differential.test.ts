/**
 * Against Node's own server in strict mode (llhttp): whatever we accept as a sequence of requests, Node accepts as the same
 * sequence with the same boundaries. We may stop earlier, never later and never differently.
 */
import { once } from 'node:events';
import * as http from 'node:http';
import * as net from 'node:net';
import t from 'tap';
import { REQUESTS } from './corpus.ts';
import { response, TestServer } from './fixtures.ts';
import { Random } from './random.ts';

const SEED = 20261123;
const MUTATIONS = 3000;
const PARALLEL = 16;

interface Seen {
  method: string;
  url: string;
  body: string;
}

const perSocket = new WeakMap<net.Socket, Seen[]>();
const byPort = new Map<number, Seen[]>();

const server = http.createServer(
  { insecureHTTPParser: false, keepAliveTimeout: 0, requireHostHeader: true },
  (req, res) => {
    const parts: Buffer[] = [];
    req.on('data', (d: Buffer) => parts.push(d));
    req.on('end', () => {
      const body = Buffer.concat(parts).toString('latin1');
      perSocket.get(req.socket)?.push({ method: req.method ?? '', url: req.url ?? '', body });
      res.end();
    });
    req.on('error', () => {});
  },
);
server.on('connection', (socket) => {
  const seen: Seen[] = [];
  perSocket.set(socket, seen);
  byPort.set(socket.remotePort ?? 0, seen);
});
server.on('connect', (_req, socket) => socket.destroy());
server.on('clientError', (_e, socket) => socket.destroy());

async function node(bytes: string): Promise<Seen[]> {
  const { port } = server.address() as net.AddressInfo;
  const socket = net.connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'connect');
  const local = socket.localPort ?? 0;
  socket.end(Buffer.from(bytes, 'latin1'));
  await once(socket, 'close');
  const seen = byPort.get(local) ?? [];
  byPort.delete(local);
  return seen;
}

function ours(bytes: string): Seen[] {
  const s = new TestServer();
  s.respond = (_, encoder) => encoder.encodeHeaders(response(200), true);
  s.feed(bytes);
  return s.streams
    .filter((stream) => stream.ended && stream.headers !== null)
    .map((stream) => ({ method: stream.headers?.method ?? '', url: stream.headers?.path ?? '', body: stream.body }));
}

/** Empty when what we accepted is what Node accepted, as far as we went. */
function disagreement(mine: Seen[], theirs: Seen[]): string {
  for (let i = 0; i < mine.length; i++) {
    const a = mine[i];
    const b = theirs[i];
    if (b === undefined) return `request ${i + 1} is accepted by us only`;
    // Node keeps an absolute target whole.
    const sameUrl = a.url === b.url || (/^https?:/i.test(b.url) && (b.url.endsWith(a.url) || a.url === '/'));
    if (a.method !== b.method || !sameUrl || a.body !== b.body) return `request ${i + 1} differs`;
  }
  return '';
}

const CHARACTERS = '\r\n\t\0 :;,=+-"/.\x0b\x7f\xff015afGPHx';

const GOOD = REQUESTS.filter((c) => c.status === 0);
const SHORT = REQUESTS.filter((c) => c.bytes.length < 1000);

function mutate(random: Random): string {
  let bytes = random.below(4) === 0 ? '' : random.pick(GOOD).bytes;
  for (let n = random.below(3); n >= 0; n--) bytes += random.pick(random.below(2) === 0 ? GOOD : SHORT).bytes;
  for (let n = random.below(4); n > 0; n--) {
    const at = random.below(bytes.length);
    const c = CHARACTERS[random.below(CHARACTERS.length)];
    const kind = random.below(4);
    if (kind === 0) bytes = bytes.slice(0, at) + bytes.slice(at + 1);
    else if (kind === 1) bytes = bytes.slice(0, at) + c + bytes.slice(at + 1);
    else if (kind === 2) bytes = bytes.slice(0, at) + c + bytes.slice(at);
    else {
      const to = Math.min(bytes.length, at + random.below(20));
      bytes = bytes.slice(0, to) + bytes.slice(at);
    }
  }
  return bytes;
}

t.test('against node:http', async (t) => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());

  const random = new Random(SEED);
  const payloads = REQUESTS.map((c) => c.bytes);
  for (let i = 0; i < MUTATIONS; i++) payloads.push(mutate(random));
  const failures: string[] = [];
  let accepted = 0;
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < payloads.length) {
      const bytes = payloads[next++];
      const mine = ours(bytes);
      const theirs = await node(bytes);
      accepted += mine.length;
      const problem = disagreement(mine, theirs);
      if (problem !== '')
        failures.push(
          `${problem}: ${JSON.stringify(bytes)} ours ${JSON.stringify(mine)} node ${JSON.stringify(theirs)}`,
        );
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  t.same(failures, []);
  t.ok(accepted > 1500, `the comparison is not empty (${accepted} requests accepted)`);
});
