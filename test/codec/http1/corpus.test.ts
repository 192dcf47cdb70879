import t from 'tap';
import { REQUESTS } from './corpus.ts';
import { response, TestServer } from './fixtures.ts';

t.ok(REQUESTS.length >= 80, 'the corpus is big enough');
t.equal(new Set(REQUESTS.map((c) => c.name)).size, REQUESTS.length, 'names are unique');

/** What the codec makes of `bytes`, fed in pieces that end at `cuts`; each complete request is answered at once. */
function outcome(bytes: string, cuts: number[]): { status: number; requests: string[]; stillOpen: boolean } {
  const s = new TestServer();
  s.respond = (_, encoder) => encoder.encodeHeaders(response(200), true);
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    if (s.error === null) s.feed(bytes.slice(from, cut));
    from = cut;
  }
  const last = s.streams.at(-1);
  const waiting = s.error === null && last !== undefined && !last.ended;
  const done = s.streams.filter((stream) => stream.ended);
  return {
    status: s.error !== null ? s.error.status : waiting ? -1 : 0,
    requests: done.map((stream) => stream.summary()),
    stillOpen: !s.codec.mustClose,
  };
}

for (const c of REQUESTS) {
  t.test(c.name, (t) => {
    const whole = outcome(c.bytes, []);
    t.equal(whole.status, c.status, 'in one piece');
    if (c.status > 0) {
      t.same(whole.requests, [], 'nothing comes out of it');
      t.equal(whole.stillOpen, false, 'the connection must close');
    } else if (c.status === 0) {
      t.equal(whole.requests.length, 1, 'one request');
    }
    const n = c.bytes.length;
    const step = n > 1000 ? 97 : 1;
    for (let cut = 1; cut < n; cut += step) {
      const split = outcome(c.bytes, [cut]);
      if (split.status !== whole.status || split.requests.join() !== whole.requests.join()) {
        t.same(split, whole, `split at ${cut}`);
      }
    }
    const each = Array.from({ length: n - 1 }, (_, i) => i + 1);
    t.same(outcome(c.bytes, each), whole, 'byte by byte');
    t.end();
  });
}

t.test('errors carry the bodies Envoy sends', (t) => {
  const bodies: Record<string, string> = {};
  for (const c of REQUESTS) {
    if (c.status <= 0) continue;
    const s = new TestServer();
    s.feed(c.bytes);
    bodies[String(s.error?.status)] = s.error?.code === 'missing_host_header' ? bodies[400] : (s.error?.body ?? '');
  }
  t.same(bodies, { 400: 'Bad Request', 426: 'Upgrade Required', 501: 'Not Implemented' });
  const s = new TestServer().feed('GET / HTTP/1.1\r\n\r\n');
  t.equal(s.error?.body, '', 'a missing Host is answered without a body');
  t.end();
});
