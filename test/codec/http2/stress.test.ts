/**
 * Seeded random traffic between a client and a server codec with small windows: bodies in pieces both ways, trailers, readers that
 * pause and go on, resets, changed windows, full outputs. Whatever is not reset arrives whole, and nothing is left behind.
 */
import t from 'tap';
import { EMPTY } from '../../../src/codec/http2/stream.ts';
import type { NotingDecoder } from './doubles.ts';
import { fields, Pair, request, response } from './pair.ts';
import { Random } from './random.ts';

/** One direction of one stream. */
class Side {
  readonly decoder: NotingDecoder;
  sent = 0;
  ended = false;
  headersSent = false;
  paused = 0;
  dead = false;
  constructor(decoder: NotingDecoder) {
    this.decoder = decoder;
  }
}

const wasReset = (d: NotingDecoder): boolean => d.notes.some((n) => n.startsWith('reset'));

/** Bytes with a pattern, so that a lost or doubled piece shows. */
function piece(from: number, n: number): Buffer {
  const b = Buffer.alloc(n);
  for (let i = 0; i < n; i++) b[i] = (from + i) % 251;
  return b;
}

function step(side: Side, r: Random, isServer: boolean): void {
  const encoder = side.decoder.encoder;
  if (encoder === null || side.dead || wasReset(side.decoder)) return;
  switch (r.int(12)) {
    case 0:
      if (side.paused === 0) {
        encoder.readDisable(true);
        side.paused++;
      }
      break;
    case 1:
    case 2:
      if (side.paused > 0) {
        encoder.readDisable(false);
        side.paused--;
      }
      break;
    case 3:
      if (r.int(8) === 0) {
        encoder.reset('local reset');
        side.dead = true;
      }
      break;
    default: {
      if (isServer && !side.headersSent) {
        side.headersSent = true;
        encoder.encodeHeaders(response(200, ['x-n', String(r.int(4))]), false);
        break;
      }
      if (side.ended) break;
      const n = r.pick([0, 1, 50, 3000, 20_000, 70_000]);
      const end = r.int(6);
      if (end === 0) {
        encoder.encodeTrailers(fields('x-end', String(side.sent)));
        side.ended = true;
      } else {
        encoder.encodeData(n === 0 ? EMPTY : piece(side.sent, n), end === 1);
        side.sent += n;
        side.ended = end === 1;
      }
    }
  }
}

async function run(seed: number): Promise<string> {
  const r = new Random(seed);
  const p = new Pair({
    initialStreamWindowSize: 65535,
    initialConnectionWindowSize: 65535 + r.int(100_000),
    streamBufferLimit: 1 + r.int(100_000),
    maxInboundWindowUpdateFramesPerDataFrameSent: 1000,
    streamResetBurst: 1e6,
  });
  const up: Side[] = [];
  const down: Side[] = [];
  p.onRequest = (d) => down.push(new Side(d));
  for (let turn = 0; turn < 200; turn++) {
    if (up.length < 12 && r.int(4) === 0) up.push(new Side(p.request(request('POST', `/${up.length}`), false)));
    for (let k = r.int(6); k > 0; k--) {
      if (up.length > 0 && r.int(2) === 0) step(r.pick(up), r, false);
      else if (down.length > 0) step(r.pick(down), r, true);
    }
    if (r.int(20) === 0) p.server.onUnderlyingAboveWriteBuffer();
    if (r.int(10) === 0) p.server.onUnderlyingBelowWriteBuffer();
    if (r.int(3) === 0) p.settle(1 + r.int(30_000));
    if (r.int(5) === 0) await null;
  }
  p.server.onUnderlyingBelowWriteBuffer();
  p.settle();
  // Let everybody read and finish.
  for (const s of [...up, ...down]) {
    const d = s.decoder;
    if (s.dead || wasReset(d)) continue;
    for (; s.paused > 0; s.paused--) d.encoder?.readDisable(false);
  }
  for (const s of down) {
    if (!s.headersSent && !s.dead && !wasReset(s.decoder)) s.decoder.encoder?.encodeHeaders(response(200), false);
  }
  for (const s of [...up, ...down])
    if (!s.ended && !s.dead && !wasReset(s.decoder)) s.decoder.encoder?.encodeData(EMPTY, true);
  for (let i = 0; i < 50; i++) {
    await null;
    p.settle();
  }
  // The nth stream the client opened is the nth request the server saw.
  const faults: string[] = [];
  for (let i = 0; i < up.length; i++) {
    const a = up[i];
    const b = down[i];
    if (a.dead || b.dead || wasReset(a.decoder) || wasReset(b.decoder)) continue;
    for (const [from, to] of [
      [a, b],
      [b, a],
    ]) {
      if (!to.decoder.body.equals(piece(0, from.sent))) faults.push(`${i}: ${to.decoder.body.length} of ${from.sent}`);
      if (!to.decoder.ended) faults.push(`${i}: no end`);
      const above = from.decoder.notes.filter((n) => n === 'above').length;
      const below = from.decoder.notes.filter((n) => n === 'below').length;
      if (above - below > 1 || below > above) faults.push(`${i}: ${above} above, ${below} below`);
    }
  }
  if (p.client.activeStreams + p.server.activeStreams > 0)
    faults.push(`open ${p.client.activeStreams} ${p.server.activeStreams}`);
  if (p.clientStats.pendingSendBytes.value + p.serverStats.pendingSendBytes.value !== 0) faults.push('bytes pending');
  if (p.events.filter((e) => e === 'complete').length !== up.length) faults.push('completions');
  // Both connection windows must be whole again: a full one can be sent on a fresh stream.
  const probe = p.request(request('POST', '/probe'), false);
  p.settle();
  probe.encoder?.encodeData(piece(0, 500_000), true);
  p.requests.at(-1)?.encoder?.encodeHeaders(response(200), false);
  p.requests.at(-1)?.encoder?.encodeData(piece(0, 500_000), true);
  p.settle();
  if (p.requests.at(-1)?.body.length !== 500_000 || probe.body.length !== 500_000) faults.push('window lost');
  return faults.join('; ');
}

t.test('random traffic', async (t) => {
  for (let seed = 1; seed <= 25; seed++) {
    const faults = await run(seed);
    if (faults !== '') t.fail(`seed ${seed}: ${faults}`);
  }
  t.pass('25 seeds');
});
