/**
 * envoy.filters.http.oauth2: a token endpoint that is broken in every way, cookies made independently, and configs that are wrong. What it
 * answers is compared with Envoy: conformance oauth2/*.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';
import t from 'tap';
import type { Secret } from '../../../src/config/schema/types.ts';
import { parseTokens } from '../../../src/http/filters/oauth2/token-client.ts';
import { answering, cluster, get, type Peer, type TestProxy, Upstream, until } from '../proxy.ts';
import { rig } from './rig.ts';

type Teardown = { teardown(fn: () => unknown): void };
const TYPE = 'oauth2.v3.OAuth2';
const HMAC_SECRET = 'signs';
const secret = (name: string, inlineString: string): Secret => ({ name, genericSecret: { secret: { inlineString } } });
const SECRETS = [secret('client', 'shared'), secret('hmac', HMAC_SECRET)];

const config = (more: object = {}, credentials: object = {}): object => ({
  tokenEndpoint: { cluster: 'tokens', uri: 'http://idp/token', timeout: 300 },
  authorizationEndpoint: 'https://idp/authorize',
  redirectUri: 'http://%REQ(:authority)%/callback',
  redirectPathMatcher: { path: { exact: '/callback' } },
  signoutPath: { path: { exact: '/signout' } },
  credentials: { clientId: 'me', tokenSecret: { name: 'client' }, hmacSecret: { name: 'hmac' }, ...credentials },
  ...more,
});

async function proxy(
  t: Teardown,
  serve: (peer: Peer) => void,
  more: object = {},
): Promise<{ p: TestProxy; seen: () => string }> {
  const tokens = await Upstream.start(serve);
  t.teardown(() => tokens.stop());
  const clusters = [cluster('tokens', [tokens.port])];
  return rig(t, TYPE, { config: config(more) }, {}, { clusters, secrets: SECRETS });
}

const answer = (body: string, status = 200): string =>
  `HTTP/1.1 ${status} X\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const ALL = answer(JSON.stringify({ access_token: 'access', id_token: 'id', refresh_token: 'again', expires_in: 60 }));

// --- cookies, made here ----------------------------------------------------------------------------------------------

const KEY = createHash('sha256').update(HMAC_SECRET).digest();
const sign = (text: string): string => createHmac('sha256', HMAC_SECRET).update(text).digest('base64');
function encrypt(text: string): string {
  const iv = Buffer.alloc(16, 1);
  const cipher = createCipheriv('aes-256-cbc', KEY, iv);
  return Buffer.concat([iv, cipher.update(text), cipher.final()]).toString('base64url');
}
function decrypt(text: string): string {
  const bytes = Buffer.from(text, 'base64url');
  const decipher = createDecipheriv('aes-256-cbc', KEY, bytes.subarray(0, 16));
  return Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]).toString();
}
const FLOW = '0123456789abcdef';
const CSRF = `${FLOW}.${sign(FLOW)}`;
const STATE = Buffer.from(JSON.stringify({ url: 'http://a/back', csrf_token: CSRF, flow_id: FLOW })).toString(
  'base64url',
);
const back = (verifier = encrypt('verifier')): string =>
  get(`/callback?code=c&state=${STATE}`, `cookie: OauthNonce.${FLOW}=${CSRF}; CodeVerifier.${FLOW}=${verifier}\r\n`);

async function ask(p: TestProxy, request: string): Promise<{ start: string; head: string }> {
  const c = p.connect();
  const { start, headers } = await c.send(request).message();
  c.close();
  return { start, head: `${headers.join('\r\n')}\r\n` };
}
const setCookies = (head: string): Map<string, string> =>
  new Map(Array.from(head.matchAll(/set-cookie: ([^=]+)=([^;\r]*)/g), (m) => [m[1], m[2]]));

t.test('a whole login: what is set is what Envoy would read', async (t) => {
  const { p, seen } = await proxy(
    t,
    answering(() => ALL),
  );
  const first = await ask(p, get('/wanted?x=1'));
  t.match(first.start, '302');
  const flow = setCookies(first.head);
  const location = new URL(/location: (\S+)/.exec(first.head)?.[1] ?? '');
  const state = JSON.parse(Buffer.from(location.searchParams.get('state') ?? '', 'base64url').toString());
  t.match(state.url, /^http:\/\/[^/]+\/wanted\?x=1$/);
  t.equal(state.csrf_token, `${state.flow_id}.${sign(state.flow_id)}`);
  t.equal(flow.get(`OauthNonce.${state.flow_id}`), state.csrf_token);
  const verifier = decrypt(flow.get(`CodeVerifier.${state.flow_id}`) ?? '');
  t.match(verifier, /^[\w-]{43}$/);
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  t.equal(location.searchParams.get('code_challenge'), challenge);

  const cookie = Array.from(flow, ([name, value]) => `${name}=${value}`).join('; ');
  const second = await ask(
    p,
    get(`/callback?code=c&state=${location.searchParams.get('state')}`, `cookie: ${cookie}\r\n`),
  );
  t.match(second.head, `location: ${state.url}\r\n`);
  const kept = setCookies(second.head);
  const tokens = ['BearerToken', 'IdToken', 'RefreshToken'].map((name) => decrypt(kept.get(name) ?? ''));
  t.same(tokens, ['access', 'id', 'again']);
  const host = new URL(state.url).host;
  t.equal(kept.get('OauthHMAC'), sign([host, kept.get('OauthExpires'), ...tokens].join('\n')));

  const all = ['OauthHMAC', 'OauthExpires', 'IdToken', 'RefreshToken', 'BearerToken'];
  const session = all.map((name) => `${name}=${kept.get(name)}`).join('; ');
  t.match((await ask(p, get('/', `cookie: z=1; ${session}; y=2\r\n`))).start, '200');
  // H330: in the order in which they came.
  t.match(seen(), 'cookie: z=1; IdToken=id; BearerToken=access; y=2\r\n');
});

t.test('a token endpoint that hangs, dies, or answers rubbish or too much (H333) is a failed login', async (t) => {
  const kinds: [string, (peer: Peer) => void][] = [
    ['hangs', () => {}],
    ['dies', (peer) => peer.socket.on('data', () => peer.socket.destroy())],
    ['is no HTTP', answering(() => 'rubbish\r\n\r\n')],
    ['answers in HTML', answering(() => answer('<html>'))],
    ['says no', answering(() => answer('no', 403))],
    ['says nothing', answering(() => answer(''))],
    ['answers a list', answering(() => answer('[]'))],
    ['has no token', answering(() => answer('{"expires_in":5}'))],
    ['has no time', answering(() => answer('{"access_token":"a"}'))],
    ['has a number for a token', answering(() => answer('{"access_token":5,"expires_in":5}'))],
    ['has a line break in its token (H332)', answering(() => answer('{"access_token":"a\\nb: c","expires_in":5}'))],
    ['lives for longer than the world (H333)', answering(() => answer('{"access_token":"a","expires_in":1e18}'))],
    ['answers two megabytes', answering(() => answer('x'.repeat(2 ** 21)))],
  ];
  for (const [what, serve] of kinds) {
    const { p, seen } = await proxy(t, serve, { disableTokenEncryption: true });
    const { start, head } = await ask(p, back());
    t.match(start, '401', what);
    t.notMatch(head, /BearerToken/, what);
    t.equal(p.value('http.h.oauth_failure'), 1, what);
    t.equal(seen(), '', what);
    p.stop();
  }
});

t.test('a client that goes away takes its question to the token endpoint with it', async (t) => {
  let asked: Peer | null = null;
  const { p } = await proxy(t, (peer) => peer.socket.on('data', () => (asked = peer)), {
    tokenEndpoint: { cluster: 'tokens', uri: 'http://idp/token', timeout: 60_000 },
  });
  const c = p.connect();
  c.send(back());
  await until(() => asked !== null);
  c.socket.destroy();
  await until(() => asked?.ended === true);
  t.equal(p.value('http.h.oauth_failure'), 0);
});

t.test('a code verifier that a client has changed is no part of our request (H331)', async (t) => {
  let asked = 0;
  const { p } = await proxy(
    t,
    answering(() => {
      asked++;
      return ALL;
    }),
  );
  t.match((await ask(p, back(encrypt('a&client_id=b')))).start, '401');
  t.match((await ask(p, back(encrypt('')))).start, '401');
  t.equal(asked, 0);
  t.match((await ask(p, back())).start, '302');
});

t.test('cookies of every kind end in a redirect, not in an error', async (t) => {
  const { p } = await proxy(
    t,
    answering(() => answer('no', 400)),
  );
  const long = 'A'.repeat(20_000);
  for (const cookie of [
    `BearerToken=${long}`,
    `OauthHMAC=${long}; OauthExpires=${'9'.repeat(400)}`,
    `IdToken=gcm.${long}; IdToken_chunks=${'9'.repeat(400)}`,
    'BearerToken_chunks=16; __proto__=x; constructor=y; =; ==;;',
    `RefreshToken=${encrypt('r')}`,
    Array.from({ length: 2000 }, (_, i) => `c${i}=${i}`).join('; '),
  ]) {
    t.match((await ask(p, get('/', `cookie: ${cookie}\r\n`))).start, '302', cookie.slice(0, 40));
  }
});

t.test('answers are read as proto3 JSON', (t) => {
  const read = (text: string): unknown => parseTokens(Buffer.from(text));
  const nothing = { access: null, id: null, refresh: null, seconds: null };
  t.same(read('{}'), nothing);
  t.same(read('{"access_token":"a","accessToken":"b","x":{"y":[1]}}'), { ...nothing, access: 'b' });
  t.same(read('{"expires_in":"7","id_token":null,"refresh_token":"é"}'), {
    ...nothing,
    seconds: 7,
    refresh: 'Ã©',
  });
  for (const bad of ['', '1', 'null', '[]', '{"a"', '{"expires_in":1.5}', '{"expires_in":-1}', '{"id_token":{}}']) {
    t.equal(read(bad), null, bad);
  }
  t.equal(parseTokens(Buffer.from([0x7b, 0xff, 0x7d])), null);
  t.end();
});

t.test('configs that are wrong are refused', async (t) => {
  const refused = (more: object, message: RegExp, credentials: object = {}): Promise<unknown> =>
    t.rejects(rig(t, TYPE, { config: config(more, credentials) }, {}, { secrets: SECRETS }), message);
  await refused({}, /token_secret is required when auth_type is not TLS_CLIENT_AUTH/, { tokenSecret: undefined });
  await refused({}, /invalid token secret configuration/, { tokenSecret: { name: 'nobody' } });
  await refused({}, /invalid HMAC secret configuration/, { hmacSecret: { name: 'nobody' } });
  await refused({ forwardBearerToken: true, preserveAuthorizationHeader: true }, /at most one of forward_bearer_token/);
  await refused({ forwardIdToken: { header: 'AUTHORIZATION' }, forwardBearerToken: true }, /at most one of/);
  for (const header of ['Host', ':path', 'a b'])
    await refused({ forwardIdToken: { header } }, /can not be used to forward/);
  await refused({ authorizationEndpoint: 'idp/x' }, /invalid authorization endpoint URL 'idp\/x' in config/);
  await refused({ endSessionEndpoint: 'https://idp/end' }, /only supported for OpenID Connect/);
  await refused({ redirectUri: '%NOPE%' }, /NOPE/);
  await refused({ retryPolicy: { retryBackOff: { baseInterval: 1000, maxInterval: 500 } } }, /max_interval must be/);
  const ofRoute = (value: object): object => ({
    typedPerFilterConfig: new Map([
      ['f', { typeUrl: 'envoy.extensions.filters.http.oauth2.v3.OAuth2PerRoute', value }],
    ]),
  });
  const wrong = ofRoute({ config: config({}, { hmacSecret: { name: 'nobody' } }) });
  await t.rejects(rig(t, TYPE, {}, wrong, { secrets: SECRETS }), /invalid HMAC secret configuration/);
});

t.test('without a path there is nobody to send anywhere', async (t) => {
  const { p, seen } = await rig(t, TYPE, { config: config() }, {}, { secrets: SECRETS });
  t.match((await ask(p, 'CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n')).start, '400');
  t.equal(seen(), '');
});
