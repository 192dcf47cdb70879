/** What is tried again, and what never is. The same beside Envoy: conformance retry/*. */
import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import type { ResetReason } from '../../../src/codec/http.ts';
import type { RouteRetryPolicy } from '../../../src/config/schema/types.ts';
import {
  compileRetryPolicy,
  NO_RETRIES,
  parseRetryOn,
  type RetrySettings,
} from '../../../src/http/route/retry-policy.ts';
import { controls, takeControls, takeLateControls } from '../../../src/http/router/control-headers.ts';
import { type RetryResources, RetryState } from '../../../src/http/router/retry-state.ts';

class Resources implements RetryResources {
  max = 3;
  taken = 0;
  log: string[] = [];
  take(): boolean {
    if (this.taken >= this.max) return false;
    this.taken++;
    return true;
  }
  give(): void {
    this.taken--;
  }
  countRetry(): void {
    this.log.push('retry');
  }
  countSuccess(): void {
    this.log.push('success');
  }
  countLimitExceeded(): void {
    this.log.push('limit');
  }
  countOverflow(): void {
    this.log.push('overflow');
  }
  countBackOff(rateLimited: boolean): void {
    this.log.push(rateLimited ? 'limited' : 'exponential');
  }
}

function headers(list: Record<string, string>): Headers {
  const h = new Headers();
  for (const [k, v] of Object.entries(list)) h.set(k, v);
  return h;
}
function response(status: number, list: Record<string, string> = {}): Headers {
  const h = headers(list);
  h.status = status;
  return h;
}
/** As the router does. */
function stateOf(settings: RetrySettings, h: Headers, r: Resources): RetryState | null {
  takeControls(h);
  takeLateControls(h);
  return RetryState.make(settings, h, controls, r);
}
function make(policy: RouteRetryPolicy, request: Record<string, string> = {}): { s: RetryState; r: Resources } {
  const r = new Resources();
  const settings = compileRetryPolicy(policy, () => () => false);
  const s = stateOf(settings, headers(request), r);
  if (s === null) throw new Error('no retries');
  return { s, r };
}

t.test('statuses by word', async (t) => {
  const rows: [string, number[], number[]][] = [
    ['5xx', [500, 502, 599], [200, 404, 409, 600]],
    ['gateway-error', [502, 503, 504], [500, 505]],
    ['retriable-4xx', [409], [408, 429, 500]],
    ['retriable-status-codes', [418], [419]],
    ['bogus, 5xx', [500], [200]],
  ];
  for (const [retryOn, yes, no] of rows) {
    for (const status of yes) {
      t.equal(
        make({ retryOn, retriableStatusCodes: [418] }).s.onHeaders(response(status)),
        'yes',
        `${retryOn} ${status}`,
      );
    }
    for (const status of no) t.equal(make({ retryOn }).s.onHeaders(response(status)), 'no', `${retryOn} ${status}`);
  }
  t.equal(make({ retryOn: 'unavailable' }).s.onHeaders(response(200, { 'grpc-status': '14' })), 'yes');
  t.equal(make({ retryOn: 'unavailable' }).s.onHeaders(response(200, { 'grpc-status': '13' })), 'no');
  const overloaded = response(503, { 'x-envoy-overloaded': 'true' });
  t.equal(make({ retryOn: '5xx' }).s.onHeaders(overloaded), 'yes');
  const old = compileRetryPolicy({ retryOn: '5xx' }, () => () => false, true);
  t.equal(stateOf(old, headers({}), new Resources())?.onHeaders(overloaded), 'no', 'as 1.16');
  t.equal(make({ retryOn: '5xx' }).s.onHeaders(response(503, { 'x-envoy-ratelimited': 'true' })), 'no');
  t.equal(make({ retryOn: 'envoy-ratelimited' }).s.onHeaders(response(429, { 'x-envoy-ratelimited': 'true' })), 'yes');
});

t.test('resets by word; an open breaker is never tried again', async (t) => {
  const rows: [string, ResetReason, boolean, string][] = [
    ['connect-failure', 'remote connection failure', false, 'yes'],
    ['connect-failure', 'connection timeout', false, 'yes'],
    ['connect-failure', 'remote reset', true, 'no'],
    ['refused-stream', 'remote refused stream reset', true, 'yes'],
    ['refused-stream', 'remote reset', true, 'no'],
    ['reset', 'remote reset', true, 'yes'],
    ['5xx', 'connection termination', true, 'yes'],
    ['reset-before-request', 'connection termination', false, 'yes'],
    ['reset-before-request', 'connection termination', true, 'no'],
    ['5xx,reset,connect-failure', 'overflow', false, 'no'],
  ];
  for (const [retryOn, reason, sent, want] of rows) {
    t.equal(make({ retryOn }).s.onReset(reason, sent), want, `${retryOn}: ${reason}`);
  }
});

