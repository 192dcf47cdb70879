/**
 * Random bytes, random pieces, random answers: nothing but CodecError may come out, reading is never left paused, every
 * stream ends once, and cutting the same bytes differently never changes what was understood.
 */
import t from 'tap';
import type { StreamEncoder } from '../../../src/codec/http.ts';
import { REQUESTS } from './corpus.ts';
import { request, response, TestClient, TestServer, type TestStream } from './fixtures.ts';
import { Random } from './random.ts';

const ROUNDS = 1500;
const CHARACTERS = '\r\n\t\0 :;,=+-"/.\x7f\xff015afGPHx';

const SHORT = REQUESTS.filter((c) => c.bytes.length < 1000);

function noise(random: Random, pool: readonly string[]): string {
  let bytes = '';
  for (let n = random.below(4); n >= 0; n--) bytes += random.pick(pool);
  for (let n = random.below(6); n > 0; n--) {
    const at = random.below(bytes.length);
    bytes = bytes.slice(0, at) + CHARACTERS[random.below(CHARACTERS.length)] + bytes.slice(at + random.below(3));
  }
  return bytes;
}

function pieces(random: Random, bytes: string): string[] {
  const out: string[] = [];
  const most = random.below(3) === 0 ? 3 : 200;
  for (let at = 0; at < bytes.length; ) {
    const n = 1 + random.below(most);
    out.push(bytes.slice(at, at + n));
    at += n;
  }
  return out;
}

/** Does something an encoder's owner may do. */
function answer(random: Random, stream: TestStream, encoder: StreamEncoder): void {
  switch (random.below(6)) {
    case 0:
      encoder.encodeHeaders(response(200, 'content-length', '3'), false);
      encoder.encodeData(Buffer.from('abc'), true);
      break;
    case 1:
      encoder.encodeHeaders(response(200), false);
      encoder.encodeTrailers(response(0, 'x', 'y'));
      break;
    case 2:
      encoder.encode1xx(response(100));
      encoder.encodeHeaders(response(404), true);
      break;
    case 3:
      encoder.readDisable(true);
      encoder.encodeHeaders(response(stream.headers?.has('upgrade') === true ? 101 : 200), false);
      encoder.encodeData(Buffer.from('abc'), true);
      break;
    case 4:
      if (random.below(5) === 0) encoder.reset('local reset');
      else encoder.encodeHeaders(response(204), true);
      break;
    default:
      encoder.encodeHeaders(response(200, 'content-length', '0'), true);
  }
}

t.test('a server codec under noise', async (t) => {
  const random = new Random(99);
  const pool = SHORT.map((c) => c.bytes);
  let understood = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = noise(random, pool);
    const s = new TestServer({ enableTrailers: random.below(2) === 0, acceptHttp10: random.below(2) === 0 });
    const waiting: (() => void)[] = [];
    s.respond = (stream, encoder) => {
      if (random.below(3) > 0) answer(random, stream, encoder);
      else waiting.push(() => answer(random, stream, encoder));
    };
    for (const piece of pieces(random, bytes)) {
      if (s.error === null) s.feed(piece);
      if (random.below(4) === 0) {
        waiting.shift()?.();
        await new Promise(process.nextTick);
      }
    }
    for (let n = 0; n < 20 && waiting.length > 0; n++) {
      waiting.shift()?.();
      await new Promise(process.nextTick);
    }
    s.codec.onConnectionClosed('connection termination', '');
    understood += s.streams.length;
    if (s.out.disabled !== 0 || s.codec.activeStreams !== 0) t.fail(`left paused or open: ${JSON.stringify(bytes)}`);
    if (s.error !== null && !s.codec.mustClose) t.fail(`error without close: ${JSON.stringify(bytes)}`);
  }
  t.ok(understood > ROUNDS, `${understood} requests`);
});

t.test('a client codec under noise', (t) => {
  const random = new Random(98);
  const pool = [
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx: y\r\n\r\n',
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 204 No Content\r\n\r\n',
    'HTTP/1.0 200 OK\r\n\r\nbody',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
  ];
  let understood = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = noise(random, pool);
    const cut = pieces(random, bytes);
    const results: string[] = [];
    for (const parts of [[bytes], cut]) {
      const c = new TestClient({ enableTrailers: true });
      const { stream, encoder } = c.request(request('GET', '/'), round % 2 === 0);
      if (round % 2 === 1) encoder.encodeData(Buffer.from('x'), round % 4 === 1);
      if (round % 5 === 0) encoder.readDisable(true);
      for (const part of parts) if (c.error === null) c.feed(part);
      if (c.error === null) c.endInput();
      results.push(`${stream.ended ? stream.summary() : 'open'} ${c.error?.code} ${c.codec.reusable}`);
      c.codec.onConnectionClosed('connection termination', '');
      if (stream.ended) understood++;
      if (!stream.ended && stream.reset === '') t.fail(`neither ended nor reset: ${JSON.stringify(bytes)}`);
      if (c.out.disabled !== 0 || c.codec.activeStreams !== 0) t.fail(`left paused or open: ${JSON.stringify(bytes)}`);
    }
    if (results[0] !== results[1]) t.equal(results[1], results[0], JSON.stringify(bytes));
  }
  t.ok(understood > 100, `${understood} responses`);
  t.end();
});
