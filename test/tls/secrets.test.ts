/** Secrets: of the bootstrap, and those that files bring and change (SDS), here and in every event loop. */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tls from 'node:tls';
import t from 'tap';
import type { CommonTlsContext, SdsSecretConfig, Secret } from '../../src/config/schema/types.ts';
import { cluster, get, type ProxyConfig, TestProxy, until } from '../http/proxy.ts';
import { certificates, pem } from '../support/certificates.ts';
import { freePort } from '../support/ports.ts';
import { get as adminGet, envoyletCommand, startProxy } from '../support/proxy-process.ts';
import { clientCertificate, file, pair, startTls, TlsPeer, tlsChain, upstreamTls } from './proxy.ts';

type Test = { teardown(fn: () => unknown): void };

/** A folder with `sds.yaml` for the secret called `s`. */
class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'secrets-'));
  constructor(t: Test) {
    t.teardown(() => rmSync(this.path, { recursive: true }));
  }
  get sds(): string {
    return join(this.path, 'sds.yaml');
  }
  /** As files should be replaced: whole. */
  put(name: string, text: string | Buffer): void {
    writeFileSync(join(this.path, `.${name}`), text);
    renameSync(join(this.path, `.${name}`), join(this.path, name));
  }
  secret(fields: object, name = 's'): void {
    const type = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';
    this.put('sds.yaml', JSON.stringify({ version_info: '1', resources: [{ '@type': type, name, ...fields }] }));
  }
  certificate(chain: string, key = chain): void {
    const source = (name: string): object => ({ inline_string: pem(name).toString() });
    this.secret({ tls_certificate: { certificate_chain: source(`${chain}.pem`), private_key: source(`${key}.key`) } });
  }
  /** SdsSecretConfig of it. */
  config(more: object = {}): SdsSecretConfig {
    return { name: 's', sdsConfig: { pathConfigSource: { path: this.sds, ...more } } };
  }
  get context(): { commonTlsContext: CommonTlsContext } {
    return { commonTlsContext: { tlsCertificateSdsSecretConfigs: [this.config()] } };
  }
}

async function start(t: Test, ...args: Parameters<typeof startTls>): Promise<TestProxy> {
  const proxy = await startTls(...args);
  t.teardown(() => proxy.stop());
  return proxy;
}

/** Common name of the certificate a new connection gets; '' where there is none. */
async function served(port: number, options: tls.ConnectionOptions = {}): Promise<string> {
  const peer = new TlsPeer(port, options);
  const name = (await peer.secured) ? String(peer.socket.getPeerCertificate().subject.CN) : '';
  peer.close();
  return name;
}

t.test('a certificate, an authority and ticket keys of the bootstrap', async (t) => {
  const secrets: Secret[] = [
    { name: 's', tlsCertificate: pair('server-b') },
    { name: 's', validationContext: { trustedCa: file('ca.pem') } },
    { name: 's', sessionTicketKeys: { keys: [{ inlineBytes: Buffer.alloc(80, 1) }] } },
  ];
  const context = {
    requireClientCertificate: true,
    commonTlsContext: {
      tlsCertificateSdsSecretConfigs: [{ name: 's' }],
      validationContextSdsSecretConfig: { name: 's' },
    },
    sessionTicketKeysSdsSecretConfig: { name: 's' },
  };
  const proxy = await start(t, context, {}, { secrets });
  t.equal(await served(proxy.port, { ...clientCertificate('client'), maxVersion: 'TLSv1.2' }), 'b.test');
  t.equal(await served(proxy.port, { ...clientCertificate('client-other'), maxVersion: 'TLSv1.2' }), '');
  t.equal(proxy.value('listener.l.server_ssl_socket_factory.ssl_context_update_by_sds'), 0);
});

t.test('secrets that there are not are refused in the words Envoy has', async (t) => {
  const folder = new Folder(t);
  const refused = (common: CommonTlsContext, message: string, config: ProxyConfig = {}): Promise<unknown> =>
    t.rejects(startTls({ commonTlsContext: { tlsCertificates: [pair('server')], ...common } }, {}, config), {
      message,
    });
  const nobody = { name: 'nobody' };
  await refused({ tlsCertificateSdsSecretConfigs: [nobody] }, 'Unknown static secret: nobody');
  await refused({ validationContextSdsSecretConfig: nobody }, 'Unknown static certificate validation context: nobody');
  await refused(
    { validationContextSdsSecretConfig: folder.config() },
    `paths must refer to an existing path in the system: '${folder.sds}' does not exist`,
  );
  const twice = { name: 'a', tlsCertificate: pair('server') };
  await refused({}, 'Duplicate static TlsCertificate secret name a', { secrets: [twice, twice] });
  folder.certificate('server');
  await refused(
    { validationContextSdsSecretConfig: folder.config({ watchedDirectory: { path: '/nowhere' } }) },
    'unable to add filesystem watch for file /nowhere/: No such file or directory',
  );
});

