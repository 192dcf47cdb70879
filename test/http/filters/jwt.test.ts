/** envoy.filters.http.jwt_authn: keys that come from a cluster, what is held, and tokens of any kind. What it answers is compared with Envoy: conformance jwt/*. */

import { createHmac } from 'node:crypto';
import * as jose from 'jose';
import t from 'tap';
import type { JwtAuthentication, JwtProvider } from '../../../src/config/schema/types.ts';
import { claimText } from '../../../src/http/filters/jwt/claims.ts';
import { type KeySet, parseKeySet } from '../../../src/http/filters/jwt/key-set.ts';
import { isJwt, parseJwt } from '../../../src/http/filters/jwt/token.ts';
import { answering, cluster, header, OK, ROUTER, TestProxy, turns, Upstream, until } from '../proxy.ts';

const TYPE = 'envoy.extensions.filters.http.jwt_authn.v3';
const ALGORITHMS = ['ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'EdDSA'];

interface Signer {
  readonly jwks: string;
  sign(claims: jose.JWTPayload): Promise<string>;
}

async function signer(alg = 'ES256', kid = 'k'): Promise<Signer> {
  const pair = await jose.generateKeyPair(alg, { extractable: true });
  const jwks = JSON.stringify({ keys: [{ ...(await jose.exportJWK(pair.publicKey)), kid }] });
  return {
    jwks,
    sign: (claims) => new jose.SignJWT(claims).setProtectedHeader({ alg, kid }).sign(pair.privateKey),
  };
}

function filter(providers: Record<string, JwtProvider>, more: Partial<JwtAuthentication> = {}): object {
  const [name] = Object.keys(providers);
  const value: JwtAuthentication = {
    providers: new Map(Object.entries(providers)),
    rules: [{ match: { prefix: '/' }, requires: { providerName: name } }],
    ...more,
  };
  return { name: 'envoy.filters.http.jwt_authn', typedConfig: { typeUrl: `${TYPE}.JwtAuthentication`, value } };
}

const remote = (more: object = {}): JwtProvider => ({
  issuer: 'a',
  remoteJwks: { httpUri: { uri: 'http://keys/jwks', cluster: 'keys', timeout: 200 }, ...more },
});

async function rig(
  t: { teardown(fn: () => unknown): void },
  provider: JwtProvider,
  keys: Upstream | null,
): Promise<TestProxy> {
  const u = await Upstream.start(answering(OK));
  t.teardown(() => u.stop());
  if (keys !== null) t.teardown(() => keys.stop());
  const p = await TestProxy.start({
    hcm: { httpFilters: [filter({ p: provider }), ROUTER] } as never,
    clusters: [cluster('u', [u.port]), ...(keys === null ? [] : [cluster('keys', [keys.port])])],
  });
  t.teardown(() => p.stop());
  return p;
}

const get = (token: string): string => `GET / HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${token}\r\n\r\n`;
const reply = (body: string, status = 200): string =>
  `HTTP/1.1 ${status} X\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

t.test('every algorithm: what jose signs is good, what is changed is not', async (t) => {
  for (const alg of ALGORITHMS) {
    const { jwks, sign } = await signer(alg);
    const keys = parseKeySet(jwks) as KeySet;
    const token = await sign({ iss: 'a', n: 1 });
    const jwt = parseJwt(token);
    if (!isJwt(jwt)) throw new Error(jwt.text);
    t.equal(keys.verify(jwt).text, 'OK', alg);
    const [h, p, s] = token.split('.');
    const other = parseJwt([h, Buffer.from('{"iss":"b"}').toString('base64url'), s].join('.'));
    t.equal(isJwt(other) && keys.verify(other).text, 'Jwt verification fails', alg);
    const noise = parseJwt([h, p, 'AAAA'].join('.'));
    t.match(isJwt(noise) && keys.verify(noise).text, /verification fails|wrong length/, alg);
    // A key of another kind is no secret: HS256 with the public key's text.
    const confused = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.${p}`;
    const mac = createHmac('sha256', jwks).update(confused).digest('base64url');
    const attack = parseJwt(`${confused}.${mac}`);
    t.match(isJwt(attack) && keys.verify(attack).text, /Jwt verification fails|match kid or alg/, alg);
  }
});

t.test('keys are fetched once for all who wait, and again when they are too old', async (t) => {
  const { jwks, sign } = await signer();
  let fetched = 0;
  const keys = await Upstream.start(
    answering(() => {
      fetched++;
      return reply(jwks);
    }),
  );
  const p = await rig(t, remote({ cacheDuration: 50 }), keys);
  const token = await sign({ iss: 'a' });
  const clients = [p.connect(), p.connect(), p.connect()];
  const answers = await Promise.all(clients.map((c) => c.send(get(token)).message()));
  for (const a of answers) t.match(a.start, /200/);
  t.equal(fetched, 1);
  t.equal(p.value('http.h.jwt_authn.jwks_fetch_success'), 1);
  t.equal(p.value('http.h.jwt_authn.allowed'), 3);
  const since = Date.now();
  await until(() => Date.now() > since + 60);
  t.match((await clients[0].send(get(token)).message()).start, /200/);
  t.equal(fetched, 2);
  for (const c of clients) c.close();
});

