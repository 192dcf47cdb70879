/** Seeded fuzzing: any cut of valid bytes gives the same result; damaged bytes give a CodecError or nothing, and leave nothing behind. */
import t from 'tap';
import { CodecError } from '../../../src/codec/http.ts';
import { Http2ClientCodec } from '../../../src/codec/http2/client-codec.ts';
import { http2Options } from '../../../src/codec/http2/options.ts';
import { codecStats, MemoryOutput, NotingDecoder } from './doubles.ts';
import { fields, Pair, request, response } from './pair.ts';
import { Random } from './random.ts';
import { block, frame, headers, RawServer, requestBlock } from './raw.ts';

/** Frames of a lively connection, mostly valid. */
function frames(r: Random, count: number): Buffer[] {
  const list: Buffer[] = [];
  let next = 1;
  for (let i = 0; i < count; i++) {
    const id = r.int(5) === 0 ? next : Math.max(1, next - 2 * r.int(4));
    switch (r.int(9)) {
      case 0:
      case 1:
        list.push(headers(next, requestBlock(['x-n', String(r.int(9))]), r.int(2) === 0));
        next += 2;
        break;
      case 2:
        list.push(frame(1, 0, next, requestBlock()), frame(9, 4, next, block(['x', 'y'.repeat(r.int(200))])));
        next += 2;
        break;
      case 3:
        list.push(frame(0, r.int(2), id, Buffer.alloc(r.int(3000), 'd')));
        break;
      case 4:
        list.push(frame(0, 8 | r.int(2), id, Buffer.concat([Buffer.from([3]), Buffer.alloc(r.int(50) + 3)])));
        break;
      case 5:
        list.push(frame(8, 0, r.int(2) === 0 ? 0 : id, [0, 0, r.int(255), 1]));
        break;
      case 6:
        list.push(frame(3, 0, id, [0, 0, 0, r.int(14)]));
        break;
      case 7:
        list.push(frame(4, 0, 0, [0, 4, 0, r.int(2), r.int(255), 255]));
        break;
      default:
        list.push(frame(6, r.int(2), 0, [1, 2, 3, 4, 5, 6, 7, 8]));
    }
  }
  return list;
}

/** Runs bytes through a server that answers some requests; the whole outcome as one string. */
function outcome(bytes: Buffer, cuts: Random | null): string {
  const s = new RawServer();
  s.onRequest = (d) => {
    if (s.requests.length % 3 === 0) {
      d.encoder?.encodeHeaders(response(200), false);
      d.encoder?.encodeData(Buffer.from('answer'), true);
    }
  };
  try {
    for (let at = 0; at < bytes.length; ) {
      const n = cuts === null ? bytes.length : 1 + cuts.int(cuts.int(3) === 0 ? 3 : 2000);
      s.codec.dispatch(bytes.subarray(at, at + n));
      at += n;
    }
  } catch (e) {
    if (!(e instanceof CodecError)) throw e;
    s.error = e;
  }
  const told = s.requests.map((d) => `${d.notes.filter((n) => !n.startsWith('data')).join(',')} ${d.body.length}`);
  s.codec.onConnectionClosed('connection termination', '');
  if (s.codec.activeStreams !== 0 || s.stats.streamsActive.value !== 0) throw new Error('streams left');
  if (s.stats.pendingSendBytes.value !== 0) throw new Error('bytes left');
  return `${s.error?.message} ${told.join(';')} ${s.out.take().toString('hex')}`;
}

t.test('cut anywhere, the same outcome', (t) => {
  for (let seed = 1; seed <= 120; seed++) {
    const bytes = Buffer.concat(frames(new Random(seed), 40));
    const whole = outcome(bytes, null);
    for (let k = 0; k < 3; k++) {
      const cut = outcome(bytes, new Random(seed * 100 + k));
      if (cut !== whole) {
        t.equal(cut, whole, `seed ${seed} cut ${k}`);
        return t.end();
      }
    }
  }
  t.pass('120 seeds');
  t.end();
});

t.test('damaged bytes', (t) => {
  let errors = 0;
  for (let seed = 1; seed <= 400; seed++) {
    const r = new Random(seed * 7919);
    const bytes = Buffer.concat(frames(r, 20));
    for (let i = 1 + r.int(6); i > 0; i--) bytes[r.int(bytes.length)] = r.int(256);
    if (!outcome(bytes, r.int(2) === 0 ? r : null).startsWith('undefined')) errors++;
  }
  t.ok(errors > 50, `${errors} of 400 were errors`);
  t.end();
});

t.test('damaged answers at the client', (t) => {
  // What a server says to three requests, recorded once.
  const p = new Pair();
  for (let i = 0; i < 3; i++) p.request(request('GET', `/${i}`), true);
  p.server.dispatch(p.toServer.take());
  for (const d of p.requests) {
    d.encoder?.encode1xx(response(103, ['link', 'x']));
    d.encoder?.encodeHeaders(response(200, ['content-type', 'text/plain', 'x', 'y']), false);
    d.encoder?.encodeData(Buffer.alloc(300, 'b'), false);
    d.encoder?.encodeTrailers(fields('grpc-status', '0'));
  }
  p.server.goAway();
  const answer = p.toClient.take();
  let errors = 0;
  for (let seed = 0; seed <= 400; seed++) {
    const r = new Random(seed + 31337);
    const bytes = Buffer.from(answer);
    if (seed > 0) for (let i = 1 + r.int(4); i > 0; i--) bytes[r.int(bytes.length)] = r.int(256);
    const stats = codecStats();
    let completed = 0;
    const client = new Http2ClientCodec(
      new MemoryOutput(),
      { onGoAway() {}, onMaxStreamsChanged() {}, onStreamComplete: () => completed++ },
      http2Options({}),
      stats,
    );
    const decoders = [0, 1, 2].map((i) => {
      const d = new NotingDecoder();
      client.newStream(d).encodeHeaders(request('GET', `/${i}`), true);
      return d;
    });
    try {
      for (let at = 0; at < bytes.length; ) {
        const n = 1 + r.int(100);
        client.dispatch(bytes.subarray(at, at + n));
        at += n;
      }
    } catch (e) {
      if (!(e instanceof CodecError)) throw e;
      errors++;
    }
    client.onConnectionClosed('connection termination', '');
    if (completed !== 3 || client.activeStreams !== 0 || stats.streamsActive.value !== 0)
      t.fail(`seed ${seed}: ${completed}`);
    for (const d of decoders) {
      const ends = d.notes.filter((n) => n.startsWith('reset') || n === 'trailers' || n.endsWith('end')).length;
      if (ends !== 1) t.fail(`seed ${seed}: ended ${ends} times: ${d.notes.join(',')}`);
    }
    if (seed === 0) for (const d of decoders) t.strictSame(d.notes.at(-1), 'trailers');
  }
  t.ok(errors > 50, `${errors} of 400 were errors`);
  t.end();
});