t.test('a file brings the certificate, a renamed one another; who is connected stays', async (t) => {
  const folder = new Folder(t);
  folder.certificate('server');
  const proxy = await start(t, folder.context);
  const before = new TlsPeer(proxy.port);
  t.ok(await before.secured);
  folder.certificate('server-b');
  await until(() => proxy.value('listener.l.server_ssl_socket_factory.ssl_context_update_by_sds') === 2);
  t.equal(await served(proxy.port), 'b.test');
  before.send(get());
  t.equal((await before.message()).body, 'ok');
  before.close();
  t.equal(proxy.value('sds.s.update_success'), 2);
});

t.test('what is wrong with a new one is counted, and the one before stays', async (t) => {
  const folder = new Folder(t);
  folder.certificate('server-b');
  const proxy = await start(t, folder.context);
  const counters = (): number[] =>
    ['success', 'rejected', 'failure'].map((name) => proxy.value(`sds.s.update_${name}`));
  folder.certificate('server', 'server-b');
  await until(() => proxy.value('sds.s.update_rejected') === 1);
  folder.secret({ tls_certificate: {} }, 'other');
  await until(() => proxy.value('sds.s.update_rejected') === 2);
  folder.put('sds.yaml', '{ "resources": [] }');
  await until(() => proxy.value('sds.s.update_rejected') === 3);
  folder.put('sds.yaml', '[ nonsense');
  await until(() => proxy.value('sds.s.update_failure') === 1);
  t.equal(await served(proxy.port), 'b.test');
  folder.certificate('server-ec');
  await until(() => proxy.value('sds.s.update_success') === 2);
  t.same(counters(), [2, 3, 1]);
  t.equal(await served(proxy.port), 'a.test');
});

t.test(
  'no good one at the start: connections are closed and counted until there is one, whoever uses it',
  async (t) => {
    const folder = new Folder(t);
    folder.certificate('server', 'server-b');
    const proxy = await start(t, folder.context, {}, { listener: { defaultFilterChain: tlsChain(folder.context) } });
    t.equal(await served(proxy.port), '');
    t.equal(proxy.value('listener.l.server_ssl_socket_factory.downstream_context_secrets_not_ready'), 1);
    folder.certificate('server-b');
    await until(() => proxy.value('sds.s.update_success') === 1);
    t.equal(await served(proxy.port), 'b.test');
  },
);

t.test('the files that a secret names are watched: one by one, and as Kubernetes swaps them', async (t) => {
  const folder = new Folder(t);
  const put = (name: string, from: string): void => folder.put(name, pem(from));
  put('tls.crt', 'server.pem');
  put('tls.key', 'server.key');
  const source = (name: string): object => ({ filename: join(folder.path, name) });
  const named = { certificate_chain: source('tls.crt'), private_key: source('tls.key') };
  folder.secret({ tls_certificate: named });
  const proxy = await start(t, folder.context);
  put('tls.key', 'server-b.key');
  await until(() => proxy.value('sds.s.key_rotation_failed') === 1);
  t.equal(await served(proxy.port), 'a.test');
  put('tls.crt', 'server-b.pem');
  await until(() => proxy.value('listener.l.server_ssl_socket_factory.ssl_context_update_by_sds') === 2);
  t.equal(await served(proxy.port), 'b.test');

  const kube = join(folder.path, 'kube');
  const version = (name: string, certificate: string): void => {
    mkdirSync(join(kube, name), { recursive: true });
    for (const [to, from] of [
      ['tls.crt', `${certificate}.pem`],
      ['tls.key', `${certificate}.key`],
    ]) {
      copyFileSync(join(certificates(), from), join(kube, name, to));
    }
    symlinkSync(name, join(kube, '..data_tmp'));
    renameSync(join(kube, '..data_tmp'), join(kube, '..data'));
  };
  version('..1', 'server-b');
  for (const name of ['tls.crt', 'tls.key']) symlinkSync(`..data/${name}`, join(kube, name));
  const kubeNamed = { certificate_chain: source('kube/tls.crt'), private_key: source('kube/tls.key') };
  folder.secret({ tls_certificate: { ...kubeNamed, watched_directory: { path: kube } } });
  await until(() => proxy.value('sds.s.update_success') === 2);
  const updates = 'listener.l.server_ssl_socket_factory.ssl_context_update_by_sds';
  const before = proxy.value(updates);
  version('..2', 'server');
  await until(() => proxy.value(updates) === before + 1);
  t.equal(await served(proxy.port), 'a.test');
});