t.test('a key service that dies, answers rubbish, a gigabyte or nothing: 401, and nothing is kept', async (t) => {
  const { sign } = await signer();
  const token = await sign({ iss: 'a' });
  const services: [string, (peer: import('../proxy.ts').Peer) => void][] = [
    ['rubbish', answering(reply('no JSON'))],
    ['no keys', answering(reply('{"keys":[]}'))],
    ['an error', answering(reply('{}', 500))],
    ['hangs', (): void => {}],
    ['dies', (peer) => peer.socket.on('data', () => peer.socket.destroy())],
    [
      'a gigabyte',
      (peer) =>
        peer.socket.once('data', () => {
          peer.send('HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n');
          const chunk = Buffer.alloc(256 * 1024, 32);
          const more = (): void => {
            while (!peer.closed && peer.socket.write(chunk));
          };
          peer.socket.on('drain', more);
          more();
        }),
    ],
  ];
  for (const [what, service] of services) {
    const keys = await Upstream.start(service);
    const p = await rig(t, remote(), keys);
    const c = p.connect();
    const answer = await c.send(get(token)).message();
    t.match(answer.start, /401/, what);
    t.equal(answer.body, 'Jwks remote fetch is failed', what);
    t.equal(p.value('http.h.jwt_authn.jwks_fetch_failed'), 1, what);
    t.equal(p.value('http.h.jwt_authn.denied'), 1, what);
    c.close();
    p.stop();
    keys.stop();
  }
});

t.test('a fetch that fails is tried again as retry_policy says', async (t) => {
  const { jwks, sign } = await signer();
  const keys = await Upstream.start(answering((_, i) => (i === 0 ? reply('', 503) : reply(jwks))));
  const p = await rig(t, remote({ retryPolicy: { numRetries: 2, retryBackOff: { baseInterval: 1 } } }), keys);
  const c = p.connect();
  t.match((await c.send(get(await sign({ iss: 'a' }))).message()).start, /200/);
  t.equal(p.value('cluster.keys.upstream_rq_retry'), 1);
  c.close();
});

t.test('async_fetch: keys are there before a request asks, and are asked for again after a failure', async (t) => {
  const { jwks, sign } = await signer();
  let n = 0;
  const keys = await Upstream.start(answering(() => (n++ === 0 ? reply('', 500) : reply(jwks))));
  const p = await rig(t, remote({ asyncFetch: { failedRefetchDuration: 10 } }), keys);
  await until(() => p.value('http.h.jwt_authn.jwks_fetch_success') === 1);
  t.equal(p.value('http.h.jwt_authn.jwks_fetch_failed'), 1);
  const c = p.connect();
  t.match((await c.send(get(await sign({ iss: 'a' }))).message()).start, /200/);
  t.equal(n, 2);
  c.close();
});

