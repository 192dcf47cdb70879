/** The writer: frames of a turn in one buffer where the transport allows it, order kept, nothing shared by two connections. */
import t from 'tap';
import { FrameWriter } from '../../../src/codec/http2/frame-writer.ts';
import { HpackEncoder } from '../../../src/codec/http2/hpack-encoder.ts';
import { MemoryOutput } from './doubles.ts';
import { response } from './pair.ts';
import { describe } from './raw.ts';

/** Gathers, as the transport does: asked once, flushes at the end of the turn. */
class GatheringOutput extends MemoryOutput {
  sources = new Set<{ flush(): void }>();
  beforeFlush(source: { flush(): void }): void {
    this.sources.add(source);
  }
  turn(): void {
    for (const s of this.sources) s.flush();
    this.sources.clear();
  }
}

const writer = (out: MemoryOutput): FrameWriter => new FrameWriter(out, new HpackEncoder(4096), 10_000, 1000);

t.test('the frames of a turn leave as one buffer', (t) => {
  const out = new GatheringOutput();
  const w = writer(out);
  w.headers(1, response(200, ['content-type', 'application/grpc']), false, false);
  w.data(1, Buffer.from('abc'), false);
  w.headers(1, response(200, ['grpc-status', '0']), true, true);
  t.equal(out.chunks.length, 0);
  t.ok(w.bufferedBytes > 30);
  out.turn();
  t.equal(out.chunks.length, 1);
  t.equal(w.bufferedBytes, 0);
  t.strictSame(describe(out.take()), [
    'HEADERS 1 :status=200 content-type=application/grpc',
    'DATA 1 3 bytes',
    'HEADERS end 1 grpc-status=0',
  ]);
  t.end();
});

t.test('a large payload is passed on, not copied, and stays behind what came before it', (t) => {
  const out = new GatheringOutput();
  const w = writer(out);
  const body = Buffer.alloc(10_000, 'z');
  w.data(1, Buffer.from('abc'), false);
  w.data(1, body, true);
  w.rstStream(3, 8);
  out.turn();
  t.ok(out.chunks.includes(body));
  t.strictSame(describe(out.take()), ['DATA 1 3 bytes', 'DATA end 1 10000 bytes', 'RST_STREAM 3 8']);
  t.end();
});

t.test('writers take turns on the slab without mixing their bytes', (t) => {
  const outs = [0, 1, 2].map(() => new GatheringOutput());
  const writers = outs.map(writer);
  for (let i = 0; i < 2000; i++) {
    for (let k = 0; k < 3; k++) writers[k].data(k * 2 + 1, Buffer.alloc(1 + (i % 60), k), false);
    if (i % 7 === 0) outs[i % 3].turn();
  }
  for (let k = 0; k < 3; k++) {
    outs[k].turn();
    const lines = describe(outs[k].take());
    t.equal(lines.length, 2000);
    t.ok(lines.every((line, i) => line === `DATA ${k * 2 + 1} ${1 + (i % 60)} bytes`));
  }
  t.end();
});

t.test('a block larger than a frame is cut to the peers frame size', (t) => {
  const out = new MemoryOutput();
  const w = writer(out);
  w.headers(1, response(200, ['x', 'v'.repeat(40_000)]), false, true);
  const lines = describe(out.take()).map((l) => l.split(' ')[0]);
  t.strictSame(lines, ['HEADERS', 'CONTINUATION', 'CONTINUATION']);
  w.maxFrameSize = 100_000;
  w.headers(3, response(200, ['x', 'v'.repeat(40_000)]), false, true);
  t.strictSame(describe(out.take()).length, 1);
  t.end();
});
