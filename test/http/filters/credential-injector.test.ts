/** envoy.filters.http.credential_injector: a token service of every kind, and configs that are wrong. What it sends is compared with Envoy: conformance credential-injector/*. */
import t from 'tap';
import type { Cluster as ClusterMessage, Secret } from '../../../src/config/schema/types.ts';
import { readToken } from '../../../src/http/filters/injected-credentials/oauth2-token.ts';
import { answering, cluster, get, type Peer, type TestProxy, Upstream, until } from '../proxy.ts';
import { rig } from './rig.ts';

const KINDS = 'envoy.extensions.http.injected_credentials';
const STATS = 'http.h.credential_injector.oauth2.';
const secret = (name: string, inlineString: string): Secret => ({ name, genericSecret: { secret: { inlineString } } });
const SECRETS = [secret('s', 'secret'), secret('bad', 'a\nb'), secret('empty', '')];

type Serve = (peer: Peer) => void;

async function injecting(
  t: { teardown(fn: () => unknown): void },
  typeUrl: string,
  value: object,
  serve: Serve | null = null,
  more: object = {},
): Promise<{ p: TestProxy; seen: () => string }> {
  const clusters: ClusterMessage[] = [];
  if (serve !== null) {
    const tokens = await Upstream.start(serve);
    t.teardown(() => tokens.stop());
    clusters.push(cluster('tokens', [tokens.port]));
  }
  const credential = { name: 'c', typedConfig: { typeUrl: `${KINDS}.${typeUrl}`, value } };
  const type = 'credential_injector.v3.CredentialInjector';
  return await rig(t, type, { credential, ...more }, {}, { clusters, secrets: SECRETS });
}

const generic = (name: string, more: object = {}): object => ({ credential: { name }, ...more });
const GENERIC = 'generic.v3.Generic';
const OAUTH2 = 'oauth2.v3.OAuth2';
const oauth2 = (client: object, more: object = {}): object => ({
  tokenEndpoint: { cluster: 'tokens', uri: 'http://tokens/token', timeout: 300 },
  tokenFetchRetryInterval: 1000,
  clientCredentials: { clientId: 'me', ...client },
  ...more,
});
const SECRET = { clientSecret: { name: 's' } };
const reply = (body: string, status = 200): string =>
  `HTTP/1.1 ${status} X\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

t.test('a secret that nobody has and a header that is none are refused (H300, H301)', async (t) => {
  await t.rejects(injecting(t, GENERIC, generic('nobody')), /Unknown generic secret: nobody/);
  for (const header of ['host', ':path', 'a b']) {
    await t.rejects(injecting(t, GENERIC, generic('s', { header })), /a credential goes into a header of its own/);
  }
  await t.rejects(injecting(t, OAUTH2, oauth2({})), /Invalid oauth2 client secret configuration/);
  await t.rejects(injecting(t, OAUTH2, oauth2({ clientSecret: { name: 'nobody' } })), /Invalid oauth2 client secret/);
  await t.rejects(injecting(t, 'other.v3.Other', {}), /other\.v3\.Other/);
});

t.test('a secret with a line break in it is no credential (H304)', async (t) => {
  const { p, seen } = await injecting(t, GENERIC, generic('bad'));
  const c = p.connect();
  t.match((await c.send(get()).message()).start, '401');
  t.equal(seen(), '');
  t.equal(p.value('http.h.credential_injector.failed'), 1);
  c.close();
});

t.test('an empty client secret is not sent, and looked at again', async (t) => {
  const { p } = await injecting(t, OAUTH2, oauth2({ clientSecret: { name: 'empty' } }));
  await until(() => p.value(`${STATS}token_fetch_failed_on_client_secret`) >= 2);
  t.equal(p.value(`${STATS}token_requested`), 0);
});

t.test(
  'a token service that dies, hangs, refuses, answers rubbish or a gigabyte: no credential, and its counter',
  async (t) => {
    const flood: Serve = (peer) =>
      peer.socket.once('data', () => {
        peer.send('HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n');
        const chunk = Buffer.alloc(64 * 1024, 32);
        const more = (): void => {
          while (!peer.closed && peer.socket.write(chunk));
        };
        peer.socket.on('drain', more);
        more();
      });
    const services: readonly [string, string, Serve][] = [
      ['rubbish', 'bad_token', answering(reply('no JSON'))],
      ['no token', 'bad_token', answering(reply('{"expires_in":5}'))],
      ['a line break', 'bad_token', answering(reply('{"access_token":"a\\nb","expires_in":5}'))],
      ['an error', 'bad_response_code', answering(reply('{}', 500))],
      ['hangs', 'bad_response_code', (): void => {}],
      ['dies', 'bad_response_code', (peer) => peer.socket.on('data', () => peer.socket.destroy())],
      ['a gigabyte', 'stream_reset', flood],
    ];
    for (const [what, counter, serve] of services) {
      const { p, seen } = await injecting(t, OAUTH2, oauth2(SECRET), serve, { allowRequestWithoutCredential: true });
      await until(() => p.value(`${STATS}token_fetch_failed_on_${counter}`) >= 1);
      const c = p.connect();
      t.match((await c.send(get()).message()).start, '200', what);
      t.notMatch(seen(), 'authorization', what);
      t.equal(p.value('http.h.credential_injector.failed'), 1, what);
      c.close();
      p.stop();
    }
  },
);

t.test('a token without a life is asked for again, but not at once (H303)', async (t) => {
  const asked: number[] = [];
  const serve = answering(() => {
    asked.push(performance.now());
    return reply(`{"access_token":"t${asked.length}","expires_in":0}`);
  });
  const { p, seen } = await injecting(t, OAUTH2, oauth2(SECRET), serve);
  await until(() => p.value(`${STATS}token_fetched`) >= 2);
  t.ok(asked[1] - asked[0] > 900, 'a second lies between them');
  const c = p.connect();
  t.match((await c.send(get()).message()).start, '200');
  t.match(seen(), /authorization: Bearer t[23]\r\n/);
  c.close();
});

t.test('a token that has ended, and no other, is none', async (t) => {
  let asked = 0;
  const serve = answering(() => (asked++ === 0 ? reply('{"access_token":"t","expires_in":1}') : reply('', 500)));
  const { p } = await injecting(t, OAUTH2, oauth2(SECRET), serve);
  await until(() => p.value(`${STATS}token_fetched`) === 1);
  const c = p.connect();
  t.match((await c.send(get()).message()).start, '200');
  await until(() => p.value(`${STATS}token_fetch_failed_on_bad_response_code`) >= 1);
  t.match((await c.send(get()).message()).start, '401');
  c.close();
});

t.test('what is a token', (t) => {
  const read = (text: string): unknown => readToken(Buffer.from(text));
  t.same(read('{"access_token":"é","expires_in":"7","x":{}}'), { text: 'Ã©', seconds: 7 });
  t.same(read('{"accessToken":"a","expiresIn":1e2}'), { text: 'a', seconds: 100 });
  for (const text of [
    '',
    '[]',
    'null',
    '5',
    '{"access_token":5,"expires_in":1}',
    '{"access_token":"a"}',
    '{"access_token":"a","expires_in":null}',
    '{"access_token":"a","expires_in":-1}',
    '{"access_token":"a","expires_in":1.5}',
    '{"access_token":"a","expires_in":1e30}',
    '{"access_token":"a","expires_in":"1x"}',
    '{"access_token":"a\\r\\nb: c","expires_in":1}',
    `${'['.repeat(100_000)}`,
  ])
    t.equal(read(text), null, text.slice(0, 50));
  t.end();
});