t.test('so many and no more; a place is held from the decision to the next answer', async (t) => {
  const { s, r } = make({ retryOn: '5xx', numRetries: 2 });
  t.equal(s.onHeaders(response(500)), 'yes');
  t.equal(r.taken, 1);
  t.same(r.log, [], 'counted when it is made');
  s.onRetry();
  t.equal(s.onHeaders(response(500)), 'yes');
  s.onRetry();
  t.equal(r.taken, 1);
  t.equal(s.onHeaders(response(500)), 'limit exceeded');
  t.equal(r.taken, 0);
  t.same(r.log, ['retry', 'exponential', 'retry', 'exponential', 'limit']);
});

t.test('a try that helped is a success; the end of the request gives its place back', async (t) => {
  const a = make({ retryOn: '5xx' });
  a.s.onHeaders(response(500));
  t.equal(a.s.onHeaders(response(200)), 'no');
  t.same(a.r.log.at(-1), 'success');
  const b = make({ retryOn: '5xx' });
  b.s.onHeaders(response(500));
  b.s.release();
  b.s.release();
  t.equal(b.r.taken, 0);
});

t.test('the breaker for retries', async (t) => {
  const { s, r } = make({ retryOn: '5xx', numRetries: 5 });
  r.max = 0;
  t.equal(s.onHeaders(response(500)), 'overflow');
  t.same(r.log, ['overflow']);
});

t.test("the request's own headers: read, believed, taken out", async (t) => {
  const r = new Resources();
  t.equal(stateOf(NO_RETRIES, headers({ 'x-envoy-max-retries': '3' }), r), null);
  const h = headers({
    'x-envoy-retry-on': '5xx, retriable-status-codes',
    'x-envoy-max-retries': '2',
    'x-envoy-retriable-status-codes': '418, x, 7',
    'x-envoy-retriable-header-names': 'a',
    'x-envoy-hedge-on-per-try-timeout': 'true',
  });
  const s = stateOf(NO_RETRIES, h, r) as RetryState;
  t.same(h.list, []);
  t.equal(s.onHeaders(response(418)), 'yes');
  t.equal(s.onHeaders(response(500)), 'yes');
  t.equal(s.onHeaders(response(500)), 'limit exceeded');
  const zero = make({ retryOn: '5xx' }, { 'x-envoy-max-retries': '0' });
  t.equal(zero.s.onHeaders(response(500)), 'limit exceeded');
});

t.test('retriable_request_headers: only requests that have one', async (t) => {
  const policy: RouteRetryPolicy = { retryOn: '5xx', retriableRequestHeaders: [{ name: 'x-may', presentMatch: true }] };
  t.equal(make(policy, { 'x-may': '1' }).s.onHeaders(response(500)), 'yes');
  t.equal(make(policy).s.onHeaders(response(500)), 'no');
});

t.test(
  'back-off: below an interval that doubles up to the limit; what the host asked for, and half as long again',
  async (t) => {
    const policy: RouteRetryPolicy = {
      retryOn: '5xx',
      numRetries: 6,
      retryBackOff: { baseInterval: 10, maxInterval: 40 },
      rateLimitedRetryBackOff: { resetHeaders: [{ name: 'Retry-After', format: 'SECONDS' }], maxInterval: 5000 },
    };
    for (let i = 0; i < 200; i++) {
      const { s } = make(policy);
      for (const limit of [10, 20, 40, 40]) {
        s.onHeaders(response(500));
        t.ok((s.delayMs >= 0 && s.delayMs < limit) || t.fail(`${s.delayMs} of ${limit}`));
      }
    }
    const { s, r } = make(policy);
    s.onHeaders(response(503, { 'retry-after': '2' }));
    t.ok(s.delayMs >= 2000 && s.delayMs <= 3000, `${s.delayMs}`);
    s.onRetry();
    t.equal(r.log.at(-1), 'limited');
    s.onHeaders(response(503, { 'retry-after': '6' }));
    t.ok(s.delayMs < 10, 'longer than is waited');
    s.onHeaders(response(503, { 'retry-after': 'soon' }));
    s.onRetry();
    t.equal(r.log.at(-1), 'exponential');
  },
);

t.test('words', async (t) => {
  t.equal(parseRetryOn(''), 0);
  t.equal(parseRetryOn(' 5xx\t,reset '), parseRetryOn('reset,5xx'));
  t.equal(parseRetryOn('5XX'), 0);
});
