/** Filters that do one thing: where they differ from Envoy, and configs that are wrong. What they do else is compared with Envoy: conformance. */
import t from 'tap';
import { cluster, get, type ProxyConfig, ROUTER, TestProxy, Upstream, until } from '../proxy.ts';
import { rig } from './rig.ts';

t.test('ip_tagging: several tags stand in the order of the config (H127)', async (t) => {
  const list = [{ addressPrefix: '127.0.0.0', prefixLen: 8 }];
  const ipTags = ['z', 'a', 'm'].map((ipTagName) => ({ ipTagName, ipList: list }));
  const { p, seen } = await rig(t, 'ip_tagging.v3.IPTagging', { ipTags });
  const c = p.connect();
  await c.send(get()).message();
  t.match(seen(), 'x-envoy-ip-tags: z,a,m\r\n');
  c.close();
  await t.rejects(
    rig(t, 'ip_tagging.v3.IPTagging', {
      ipTags: [{ ipTagName: 'x', ipList: [{ addressPrefix: 'nope', prefixLen: 1 }] }],
    }),
    /invalid ip\/mask combo 'nope\/1'/,
  );
});

t.test(
  'header_to_metadata: what is no finite number is not set (H128), and rules that say nothing are refused',
  async (t) => {
    const rule = { header: 'x-n', onHeaderPresent: { key: 'n', type: 'NUMBER' } };
    const metadata = [
      { filter: 'envoy.filters.http.header_to_metadata', path: [{ key: 'n' }], value: { presentMatch: true } },
    ];
    const match = { match: { prefix: '/', dynamicMetadata: metadata } };
    const { p } = await rig(t, 'header_to_metadata.v3.Config', { requestRules: [rule] }, match);
    const c = p.connect();
    // The route was looked for before the filter: none has it.
    for (const n of ['inf', 'nan', '1e999', 'x'])
      t.match((await c.send(get('/', `x-n: ${n}\r\n`)).message()).start, '404');
    c.close();
    const refused = async (r: object, why: RegExp): Promise<void> => {
      await t.rejects(rig(t, 'header_to_metadata.v3.Config', { requestRules: [r] }), why);
    };
    await refused({ onHeaderPresent: { key: 'a' } }, /One of Cookie or Header option needs to be specified/);
    await refused({ header: 'a', cookie: 'b', onHeaderPresent: { key: 'a' } }, /Cannot specify both header and cookie/);
    await refused({ header: 'a' }, /neither `on_header_present` nor `on_header_missing`/);
    await refused({ header: 'a', onHeaderMissing: { key: 'a' } }, /on_header_missing rule with an empty value/);
  },
);

t.test('basic_auth: lists that cannot be read are refused', async (t) => {
  const users = (inlineString: string): object => ({ users: { inlineString } });
  const type = 'basic_auth.v3.BasicAuth';
  await t.rejects(rig(t, type, users('user')), /username & password separated with a colon expected/);
  await t.rejects(rig(t, type, users(':x')), /empty user name or password/);
  await t.rejects(rig(t, type, users('a:$2y$05$x')), /unsupported htpasswd format: please use \{SHA\}/);
  await t.rejects(rig(t, type, users('a:{SHA}x')), /invalid SHA hash length/);
  const hash = 'W6ph5Mm5Pz8GgiULbPgzG37mj9g=';
  await t.rejects(rig(t, type, users(`a:{SHA}${hash}\na:{SHA}${hash}`)), /duplicate users/);
});

t.test('cdn_loop: an id that is none is refused, and a long list is read in one pass', async (t) => {
  await t.rejects(rig(t, 'cdn_loop.v3.CdnLoopConfig', { cdnId: 'a b' }), /is not a valid CDN identifier/);
  const { p } = await rig(t, 'cdn_loop.v3.CdnLoopConfig', { cdnId: 'me' });
  const c = p.connect();
  const list = `${'a;b=c ;d="e" , '.repeat(2000)}x`;
  t.match((await c.send(get('/', `cdn-loop: ${list}\r\n`)).message()).start, '200');
  t.match((await c.send(get('/', `cdn-loop: ${'a;b="'.repeat(5000)}\r\n`)).message()).start, '400');
  c.close();
});

t.test('rbac: ranges that are none are refused, with their place; policies are asked by name', async (t) => {
  const rule = (principal: object): object => ({
    rules: { action: 'DENY', policies: new Map([['p', { permissions: [{ any: true }], principals: [principal] }]]) },
  });
  await t.rejects(
    rig(t, 'rbac.v3.RBAC', rule({ remoteIp: { addressPrefix: 'nope', prefixLen: 8 } })),
    /malformed IP address: nope/,
  );
  const { p } = await rig(t, 'rbac.v3.RBAC', rule({ remoteIp: { addressPrefix: '127.0.0.0', prefixLen: 8 } }));
  const c = p.connect();
  t.match(await c.send(get()).message(), { start: /403/, body: 'RBAC: access denied' });
  t.equal(p.value('http.h.rbac.denied'), 1);
  c.close();
});