t.test('a watched directory tells that the file was swapped below it', async (t) => {
  const folder = new Folder(t);
  const real = new Folder(t);
  real.certificate('server');
  symlinkSync(real.sds, folder.sds);
  const context = {
    commonTlsContext: { tlsCertificateSdsSecretConfigs: [folder.config({ watchedDirectory: { path: folder.path } })] },
  };
  const proxy = await start(t, context);
  real.certificate('server-b');
  folder.put('..data', 'moved');
  await until(() => proxy.value('sds.s.update_success') === 2);
  t.equal(await served(proxy.port), 'b.test');
});

t.test('an authority changes: who it vouches for is let in from then on; names beside it stay', async (t) => {
  const folder = new Folder(t);
  const authority = (name: string): void =>
    folder.secret({ validation_context: { trusted_ca: { inline_string: pem(name).toString() } } });
  authority('other-ca.pem');
  const names = [{ sanType: 'DNS' as const, matcher: { exact: 'client.test' } }];
  const context = {
    requireClientCertificate: true,
    commonTlsContext: {
      tlsCertificates: [pair('server')],
      combinedValidationContext: {
        defaultValidationContext: { matchTypedSubjectAltNames: names },
        validationContextSdsSecretConfig: folder.config(),
      },
    },
  };
  const proxy = await start(t, context);
  const taken = async (name: string): Promise<boolean> =>
    (await served(proxy.port, { ...clientCertificate(name), maxVersion: 'TLSv1.2' })) !== '';
  t.same([await taken('client'), await taken('client-other')], [false, true]);
  authority('ca.pem');
  await until(() => proxy.value('listener.l.server_ssl_socket_factory.ssl_context_update_by_sds') === 2);
  t.same([await taken('client'), await taken('client-other')], [true, false]);
  t.equal(await taken('client-nameless'), false);
});

