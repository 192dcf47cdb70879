/** Spans of calls that filters make: each ends once, and says how. */
import t from 'tap';
import { Headers } from '../../src/codec/headers.ts';
import { CallingSpan } from '../../src/tracing/outcall.ts';
import type { Span } from '../../src/tracing/span.ts';
import type { AsyncOutcome } from '../../src/upstream/async.ts';

class Noted extends CallingSpan implements Span {
  readonly traceId = 't';
  readonly spanId = 's';
  name = '';
  tags: Record<string, string> = {};
  finished = 0;
  children: Noted[] = [];
  setName(name: string): void {
    this.name = name;
  }
  setTag(name: string, value: string): void {
    this.tags[name] = value;
  }
  log(): void {}
  inject(h: Headers): void {
    h.set('x-trace', this.name);
  }
  spawn(_rules: unknown, name: string, _startMs: number, sampled?: boolean): Noted {
    const own = new Noted();
    own.name = `${name}${sampled === undefined ? '' : ` ${sampled}`}`;
    this.children.push(own);
    return own;
  }
  finish(): void {
    this.finished++;
  }
}

const outcome: AsyncOutcome = {
  responseCode: 0,
  details: '',
  meters: null,
  flagNames: 'UR',
  cluster: null,
  upstream: null,
};

t.test('a call over HTTP tells the host of it, and ends with what became of it', async (t) => {
  const parent = new Noted();
  const h = new Headers();
  parent.traceCall({ parent, sampled: false }, 'async a egress', h, false).end('canceled', outcome);
  parent.traceCall({ parent, name: 'é' }, '', new Headers(), false).end('reset', { ...outcome, responseCode: 200 });
  const [one, two] = parent.children;
  t.equal(h.get('x-trace'), 'async a egress false');
  t.match(one.tags, { canceled: 'true', 'http.status_code': '0', error: 'true', response_flags: 'UR' });
  t.equal(one.finished, 1);
  t.match(two.tags, { 'error.reason': 'Reset', 'http.status_code': '200' });
  t.equal(two.name, 'Ã©', 'names are wire text');
});

t.test('a gRPC call is named after its method, and what comes after its end is nothing', async (t) => {
  const parent = new Noted();
  const h = new Headers();
  const call = parent.traceGrpc('/a.b.Service/Method', 'c', 'host', h);
  t.equal(h.get('x-trace'), 'async a.b.Service.Method egress');
  call.status(0);
  call.finish();
  call.canceled();
  call.status(2);
  call.finish();
  const [one] = parent.children;
  t.same(one.tags, { upstream_cluster: 'c', upstream_address: 'host', component: 'proxy', 'grpc.status_code': '0' });
  t.equal(one.finished, 1);
  const other = parent.traceGrpc('/a/b', 'c', 'c', new Headers());
  other.canceled();
  t.match(parent.children[1].tags, { status: 'canceled' });
});
