/** What is no ClientHello, or one of an odd shape: BoringSSL's alert and its word in the log, and everybody else is served. */
import * as net from 'node:net';
import * as tls from 'node:tls';
import t from 'tap';
import { get, type Peer, type TestProxy, until } from '../http/proxy.ts';
import { pair, startTls, TlsPeer } from './proxy.ts';

const SERVER = { commonTlsContext: { tlsCertificates: [pair('server')] } };
/** Some extension that nobody knows (RFC 8701). */
const GREASE = 0x7a7a;

/** The message a client begins with, caught by a server that does not answer. */
async function hello(): Promise<Buffer> {
  const catcher = net.createServer();
  await new Promise<void>((resolve) => catcher.listen(0, '127.0.0.1', resolve));
  const { port } = catcher.address() as net.AddressInfo;
  const caught = new Promise<Buffer>((resolve) => catcher.once('connection', (s) => s.once('data', resolve)));
  const client = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  client.on('error', () => {});
  const record = await caught;
  client.destroy();
  catcher.close();
  return record.subarray(5);
}

const message = (body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([1, 0, body.length >> 8, body.length & 255]), body]);

/** Where the ciphers begin, in the body. */
const ciphersAt = (body: Buffer): number => 35 + body[34];

/** Its body made so many bytes long. */
function padded(whole: Buffer, length: number): Buffer {
  const body = Buffer.from(whole.subarray(4));
  let at = ciphersAt(body);
  at += 2 + body.readUInt16BE(at);
  at += 1 + body[at];
  const padding = Buffer.alloc(length - body.length);
  padding.writeUInt16BE(GREASE, 0);
  padding.writeUInt16BE(padding.length - 4, 2);
  body.writeUInt16BE(body.readUInt16BE(at) + padding.length, at);
  return message(Buffer.concat([body, padding]));
}

function withoutCiphers(whole: Buffer): Buffer {
  const body = whole.subarray(4);
  const at = ciphersAt(body);
  return message(Buffer.concat([body.subarray(0, at), Buffer.alloc(2), body.subarray(at + 2 + body.readUInt16BE(at))]));
}

function records(whole: Buffer, size: number): Buffer {
  const all: Buffer[] = [];
  for (let i = 0; i < whole.length; i += size) {
    const part = whole.subarray(i, i + size);
    all.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(all);
}

async function answer(proxy: TestProxy, bytes: Buffer): Promise<string> {
  const peer: Peer = proxy.connect();
  peer.socket.write(bytes);
  await until(() => peer.received >= 7 || peer.closed || peer.ended);
  const got = Buffer.from(peer.text, 'latin1');
  peer.close();
  if (got[0] === 22) return 'served';
  return got.length === 0 ? 'closed' : `alert ${got[6]} in 3.${got[2]}`;
}

t.test('a ClientHello of odd shape', async (t) => {
  const proxy = await startTls(SERVER);
  t.teardown(() => proxy.stop());
  const whole = await hello();
  const errors = (): number => proxy.value('listener.l.ssl.connection_error');
  const cases: [string, Buffer, string][] = [
    ['as large as may be', records(padded(whole, 16_384), 16_384), 'served'],
    ['one byte larger', records(padded(whole, 16_385), 16_384), 'alert 47 in 3.1'],
    ['far larger', records(padded(whole, 40_000), 16_384), 'alert 47 in 3.1'],
    ['in records of one byte', records(whole, 1), 'served'],
    ['in records of fifty bytes', records(whole, 50), 'served'],
    ['without ciphers', records(withoutCiphers(whole), 16_384), 'alert 50 in 3.1'],
    [
      'behind a change of ciphers',
      Buffer.concat([Buffer.from('140303000101', 'hex'), records(whole, 999)]),
      'alert 10 in 3.1',
    ],
    ['data first', Buffer.from('17030300056161616161', 'hex'), 'alert 10 in 3.1'],
    [
      'of SSL 2',
      Buffer.from(`802e0100020015000000100100800200800300800400${'00'.repeat(26)}`, 'hex'),
      'alert 70 in 3.1',
    ],
  ];
  for (const [title, bytes, wanted] of cases) {
    const before = errors();
    t.equal(await answer(proxy, bytes), wanted, title);
    t.equal(errors(), wanted === 'served' ? before : before + 1, `${title}: counted`);
  }
});

t.test('a thousand half-done handshakes hold nobody up, and cost a connection each', async (t) => {
  const proxy = await startTls(SERVER, { transportSocketConnectTimeout: 5000 });
  t.teardown(() => proxy.stop());
  const begun = records(await hello(), 16_384);
  const half = Array.from({ length: 1000 }, (_, i) => {
    const peer = proxy.connect();
    peer.socket.write(begun.subarray(0, i % begun.length));
    return peer;
  });
  await until(() => proxy.value('listener.l.downstream_cx_active') === 1000);
  const peer = new TlsPeer(proxy.port);
  t.ok(await peer.secured);
  peer.send(get());
  t.equal((await peer.message()).body, 'ok');
  peer.close();
  for (const p of half) p.close();
  await until(() => proxy.value('listener.l.downstream_cx_active') === 0);
  t.equal(proxy.value('listener.l.ssl.connection_error'), 0);
});

t.test('renegotiation is refused; a broken record ends its connection alone and is counted', async (t) => {
  const proxy = await startTls(SERVER);
  t.teardown(() => proxy.stop());
  const peer = new TlsPeer(proxy.port, { maxVersion: 'TLSv1.2' });
  t.ok(await peer.secured);
  const refused = new Promise<string>((resolve) => {
    peer.socket.renegotiate({}, (e) => resolve((e as NodeJS.ErrnoException | null)?.code ?? ''));
    peer.socket.once('error', (e: NodeJS.ErrnoException) => resolve(e.code ?? ''));
  });
  t.match(await refused, /NO_RENEGOTIATION/);
  t.equal(proxy.value('listener.l.ssl.handshake'), 1);
  const raw = net.connect({ port: proxy.port, host: '127.0.0.1' });
  const broken = tls.connect({ socket: raw, rejectUnauthorized: false });
  broken.on('error', () => {});
  await new Promise((resolve) => broken.once('secureConnect', resolve));
  const before = proxy.value('listener.l.ssl.connection_error');
  raw.write(Buffer.concat([Buffer.from('1703030030', 'hex'), Buffer.alloc(48, 'x')]));
  await until(() => proxy.value('listener.l.ssl.connection_error') === before + 1);
  broken.destroy();
});