t.test('bandwidth_limit: a body whose client leaves lets go of what waits', async (t) => {
  // Nobody answers: the body is on its way until its client leaves.
  const u = await Upstream.start();
  t.teardown(() => u.stop());
  const value = { statPrefix: 's', enableMode: 'REQUEST', limitKbps: 20 };
  const typeUrl = 'envoy.extensions.filters.http.bandwidth_limit.v3.BandwidthLimit';
  const hcm = { httpFilters: [{ name: 'f', typedConfig: { typeUrl, value } }, ROUTER] } as ProxyConfig['hcm'];
  const p = await TestProxy.start({ hcm, clusters: [cluster('u', [u.port])] } as ProxyConfig);
  t.teardown(() => p.stop());
  const pending = p.store.scope('s.http_bandwidth_limit.').gauge('request_pending');
  const c = p.connect();
  c.send(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 300000\r\n\r\n${'x'.repeat(200_000)}`);
  await until(() => p.value('s.http_bandwidth_limit.request_enforced') > 0);
  t.equal(pending.value, 1);
  c.close();
  await until(() => pending.value === 0 && p.value('http.h.downstream_rq_active') === 0);
  t.equal(p.value('s.http_bandwidth_limit.request_enabled'), 1);
});

t.test('header_mutation: what may not be changed is refused', async (t) => {
  const mutations = { requestMutations: [{ append: { header: { key: ':path', value: '/x' } } }] };
  await t.rejects(rig(t, 'header_mutation.v3.HeaderMutation', { mutations }), /may not be modified/);
});

t.test('rbac: trees, templates and actions that cannot be are refused', async (t) => {
  const any = { permissions: [{ any: true }], principals: [{ any: true }] };
  const rule = (permission: object): object => ({
    rules: { action: 'ALLOW', policies: new Map([['p', { ...any, permissions: [permission] }]]) },
  });
  const template = (typeUrl: string, pathTemplate: string): object =>
    rule({ uriTemplate: { name: 't', typedConfig: { typeUrl, value: { pathTemplate } } } });
  const known = 'envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig';
  await t.rejects(rig(t, 'rbac.v3.RBAC', template('x.y.Z', '/a')), /registered implementation for 't'/);
  await t.rejects(rig(t, 'rbac.v3.RBAC', template(known, 'no slash')), /./);
  await t.rejects(rig(t, 'rbac.v3.RBAC', rule({ matcher: { name: 'm' } })), /not supported yet/);
  const tree = (input: string, action: string): object => ({
    matcher: {
      matcherTree: {
        input: { name: 'i', typedConfig: { typeUrl: input, value: {} } },
        exactMatchMap: {
          map: new Map([['x', { action: { name: 'a', typedConfig: { typeUrl: action, value: {} } } }]]),
        },
      },
    },
  });
  const source = 'envoy.extensions.matching.common_inputs.network.v3.SourceIPInput';
  await t.rejects(rig(t, 'rbac.v3.RBAC', tree('x.y.Z', 'envoy.config.rbac.v3.Action')), /implementation for 'i'/);
  await t.rejects(rig(t, 'rbac.v3.RBAC', tree(source, 'x.y.Z')), /implementation for 'a'/);
});

t.test('header_to_metadata: messages in messages without end are no value', async (t) => {
  // google.protobuf.Value: a list in a list in a list …
  let value = Buffer.from([0x20, 1]);
  for (let i = 0; i < 400; i++) {
    const item = Buffer.concat([Buffer.from([0x0a, (value.length & 0x7f) | 0x80, value.length >> 7]), value]);
    value = Buffer.concat([Buffer.from([0x32, (item.length & 0x7f) | 0x80, item.length >> 7]), item]);
  }
  const rule = { header: 'x-v', onHeaderPresent: { key: 'v', type: 'PROTOBUF_VALUE', encode: 'BASE64' } };
  const { p } = await rig(t, 'header_to_metadata.v3.Config', { requestRules: [rule], statPrefix: 'mine' });
  const c = p.connect();
  t.match((await c.send(get('/', `x-v: ${value.toString('base64')}\r\n`)).message()).start, '200');
  t.equal(p.value('http_filter_name.mine.request_metadata_added'), 0);
  t.match((await c.send(get('/', 'x-v: GgFh\r\n')).message()).start, '200');
  t.equal(p.value('http_filter_name.mine.request_metadata_added'), 1);
  c.close();
});
