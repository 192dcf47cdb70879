/** A request of the cache's own whose client has gone: it has an end (H345). */
import t from 'tap';
import { Headers } from '../../../../src/codec/headers.ts';
import { Fill, type FillOwner } from '../../../../src/http/filters/cache/fill.ts';
import { SimpleCache } from '../../../../src/http/filters/cache/simple-cache.ts';
import { Store } from '../../../../src/stats/store.ts';
import type { AsyncCallbacks, AsyncClient, AsyncStream } from '../../../../src/upstream/async.ts';
import type { Cluster } from '../../../../src/upstream/cluster.ts';

interface Rig {
  readonly fill: Fill;
  readonly answers: AsyncCallbacks;
  readonly cancelled: () => number;
  readonly paused: () => number;
  readonly value: (name: string) => number;
}

function rig(maxBody: number): Rig {
  let cancelled = 0;
  let paused = 0;
  let over = false;
  let answers: AsyncCallbacks | null = null;
  const stream = {
    get over() {
      return over;
    },
    cancel() {
      over = true;
      cancelled++;
    },
    pauseResponse(on: boolean) {
      paused += on ? 1 : -1;
    },
  } as AsyncStream;
  const client = {
    start(_cluster: Cluster, _head: Headers, _end: boolean, _options: object, callbacks: AsyncCallbacks) {
      answers = callbacks;
      return stream;
    },
  } as unknown as AsyncClient;
  const store = new Store();
  const nothing = (): void => {};
  const owner: FillOwner = {
    filled: nothing,
    filledData: nothing,
    filledTrailers: nothing,
    validated: nothing,
    notFilled: nothing,
    failed: nothing,
  };
  const request = new Headers();
  request.method = 'GET';
  request.path = '/';
  const settings = { cache: new SimpleCache(store), client, vary: [], maxBody };
  const fill = new Fill(owner, settings, request, null, true);
  fill.start(null as unknown as Cluster);
  const scope = store.scope('http_cache.simple.');
  if (answers === null) throw new Error('nobody was asked');
  return {
    fill,
    answers,
    cancelled: () => cancelled,
    paused: () => paused,
    value: (name) => (name === 'rejected' ? scope.counter(name) : scope.gauge(name)).value,
  };
}

function head(control: string): Headers {
  const h = new Headers();
  h.status = 200;
  h.add('cache-control', control);
  return h;
}

t.test('what is kept goes on, unpaused, until it is whole', (t) => {
  const { fill, answers, cancelled, paused, value } = rig(100);
  answers.onHeaders(head('max-age=5'), false);
  fill.pause(true);
  fill.pause(true);
  fill.leave();
  t.equal(paused(), 0);
  answers.onData(Buffer.alloc(50), false);
  t.equal(cancelled(), 0);
  answers.onData(Buffer.alloc(50), true);
  t.equal(value('entries'), 1);
  t.end();
});

t.test('what is not kept, or too long to be kept, ends at once', (t) => {
  const not = rig(100);
  not.answers.onHeaders(head('no-store'), false);
  not.fill.leave();
  t.equal(not.cancelled(), 1);
  const long = rig(100);
  long.answers.onHeaders(head('max-age=5'), false);
  long.fill.leave();
  long.answers.onData(Buffer.alloc(101), false);
  t.equal(long.cancelled(), 1);
  t.equal(long.value('rejected'), 1);
  t.equal(long.value('bytes'), 0);
  t.end();
});

t.test('nobody waits longer than 15 s', (t) => {
  const { fill, answers, cancelled, value } = rig(100);
  answers.onHeaders(head('max-age=5'), false);
  answers.onData(Buffer.alloc(50), false);
  fill.leave();
  const { alone } = fill;
  if (alone === null) return t.fail('no timer');
  t.ok(alone.armed);
  alone.expire();
  t.equal(cancelled(), 1);
  t.equal(value('bytes'), 0);
  t.notOk(alone.armed);
  t.end();
});
