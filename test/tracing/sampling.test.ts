/** Which requests are traced: by their id, by who asks, and by what an earlier proxy decided. */
import t from 'tap';
import { Headers } from '../../src/codec/headers.ts';
import { decide, managerSampling, routeSampling, type Sampling } from '../../src/tracing/sampling.ts';

function decided(list: string[], sampling: Sampling): [reason: string, id: string | undefined] {
  const h = new Headers();
  h.list = list;
  return [decide(h, sampling), h.get('x-request-id')];
}
/** An id whose first eight digits say `number`. */
const id = (number: number, reason = '4'): string =>
  `${number.toString(16).padStart(8, '0')}-0000-${reason}000-8000-000000000000`;
const ALL = managerSampling({});
const NONE = managerSampling({ randomSampling: {} });

t.test('without numbers all are traced; the id tells why', async (t) => {
  t.strictSame(decided(['x-request-id', id(7)], ALL), ['sampling', id(7, '9')]);
  t.strictSame(decided([], ALL), ['not traceable', undefined]);
  t.strictSame(decided(['x-request-id', 'short'], ALL), ['not traceable', 'short']);
  t.strictSame(decided(['x-request-id', '0123456z'], ALL), ['not traceable', '0123456z']);
  t.strictSame(decided(['x-request-id', '01234567'], ALL), ['sampling', '01234567'], 'no UUID: nothing to note it in');
});

t.test('a share is taken by the number, to a hundredth of a percent', async (t) => {
  const half = managerSampling({ randomSampling: { value: 50 } });
  t.equal(decided(['x-request-id', id(4999)], half)[0], 'sampling');
  t.equal(decided(['x-request-id', id(5000)], half)[0], 'not traceable');
  t.equal(decided(['x-request-id', id(14999)], half)[0], 'sampling');
  const fine = managerSampling({ randomSampling: { value: 0.014 } });
  t.equal(decided(['x-request-id', id(0)], fine)[0], 'sampling');
  t.equal(decided(['x-request-id', id(1)], fine)[0], 'not traceable');
  const route = routeSampling({ randomSampling: { numerator: 1, denominator: 'MILLION' } });
  t.equal(decided(['x-request-id', id(0)], route)[0], 'sampling');
  t.equal(decided(['x-request-id', id(1)], route)[0], 'not traceable');
});

t.test('who asks for it gets it, unless the overall share is used up', async (t) => {
  t.strictSame(decided(['x-request-id', id(1), 'x-client-trace-id', 'a'], NONE), ['client forced', id(1, 'b')]);
  t.strictSame(decided(['x-request-id', id(1), 'x-envoy-force-trace', 'a'], NONE), ['service forced', id(1, 'a')]);
  const client = managerSampling({ clientSampling: { value: 0.9 }, randomSampling: {} });
  t.equal(decided(['x-request-id', id(1), 'x-client-trace-id', 'a'], client)[0], 'not traceable', 'whole percents');
  const overall = managerSampling({ overallSampling: { value: 50 } });
  t.strictSame(decided(['x-request-id', id(5000, 'b')], overall), ['not traceable', id(5000)]);
  t.strictSame(decided(['x-request-id', id(4999, 'b')], overall), ['client forced', id(4999, 'b')]);
});

t.test('what an earlier proxy decided stays', async (t) => {
  for (const [digit, reason] of [
    ['9', 'sampling'],
    ['a', 'service forced'],
    ['b', 'client forced'],
  ]) {
    t.strictSame(decided(['x-request-id', id(5, digit)], NONE), [reason, id(5, digit)]);
  }
  t.equal(decided(['x-request-id', id(5, 'c')], NONE)[0], 'not traceable');
});
