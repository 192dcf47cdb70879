/** envoy.filters.http.stateful_session: what a client makes up. What it does else is compared with Envoy: conformance stateful-session/*. */
import t from 'tap';
import { answering, cluster, get, header, type ProxyConfig, ROUTER, TestProxy, Upstream } from '../proxy.ts';
import { rig } from './rig.ts';

const STATES = 'envoy.extensions.http.stateful_session';
const state = (kind: string, value: object): object => ({
  sessionState: { name: 's', typedConfig: { typeUrl: `${STATES}.${kind}`, value } },
});
const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

t.test('an envelope does not bring a line break into a header', async (t) => {
  const value = state('envelope.v3.EnvelopeSessionState', { header: { name: 'x-session' } });
  const { p, seen } = await rig(t, 'stateful_session.v3.StatefulSession', value);
  const c = p.connect();
  const made = `${base64('127.0.0.1:1')};UV:${base64('a\r\nx-admin: yes')}`;
  t.match((await c.send(get('/', `x-session: ${made}\r\n`)).message()).start, '200');
  t.match(seen(), `x-session: ${made}\r\n`);
  t.notMatch(seen(), /^x-admin/m);
  c.close();
});

t.test('what is no cookie of ours is as none: a new one is given', async (t) => {
  const value = state('cookie.v3.CookieBasedSessionState', { cookie: { name: 'h', ttl: 60_000 } });
  const { p } = await rig(t, 'stateful_session.v3.StatefulSession', value);
  const c = p.connect();
  for (const cookie of [
    'x',
    '====',
    base64('\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff'),
    base64('\x0a\x09127'),
    'A'.repeat(8000),
  ]) {
    const answer = await c.send(get('/', `cookie: h=${cookie}\r\n`)).message();
    t.match(answer.start, '200', cookie.slice(0, 20));
    t.match(header(answer, 'set-cookie'), /^h="[A-Za-z0-9+/=]+"; Max-Age=60; HttpOnly$/);
  }
  c.close();
});

t.test('a cookie is good until its time, by the clock that made it', async (t) => {
  const us = await Promise.all(
    [1, 2].map((n) => Upstream.start(answering(`HTTP/1.1 200 OK\r\nx-n: ${n}\r\ncontent-length: 0\r\n\r\n`))),
  );
  const value = state('cookie.v3.CookieBasedSessionState', { cookie: { name: 'h', ttl: 60_000 } });
  const typeUrl = 'envoy.extensions.filters.http.stateful_session.v3.StatefulSession';
  const hcm = { httpFilters: [{ name: 'f', typedConfig: { typeUrl, value } }, ROUTER] };
  const p = await TestProxy.start({
    hcm,
    clusters: [
      cluster(
        'u',
        us.map((u) => u.port),
      ),
    ],
  } as ProxyConfig);
  t.teardown(() => {
    p.stop();
    for (const u of us) u.stop();
  });
  const c = p.connect();
  const first = await c.send(get()).message();
  const cookie = (header(first, 'set-cookie') ?? '').split(';', 1)[0];
  for (let i = 0; i < 4; i++) {
    const answer = await c.send(get('/', `cookie: ${cookie}\r\n`)).message();
    t.equal(header(answer, 'x-n'), header(first, 'x-n'), 'the same host');
    t.equal(header(answer, 'set-cookie'), undefined);
  }
  const bytes = Buffer.from(/"(.*)"/.exec(cookie)?.[1] ?? '', 'base64');
  // A second after the machine's start: long ago.
  const old = Buffer.concat([bytes.subarray(0, 2 + bytes[1]), Buffer.from([0x10, 1])]).toString('base64');
  t.type(header(await c.send(get('/', `cookie: h=${old}\r\n`)).message(), 'set-cookie'), 'string', 'a new one');
  c.close();
});

t.test('states that are none are refused', async (t) => {
  await t.rejects(
    rig(t, 'stateful_session.v3.StatefulSession', state('x.v3.X', {})),
    /Didn't find a registered implementation for 's'/,
  );
  await t.rejects(
    rig(t, 'stateful_session.v3.StatefulSession', state('header.v3.HeaderBasedSessionState', { name: 'a b' })),
    /'a b' is no name of a header/,
  );
});