t.test('a client that goes while keys are fetched leaves nothing behind; a body waits', async (t) => {
  const { jwks, sign } = await signer();
  const keys = await Upstream.start();
  const p = await rig(t, remote({ httpUri: { uri: 'http://keys/jwks', cluster: 'keys', timeout: 0 } }), keys);
  const token = await sign({ iss: 'a' });
  const gone = p.connect();
  gone.send(get(token));
  const asked = await keys.accept();
  await asked.until('\r\n\r\n');
  gone.close();
  const c = p.connect();
  const body = 'x'.repeat(100_000);
  c.send(
    `POST / HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${token}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await until(() => p.value('http.h.downstream_rq_total') === 2);
  await turns();
  asked.send(reply(jwks));
  t.match((await c.message()).start, /200/);
  t.equal(p.value('http.h.jwt_authn.allowed'), 1);
  c.close();
});

t.test('good tokens are remembered, up to the size; a remembered one still expires', async (t) => {
  const { jwks, sign } = await signer();
  const provider: JwtProvider = {
    issuer: 'a',
    localJwks: { inlineString: jwks },
    clockSkewSeconds: 1,
    jwtCacheConfig: { jwtCacheSize: 2, jwtMaxTokenSize: 1000 },
  };
  const p = await rig(t, provider, null);
  const c = p.connect();
  const now = Math.floor(Date.now() / 1000);
  const tokens = await Promise.all([1, 2, 3].map((n) => sign({ iss: 'a', n, exp: now + 1000 })));
  const long = await sign({ iss: 'a', text: 'x'.repeat(1000) });
  for (const token of [...tokens, tokens[2], tokens[0], long, long]) {
    t.match((await c.send(get(token)).message()).start, /200/);
  }
  t.equal(p.value('http.h.jwt_authn.jwt_cache_hit'), 1, 'the third; the first has made room');
  t.equal(p.value('http.h.jwt_authn.jwt_cache_miss'), 6);
  const short = await sign({ iss: 'a', exp: now - 1 + 1 });
  t.match((await c.send(get(short)).message()).start, /200/);
  await until(() => Date.now() / 1000 > now + 2.1);
  t.equal((await c.send(get(short)).message()).body, 'Jwt is expired');
  c.close();
});

t.test('a token of a megabyte is refused with its head, none of it looked at', async (t) => {
  const { jwks } = await signer();
  const p = await rig(t, { issuer: 'a', localJwks: { inlineString: jwks } }, null);
  const c = p.connect();
  t.match((await c.send(get(`a.${'b'.repeat(1024 * 1024)}.c`)).message()).start, /431/);
  t.equal(p.value('http.h.jwt_authn.denied'), 0);
  c.close();
});

t.test('claims that cannot stand in a header are left out', async (t) => {
  const { jwks, sign } = await signer();
  const u = await Upstream.start(
    answering((request) => OK.replace('\r\n\r\n', `\r\nx-saw: ${/x-evil/.test(request)}\r\n\r\n`)),
  );
  t.teardown(() => u.stop());
  const provider: JwtProvider = {
    localJwks: { inlineString: jwks },
    claimToHeaders: [{ headerName: 'x-claim', claimName: 'c' }],
  };
  const p = await TestProxy.start({
    hcm: { httpFilters: [filter({ p: provider }), ROUTER] } as never,
    clusters: [cluster('u', [u.port])],
  });
  t.teardown(() => p.stop());
  const c = p.connect();
  const answer = await c.send(get(await sign({ c: 'a\r\nx-evil: 1' }))).message();
  t.equal(header(answer, 'x-saw'), 'false');
  c.close();
});

t.test('numbers of claims are texts as C prints them', async (t) => {
  t.equal(claimText(1e15), '1000000000000000');
  t.equal(claimText(1e21), '1000000000000000000000.000000');
  t.equal(claimText(-7), '-7.000000');
  t.equal(claimText(0.0078125), '0.007812');
});

t.test('configs that are wrong do not start', async (t) => {
  const wrong = async (value: JwtAuthentication, message: RegExp): Promise<void> => {
    const entry = { name: 'j', typedConfig: { typeUrl: `${TYPE}.JwtAuthentication`, value } };
    await t.rejects(TestProxy.start({ hcm: { httpFilters: [entry, ROUTER] } as never }), message);
  };
  const rules = (requires: object): JwtAuthentication => ({ rules: [{ match: { prefix: '/' }, requires }] });
  await wrong(rules({ providerName: 'nope' }), /Required provider \['nope'\] is not configured/);
  await wrong(
    { rules: [{ match: { prefix: '/' }, requirementName: 'nope' }] },
    /Wrong requirement_name: nope. It should be one of \[\]/,
  );
  await wrong(
    { providers: new Map([['p', { localJwks: { inlineString: '[' } }]]) },
    /Provider 'p' in jwt_authn config has invalid local jwks: Jwks is an invalid JSON/,
  );
  const from = (uri: string): JwtAuthentication => ({
    providers: new Map([['p', { remoteJwks: { httpUri: { uri, cluster: 'keys', timeout: 1000 } } }]]),
  });
  // As Envoy 1.40 has it, asked about each.
  for (const uri of [
    'http://a_b/x',
    'a/x',
    'http://',
    'http://a:99999/',
    'http://a b/',
    'http://a#x',
    'http://é/',
    'http://a/é',
    'http://a:/x',
    'http://a,b/',
    'http://u@b@a/',
    'http://[::1',
    'http://[a]/',
    '1http://a/',
  ])
    await wrong(from(uri), /Provider 'p' has an invalid URI: '/);
  for (const uri of ['https://a', 'h2c://a/x', 'http://[::1]:80/x', 'http://u:p@a?x', 'http://a..b/{x}#y']) {
    const entry = { name: 'j', typedConfig: { typeUrl: `${TYPE}.JwtAuthentication`, value: from(uri) } };
    const p = await TestProxy.start({ hcm: { httpFilters: [entry, ROUTER] } as never });
    t.teardown(() => p.stop());
  }
});

t.test('any text at all is a token or has a verdict', (t) => {
  let seed = 11;
  const random = (n: number): number => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return (seed >> 8) % n;
  };
  const part = (): string => {
    const texts = [
      '{"alg":"ES256"}',
      '{"alg":"HS256","kid":3}',
      '{"exp":-1}',
      '{"aud":[1]}',
      '{"a":{"b":[]}}',
      '"',
      '[]',
      'null',
      '',
      '\xff',
    ];
    const text = Buffer.from(texts[random(texts.length)], 'latin1').toString('base64url');
    return random(4) === 0 ? text.slice(0, random(text.length + 1)) + '.=%A '[random(5)] : text;
  };
  const keys = parseKeySet(JSON.stringify({ keys: [{ kty: 'oct', k: 'AAAA' }] })) as KeySet;
  for (let n = 0; n < 20_000; n++) {
    const parsed = parseJwt(`${part()}.${part()}.${part()}`);
    if (isJwt(parsed)) t.ok(keys.verify(parsed).code > 0 || parsed.alg === 'HS256');
    else if (!(parsed.code > 0)) t.fail(parsed.text);
    parseKeySet(Buffer.from(part(), 'base64url').toString());
  }
  t.end();
});
