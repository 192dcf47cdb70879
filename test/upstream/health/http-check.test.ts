// What a host's answers to HTTP checks make of it: the transitions, flags and numbers that real Envoy 1.40 showed for the same answers.
import t from 'tap';
import type { CoreHealthCheck as HealthCheck, HealthCheckHttpHealthCheck } from '../../../src/config/schema/types.ts';
import { logger } from '../../../src/log/logger.ts';
import { type Act, Checked, CLOSE, HTTP, status } from './checked.ts';

logger('upstream').level = 6;

const http = (more: Partial<HealthCheckHttpHealthCheck>, check: Partial<HealthCheck> = {}): HealthCheck => ({
  ...HTTP,
  httpHealthCheck: { path: '/hc', ...more },
  ...check,
});
const FAILED = '/failed_active_hc';

const OUTCOMES: readonly [what: string, check: HealthCheck, script: readonly Act[], flags: readonly string[]][] = [
  ['the first pass is enough', HTTP, [status(200)], [FAILED, 'healthy']],
  ['the first failure leaves it out', HTTP, [status(500)], [FAILED, FAILED]],
  [
    'later it takes healthy_threshold passes',
    HTTP,
    [status(500), status(200), status(200)],
    [FAILED, FAILED, FAILED, 'healthy'],
  ],
  [
    'a failure between passes begins the count anew',
    HTTP,
    [status(500), status(200), status(500), status(200), status(200)],
    [FAILED, FAILED, FAILED, FAILED, FAILED, 'healthy'],
  ],
  ['an answer that is not expected counts at once', HTTP, [status(200), status(404)], [FAILED, 'healthy', FAILED]],
  [
    'a closed connection counts up to unhealthy_threshold',
    HTTP,
    [status(200), CLOSE, CLOSE],
    [FAILED, 'healthy', 'healthy', FAILED],
  ],
  [
    'bytes that are no HTTP too',
    HTTP,
    [status(200), 'nonsense\r\n\r\n', 'nonsense\r\n\r\n'],
    [FAILED, 'healthy', 'healthy', FAILED],
  ],
  [
    'expected_statuses replace 200',
    http({
      expectedStatuses: [
        { start: 201, end: 203 },
        { start: 404, end: 405 },
      ],
    }),
    [status(202), status(404), status(203)],
    [FAILED, 'healthy', 'healthy', FAILED],
  ],
  [
    'retriable_statuses count up to unhealthy_threshold',
    http({ retriableStatuses: [{ start: 500, end: 600 }] }),
    [status(200), status(503), status(503)],
    [FAILED, 'healthy', 'healthy', FAILED],
  ],
  [
    'x-envoy-degraded',
    HTTP,
    [status(200, 'x-envoy-degraded: 1\r\n'), status(200), status(200, 'x-envoy-degraded: 1\r\n')],
    [FAILED, '/degraded_active_hc', 'healthy', '/degraded_active_hc'],
  ],
  [
    'x-envoy-immediate-health-check-fail with a failure excludes it until it passes',
    http({}, { healthyThreshold: 1 }),
    [status(503, 'x-envoy-immediate-health-check-fail: true\r\n'), status(200)],
    [FAILED, `${FAILED}/excluded_via_immediate_hc_fail`, 'healthy'],
  ],
  [
    'receive: the parts in their order',
    http({ receive: [{ text: '6f6e65' }, { text: '74776f' }] }),
    ['HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nxone---twox', 'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\ntwoone'],
    [FAILED, 'healthy', FAILED],
  ],
  [
    'receive: what stands beyond response_buffer_size is not seen',
    http({ receive: [{ text: '6f6e65' }], responseBufferSize: 4 }),
    ['HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n-one-', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n--one'],
    [FAILED, 'healthy', FAILED],
  ],
  [
    'service_name_matcher: x-envoy-upstream-healthchecked-cluster',
    http({ serviceNameMatcher: { prefix: 'loc' } }),
    [
      status(200, 'x-envoy-upstream-healthchecked-cluster: location\r\n'),
      status(200, 'x-envoy-upstream-healthchecked-cluster: other\r\n'),
    ],
    [FAILED, 'healthy', FAILED],
  ],
  [
    'service_name_matcher: no header is no service',
    http({ serviceNameMatcher: { safeRegex: { regex: 'loc.*' } } }),
    [status(200)],
    [FAILED, FAILED],
  ],
];

for (const [what, check, script, flags] of OUTCOMES) {
  t.test(what, async (t) => {
    const c = await Checked.play(check, script);
    t.teardown(() => c.stop());
    t.same(c.flags, flags);
  });
}

t.test('numbers', async (t) => {
  const script = [status(200), status(500), CLOSE, status(200), status(200)];
  const c = await Checked.play(HTTP, script);
  t.teardown(() => c.stop());
  t.same(
    c.counters('attempt', 'success', 'failure', 'network_failure', 'passive_failure', 'verify_cluster'),
    [6, 3, 2, 1, 0, 0],
  );
  t.equal(c.gauge('health_check.healthy'), 1);
  t.equal(c.gauge('membership_healthy'), 1);
  t.equal(c.store.counter('cluster.u.upstream_cx_total').value, 0, 'checks are nobody’s traffic');
});

t.test('a degraded host is counted, and no longer once it is not (docs/behaviour.md U1)', async (t) => {
  const c = await Checked.play(HTTP, [status(200, 'x-envoy-degraded: 1\r\n')]);
  t.teardown(() => c.stop());
  t.equal(c.gauge('health_check.degraded'), 1);
  t.equal(c.gauge('membership_degraded'), 1);
  t.equal(c.gauge('membership_healthy'), 0);
  const back = await Checked.play(HTTP, [status(200, 'x-envoy-degraded: 1\r\n'), status(200)]);
  t.teardown(() => back.stop());
  t.equal(back.gauge('health_check.degraded'), 0);
  t.equal(back.gauge('membership_degraded'), 0);
});

t.test('the request: host, path, method, headers, payload', async (t) => {
  const c = await Checked.play(
    http({
      host: 'svc.example',
      path: '/check?deep',
      method: 'POST',
      send: { text: '6162' },
      requestHeadersToAdd: [
        { header: { key: 'x-a', value: 'b' } },
        { header: { key: 'x-proto', value: '%PROTOCOL%' }, appendAction: 'OVERWRITE_IF_EXISTS_OR_ADD' },
      ],
      requestHeadersToRemove: ['user-agent'],
    }),
    [status(200)],
    {},
    (text) => text.endsWith('\r\n\r\nab'),
  );
  t.teardown(() => c.stop());
  t.equal(
    c.requests[0],
    'POST /check?deep HTTP/1.1\r\nhost: svc.example\r\nx-proto: HTTP/1.1\r\nx-a: b\r\ncontent-length: 2\r\n\r\nab',
  );
});

t.test('without a host it is the cluster’s name; the user agent is Envoy/HC', async (t) => {
  const c = await Checked.play(HTTP, [status(200)]);
  t.teardown(() => c.stop());
  t.equal(c.requests[0], 'GET /hc HTTP/1.1\r\nhost: u\r\nuser-agent: Envoy/HC\r\n\r\n');
});

t.test('the connection is kept, unless reuse_connection is false or the host closes it', async (t) => {
  const kept = await Checked.play(HTTP, [status(200), status(200)]);
  t.teardown(() => kept.stop());
  t.equal(kept.upstream.accepted.length, 1);
  const fresh = await Checked.play({ ...HTTP, reuseConnection: false }, [status(200), status(200)]);
  t.teardown(() => fresh.stop());
  t.equal(fresh.upstream.accepted.length, 3);
  const closing = await Checked.play(HTTP, [status(200, 'connection: close\r\n'), status(200)]);
  t.teardown(() => closing.stop());
  t.equal(closing.upstream.accepted.length, 2);
  t.same(closing.counters('failure'), [0]);
});

t.test('no answer in time: given up, flagged, tried again on a new connection', async (t) => {
  const silent: Act = () => {};
  const c = await Checked.play({ ...HTTP, timeout: 30, unhealthyThreshold: 1 }, [status(200), silent]);
  t.teardown(() => c.stop());
  t.same(c.flags, [FAILED, 'healthy', `${FAILED}/active_hc_timeout`]);
  t.equal(c.upstream.accepted.length, 2);
  t.same(c.counters('network_failure'), [1]);
});

t.test('what is wrong with the config is said as Envoy says it', async (t) => {
  const wrong: [Partial<HealthCheckHttpHealthCheck>, RegExp][] = [
    [{ send: { text: '61' } }, /cannot specify a request payload with method 'GET'/],
    [{ receive: [{ text: 'zz' }] }, /invalid hex string 'zz'/],
    [{ receive: [{ text: '6161' }], responseBufferSize: 1 }, /expected response length '2' is over than .* size '1'/],
    [{ expectedStatuses: [{ start: 200, end: 200 }] }, /Invalid http expected status range: expecting start < end/],
    [{ retriableStatuses: [{ start: 99, end: 200 }] }, /retriable status range: expecting start >= 100/],
    [{ expectedStatuses: [{ start: 200, end: 601 }] }, /expecting end <= 600, but found end=601/],
  ];
  for (const [more, message] of wrong) await t.rejects(Checked.play(http(more), []), { message });
  await t.rejects(Checked.play(HTTP, [], { healthChecks: [HTTP, HTTP] }), {
    message: 'Multiple health checks not supported',
  });
});
