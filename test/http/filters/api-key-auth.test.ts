/** envoy.filters.http.api_key_auth: configs that are wrong, and hostile requests. Who is let in is compared with Envoy: conformance api-key-auth/*. */
import t from 'tap';
import { get } from '../proxy.ts';
import { rig } from './rig.ts';

const TYPE = 'api_key_auth.v3.ApiKeyAuth';

t.test('keys that are there twice and sources that are none are refused; no key is said', async (t) => {
  const twice = {
    credentials: [
      { key: 'secret', client: 'a' },
      { key: 'secret', client: 'b' },
    ],
  };
  const error = await rig(t, TYPE, twice).then(
    () => new Error('accepted'),
    (e: Error) => e,
  );
  t.match(error.message, /Duplicated credential key/);
  t.notMatch(error.message, /secret/);
  await t.rejects(rig(t, TYPE, { keySources: [{}] }), /One of 'header'\/'query'\/'cookie' must be set/);
  await t.rejects(rig(t, TYPE, { credentials: [{ key: 'k', client: 'a\r\nx: y' }] }), /line break/);
});

t.test(
  'what a query escapes stays escaped where a key is taken out (H129), and long ones are read in one pass',
  async (t) => {
    const value = {
      credentials: [{ key: 'k', client: 'c' }],
      keySources: [{ query: 'key' }, { cookie: 'key' }],
      forwarding: { header: 'x-client', hideCredentials: true },
    };
    const { p, seen } = await rig(t, TYPE, value);
    const c = p.connect();
    t.match((await c.send(get('/p?b=%20%0d%0a&key=k&a=%26')).message()).start, '200');
    t.match(seen(), 'GET /p?a=%26&b=%20%0d%0a HTTP/1.1\r\n');
    t.match((await c.send(get(`/p?${'a=b&'.repeat(4000)}key=k`)).message()).start, '200');
    t.match((await c.send(get('/p', `cookie: ${'a;'.repeat(10_000)}key=k\r\n`)).message()).start, '200');
    t.notMatch(seen(), /key=k/);
    t.match((await c.send(get('/p?key=__proto__')).message()).start, '401');
    c.close();
  },
);
