/** Trace headers of peers: what is read of them, and that nothing else passes for it. */
import t from 'tap';
import { Headers } from '../../src/codec/headers.ts';
import { readTraceparent } from '../../src/tracers/w3c.ts';
import { type Found, findContext } from '../../src/tracers/zipkin-context.ts';

function found(list: string[], w3c = false, local = true): Found {
  const h = new Headers();
  h.list = list;
  return findContext(h, local, w3c);
}
const A = 'a0000000000000a1';
const B = 'b0000000000000b1';
const C = 'c0000000000000c1';

t.test('x-b3-*: ids of one or two words, a parent, whether it is sampled', async (t) => {
  t.match(found(['x-b3-traceid', A, 'x-b3-spanid', B]), {
    context: { trace: A, traceHigh: '', id: B, parent: '', sampled: true },
  });
  t.match(found(['x-b3-traceid', B + A, 'x-b3-spanid', B, 'x-b3-parentspanid', C, 'x-b3-sampled', '0']), {
    context: { trace: A, traceHigh: B, parent: C, sampled: false, single: false },
  });
  t.match(found(['x-b3-traceid', A], false, false), { kind: 'none', sampled: null });
  t.match(found(['x-b3-sampled', 'true']), { kind: 'none', sampled: true });
  t.match(found(['x-b3-traceid', 'x', 'x-b3-spanid', B]), { kind: 'unreadable' });
  t.match(found(['x-b3-traceid', A, 'x-b3-spanid', B, 'x-b3-parentspanid', '?']), { kind: 'unreadable' });
});

t.test('b3 alone says all of it, or nothing', async (t) => {
  t.match(found(['b3', `${A}-${B}`], false, false), { context: { trace: A, id: B, sampled: false, single: true } });
  t.match(found(['b3', `${C}${A}-${B}-d-${C}`]), { context: { traceHigh: C, trace: A, parent: C, sampled: true } });
  t.match(found(['b3', '0']), { kind: 'none', sampled: false, single: true });
  for (const bad of [
    '',
    '2',
    `${A}-${B}-`,
    `${A}-${B}-1-`,
    `${A}-${B}-1-${C}x`,
    `${A}${B}`,
    '-'.repeat(68),
    'x'.repeat(60_000),
  ]) {
    t.match(found(['b3', bad]), { kind: 'unreadable' }, bad.slice(0, 30));
  }
});

t.test('traceparent counts where it is asked for and no B3 is there', async (t) => {
  const parent = `00-${A}${C}-${B}-01`;
  t.match(found(['traceparent', parent]), { kind: 'none' });
  t.match(found(['traceparent', parent], true, false), { context: { traceHigh: A, trace: C, id: B, sampled: true } });
  t.match(found(['traceparent', 'junk'], true), { kind: 'none' });
  t.match(found(['traceparent', parent, 'b3', '0'], true), { kind: 'none', sampled: false });
  t.equal(readTraceparent(parent.toUpperCase())?.spanId, B);
  t.equal(readTraceparent(`${parent}-x`), null);
  t.equal(readTraceparent(`00-${'0'.repeat(32)}-${B}-01`), null);
});
