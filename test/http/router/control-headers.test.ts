import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import { controls, takeControls, takeLateControls } from '../../../src/http/router/control-headers.ts';

function of(...list: string[]): Headers {
  const h = new Headers();
  h.list = list;
  return h;
}

const EARLY = [
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-alt-stat-name',
];
const LATE = [
  'x-envoy-upstream-rq-timeout-alt-response',
  'x-envoy-upstream-stream-duration-ms',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-retry-on',
  'x-envoy-retry-grpc-on',
  'x-envoy-max-retries',
  'x-envoy-retriable-status-codes',
  'x-envoy-retriable-header-names',
];
/** Said by whoever was here before, or to whoever comes next. */
const KEPT = [
  'x-envoy-attempt-count',
  'x-envoy-internal',
  'x-envoy-upstream-service-time',
  'x-envoy-original-path',
  'x-a',
];

t.test('what the router reads it takes out, wherever it stands', (t) => {
  const pairs = (names: string[]): string[] => names.flatMap((n) => [n, '1']);
  for (const order of [[...EARLY, ...KEPT, ...LATE], [...LATE, ...KEPT, ...EARLY], KEPT]) {
    const h = of(...pairs(order));
    takeControls(h);
    t.same(h.list, pairs(order.filter((n) => !EARLY.includes(n))));
    takeLateControls(h);
    t.same(h.list, pairs(KEPT));
  }
  const h = of(...pairs(EARLY));
  takeLateControls(h);
  t.same(h.list, pairs(EARLY.filter((n) => !n.includes('per-try'))), 'what the route adds goes on, but for one');
  t.end();
});

t.test('numbers are whole and not negative; anything else is as if it were not there', (t) => {
  for (const [value, ms] of [
    ['250', 250],
    ['0', 0],
    ['+5', 5],
    ['007', 7],
    ['', -1],
    ['-1', -1],
    ['1.5', -1],
    ['1e3', -1],
    ['0x10', -1],
    ['1 ', -1],
    ['1\xa0', -1],
    ['99999999999999999999', -1],
  ] as const) {
    const h = of(EARLY[0], value, EARLY[1], value, LATE[1], value);
    takeControls(h);
    takeLateControls(h);
    t.same([controls.timeoutMs, controls.perTryMs, controls.durationMs], [ms, ms, ms], JSON.stringify(value));
    t.equal(h.count, 0);
  }
  takeControls(of());
  takeLateControls(of(LATE[0], 'no'));
  t.same([controls.timeoutMs, controls.perTryMs, controls.durationMs, controls.altResponse], [-1, -1, -1, true]);
  takeLateControls(of());
  t.equal(controls.altResponse, false);
  t.end();
});