t.test('a cluster: its certificate comes late, then changes', async (t) => {
  const folder = new Folder(t);
  folder.certificate('client', 'server');
  const seen: string[] = [];
  const host = tls.createServer(
    { cert: pem('server.pem'), key: pem('server.key'), requestCert: true, rejectUnauthorized: false },
    (s) => {
      seen.push(String(s.getPeerCertificate().subject?.CN));
      s.on('error', () => {});
      s.on('data', () => s.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok'));
    },
  );
  host.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
  t.teardown(() => host.close());
  const transportSocket = upstreamTls(folder.context);
  const { port } = host.address() as { port: number };
  const proxy = await TestProxy.start({ clusters: [cluster('u', [port], { transportSocket })] });
  t.teardown(() => proxy.stop());
  const status = async (): Promise<string> => {
    const peer = proxy.connect().send(get());
    const { start: line, body } = await peer.message();
    peer.close();
    return `${line.slice(9, 12)} ${body}`;
  };
  t.equal(
    await status(),
    '503 upstream connect error or disconnect/reset before headers. reset reason: remote connection failure',
  );
  t.equal(proxy.value('cluster.u.client_ssl_socket_factory.upstream_context_secrets_not_ready'), 1);
  for (const name of ['client', 'client-nameless']) {
    folder.certificate(name);
    const success = seen.length + 1;
    await until(() => proxy.value('sds.s.update_success') === success);
    t.equal(await status(), '200 ok');
  }
  t.same(seen, ['client one', 'nameless']);
});

t.test('a token that filters read: of the bootstrap, and as a file has it now', async (t) => {
  const folder = new Folder(t);
  folder.secret({ generic_secret: { secret: { inline_string: 'first' } } });
  const proxy = await start(
    t,
    { commonTlsContext: { tlsCertificates: [pair('server')] } },
    {},
    { secrets: [{ name: 'own', genericSecret: { secret: { inlineString: 'mine' } } }] },
  );
  const secrets = await proxy.engine.context.secrets();
  t.equal((await secrets.generic({ name: 'own' }))?.text, 'mine');
  t.equal(await secrets.generic({ name: 'nobody' }), null);
  const token = await secrets.generic(folder.config());
  t.equal(token?.text, 'first');
  folder.secret({ generic_secret: { secret: { filename: join(folder.path, 'token') } } });
  await until(() => proxy.value('sds.s.update_rejected') === 1);
  t.equal(token?.text, 'first', 'of a file that is not there');
  folder.put('token', 'second');
  await until(() => token?.text === 'second');
});

t.test('changed again and again under load: no handshake and no request fails', async (t) => {
  const folder = new Folder(t);
  folder.certificate('server');
  const proxy = await start(t, folder.context);
  const seen = new Set<string>();
  let failed = 0;
  let done = 0;
  let over = false;
  const request = async (peer: TlsPeer): Promise<void> => {
    const { body } = await peer.send(get()).message();
    if (body === 'ok') done++;
    else failed++;
  };
  /** Connections that come and go. */
  const coming = async (): Promise<void> => {
    while (!over) {
      const peer = new TlsPeer(proxy.port);
      if (await peer.secured) {
        seen.add(String(peer.socket.getPeerCertificate().subject.CN));
        await request(peer);
      } else failed++;
      peer.close();
    }
  };
  /** One that stays. */
  const staying = async (): Promise<void> => {
    const peer = new TlsPeer(proxy.port);
    if (!(await peer.secured)) failed++;
    while (!over) await request(peer);
    peer.close();
  };
  const clients = [coming(), coming(), coming(), staying(), staying()];
  for (let i = 1; i <= 12; i++) {
    folder.certificate(i % 2 === 1 ? 'server-b' : 'server');
    await until(() => proxy.value('sds.s.update_success') === i + 1);
    const before = done;
    await until(() => done > before + 5);
  }
  over = true;
  await Promise.all(clients);
  t.equal(failed, 0);
  t.same([...seen].sort(), ['a.test', 'b.test']);
  t.equal(proxy.value('listener.l.server_ssl_socket_factory.ssl_context_update_by_sds'), 13);
});

t.test('every event loop gets the new one, also one that began later; it is counted once', async (t) => {
  const folder = new Folder(t);
  folder.certificate('server');
  const [port, admin] = [await freePort(), await freePort()];
  const address = (p: number): object => ({ socketAddress: { address: '127.0.0.1', portValue: p } });
  const chain = tlsChain(folder.context);
  const value = snake({ ...(chain.filters?.[0].typedConfig?.value as object) });
  const type = (name: string): string => `type.googleapis.com/envoy.extensions.${name}`;
  const config = {
    admin: snake({ address: address(admin) }),
    static_resources: {
      listeners: [
        {
          name: 'l',
          stat_prefix: 'l',
          ...(snake({ address: address(port) }) as object),
          filter_chains: [
            {
              filters: [
                {
                  name: 'hcm',
                  typed_config: {
                    '@type': type('filters.network.http_connection_manager.v3.HttpConnectionManager'),
                    stat_prefix: 'h',
                    route_config: (value as { route_config: object }).route_config,
                    http_filters: [
                      { name: 'router', typed_config: { '@type': type('filters.http.router.v3.Router') } },
                    ],
                  },
                },
              ],
              transport_socket: {
                name: 'tls',
                typed_config: {
                  '@type': type('transport_sockets.tls.v3.DownstreamTlsContext'),
                  ...(snake(folder.context) as object),
                },
              },
            },
          ],
        },
      ],
      clusters: [{ name: 'u', type: 'STATIC', connect_timeout: '1s', load_assignment: { cluster_name: 'u' } }],
    },
  };
  folder.put('envoy.json', JSON.stringify(config));
  const log = join(folder.path, 'log');
  const args = ['-c', join(folder.path, 'envoy.json'), '--concurrency', '3', '--log-path', log, '-l', 'debug'];
  const child = await startProxy({ command: envoyletCommand(), args, adminPort: admin, listenerPort: port });
  t.teardown(() => child.stop());
  const names = async (): Promise<string[]> =>
    [...new Set(await Promise.all(Array.from({ length: 24 }, () => served(port))))].sort();
  t.same(await names(), ['a.test']);
  folder.certificate('server-b');
  const stat = async (name: string): Promise<number> =>
    Number((await adminGet(admin, `/stats?filter=${name}`))?.body.trim().split(': ')[1]);
  while ((await stat('sds.s.update_success')) !== 2) await new Promise((resolve) => setImmediate(resolve));
  // Workers answer it after what they were told before.
  await adminGet(admin, '/clusters');
  t.same(await names(), ['b.test']);
  t.equal(await stat('ssl_context_update_by_sds'), 2);
  folder.certificate('server', 'server-b');
  while ((await stat('sds.s.update_rejected')) !== 1) await new Promise((resolve) => setImmediate(resolve));
  t.same(await names(), ['b.test']);
  const seen = [readFileSync(log, 'latin1'), child.output, (await adminGet(admin, '/config_dump'))?.body ?? ''].join();
  t.match(seen, /Filesystem config update rejected: Failed to load private key from <inline>/);
  for (const key of ['server.key', 'server-b.key']) {
    const line = pem(key).toString().split('\n')[3];
    t.notOk(seen.includes(line) || seen.includes(Buffer.from(line).toString('base64').slice(4, 60)), `${key} is told`);
  }
});

/** Keys as a file has them. */
function snake(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snake);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([k, v]) => [k.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`), snake(v)]),
  );
}
