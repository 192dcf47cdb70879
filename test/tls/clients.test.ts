/** Clients as they are: curl, openssl, Python, Go, Node; and mutual TLS through two proxies, ours and Envoy's in both orders. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as http2 from 'node:http2';
import * as https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import type { Cluster, DownstreamTlsContext, UpstreamTlsContext } from '../../src/config/schema/types.ts';
import { cluster, get, TestProxy } from '../http/proxy.ts';
import { certificates, pem } from '../support/certificates.ts';
import { freePort } from '../support/ports.ts';
import { startProxy } from '../support/proxy-process.ts';
import { findEnvoy } from '../tools/oracles.ts';
import { file, pair, startTls, tlsChain } from './proxy.ts';

const run = promisify(execFile);
const CA = { trustedCa: file('ca.pem') };
const BOTH = ['h2', 'http/1.1'];
const missing = (program: string, ...args: string[]): string | false =>
  spawnSync(program, args).status === 0 ? false : `no ${program}`;

t.test('clients of all kinds', async (t) => {
  const commonTlsContext = { tlsCertificates: [pair('server'), pair('server-ec')], alpnProtocols: BOTH };
  const proxy = await startTls({ commonTlsContext });
  t.teardown(() => proxy.stop());
  const ca = join(certificates(), 'ca.pem');
  const url = `https://a.test:${proxy.port}/`;

  for (const version of ['1.2', '1.3']) {
    for (const http of ['1.1', '2']) {
      await t.test(`curl, HTTP/${http} over TLS ${version}`, { skip: missing('curl', '--version') }, async (t) => {
        const tls = [`--tlsv${version}`, '--tls-max', version, `--http${http}`, '--cacert', ca];
        const to = ['--resolve', `a.test:${proxy.port}:127.0.0.1`, '-w', ' %{http_version} %{http_code}', '-sS'];
        t.equal((await run('curl', [...tls, ...to, url])).stdout, `ok ${http} 200`);
      });
    }
    await t.test(`openssl over TLS ${version}`, async (t) => {
      const args = ['s_client', '-connect', `127.0.0.1:${proxy.port}`, `-tls${version.replace('.', '_')}`, '-quiet'];
      const check = ['-CAfile', ca, '-verify_return_error', '-servername', 'a.test', '-verify_hostname', 'a.test'];
      const child = run('openssl', [...args, ...check]);
      // It ends with the connection.
      child.child.stdin?.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
      const { stdout } = await child.catch((e: { stdout: string }) => e);
      t.match(stdout, /200 OK[\s\S]*ok$/);
    });
  }

  await t.test('Python', { skip: missing('python3', '-c', 'import ssl') }, async (t) => {
    const code = [
      'import ssl,http.client,socket,sys',
      'c=ssl.create_default_context(cafile=sys.argv[1]); c.set_alpn_protocols(["http/1.1"])',
      's=c.wrap_socket(socket.create_connection(("127.0.0.1",int(sys.argv[2]))),server_hostname="a.test")',
      'h=http.client.HTTPConnection("a.test"); h.sock=s',
      'for i in range(3): h.request("GET","/"); r=h.getresponse(); print(r.status,r.read().decode(),s.version(),end=" ")',
    ].join('\n');
    t.equal((await run('python3', ['-c', code, ca, String(proxy.port)])).stdout, '200 ok TLSv1.3 '.repeat(3));
  });

  await t.test('Go, both protocols', { skip: missing('go', 'version'), timeout: 120_000 }, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'go-client-'));
    t.teardown(() => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, 'main.go'), GO);
    const { stdout } = await run('go', ['run', 'main.go', ca, String(proxy.port)], { cwd: directory });
    t.equal(stdout, 'HTTP/2.0 200 ok HTTP/1.1 200 ok ');
  });

  await t.test('Node: https with an agent, and http2', async (t) => {
    const agent = new https.Agent({ keepAlive: true, ca: pem('ca.pem'), maxSockets: 1 });
    t.teardown(() => agent.destroy());
    for (let i = 0; i < 3; i++) {
      const body = await new Promise<string>((resolve, reject) => {
        const options = { port: proxy.port, host: '127.0.0.1', servername: 'a.test', agent };
        https.get(options, (r) => r.on('data', (d) => resolve(String(d)))).on('error', reject);
      });
      t.equal(body, 'ok');
    }
    const session = http2.connect(`https://127.0.0.1:${proxy.port}`, { ca: pem('ca.pem'), servername: 'a.test' });
    t.teardown(() => session.close());
    const request = session.request({ ':path': '/' });
    t.equal(String((await new Promise((resolve) => request.once('data', resolve))) as Buffer), 'ok');
  });
});

const GO = `package main
import ("crypto/tls"; "crypto/x509"; "fmt"; "io"; "net"; "context"; "net/http"; "os")
func main() {
	pool := x509.NewCertPool(); pem, _ := os.ReadFile(os.Args[1]); pool.AppendCertsFromPEM(pem)
	for _, h2 := range []bool{true, false} {
		tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "a.test"}, ForceAttemptHTTP2: h2,
			DialContext: func(c context.Context, n, a string) (net.Conn, error) { return net.Dial("tcp", "127.0.0.1:"+os.Args[2]) }}
		r, err := (&http.Client{Transport: tr}).Get("https://a.test/")
		if err != nil { fmt.Println(err); os.Exit(1) }
		body, _ := io.ReadAll(r.Body)
		fmt.Print(r.Proto, " ", r.StatusCode, " ", string(body), " ")
	}
}
`;

/** The far one: wants a certificate, and tells whose it was. */
const FAR: DownstreamTlsContext = {
  requireClientCertificate: true,
  commonTlsContext: { tlsCertificates: [pair('server')], validationContext: CA, alpnProtocols: BOTH },
};
/** The near one's cluster: shows a certificate, and wants that name. */
const NEAR: UpstreamTlsContext = {
  sni: 'a.test',
  commonTlsContext: {
    tlsCertificates: [pair('client')],
    validationContext: {
      ...CA,
      matchTypedSubjectAltNames: [{ sanType: 'URI', matcher: { exact: 'spiffe://test/server' } }],
    },
  },
};
const TOLD = 'spiffe://test/client,spiffe://test/two';
const headers = [{ header: { key: 'x-peer', value: '%DOWNSTREAM_PEER_URI_SAN%' } }];

function nearCluster(port: number): Cluster {
  const typeUrl = 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext';
  return cluster('u', [port], { transportSocket: { name: 'tls', typedConfig: { typeUrl, value: NEAR } } });
}

async function ourFar(t: { teardown(fn: () => unknown): void }): Promise<number> {
  const routeConfig = {
    responseHeadersToAdd: headers,
    virtualHosts: [
      { name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, directResponse: { status: 200 } }] },
    ],
  };
  const proxy = await TestProxy.start({ listener: { filterChains: [tlsChain(FAR, {}, { routeConfig })] } });
  t.teardown(() => proxy.stop());
  return proxy.port;
}

async function ourNear(t: { teardown(fn: () => unknown): void }, port: number): Promise<TestProxy> {
  const proxy = await TestProxy.start({ clusters: [nearCluster(port)] });
  t.teardown(() => proxy.stop());
  return proxy;
}

/** Keys as a file has them, Any as JSON has it. */
function snake(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snake);
  if (typeof value !== 'object' || value === null) return value;
  const { typeUrl, value: inner } = value as { typeUrl?: string; value?: object };
  if (typeUrl !== undefined) return { '@type': `type.googleapis.com/${typeUrl}`, ...(snake(inner) as object) };
  return Object.fromEntries(
    Object.entries(value).map(([k, v]) => [k.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`), snake(v)]),
  );
}

/** Envoy with one listener; the port. */
async function theirs(
  t: { teardown(fn: () => unknown): void },
  envoy: string,
  chain: object,
  clusters: object[],
): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'mutual-'));
  const [port, admin] = [await freePort(), await freePort()];
  const address = (p: number): object => ({ socketAddress: { address: '127.0.0.1', portValue: p } });
  const config = snake({
    admin: { address: address(admin) },
    staticResources: { listeners: [{ name: 'l', address: address(port), filterChains: [chain] }], clusters },
  });
  writeFileSync(join(directory, 'envoy.json'), JSON.stringify(config));
  const args = ['-c', join(directory, 'envoy.json'), '--concurrency', '1', '--disable-hot-restart', '-l', 'off'];
  const child = await startProxy({ command: [envoy], args, adminPort: admin, listenerPort: port });
  t.teardown(async () => {
    await child.stop();
    rmSync(directory, { recursive: true });
  });
  return port;
}

t.test('mutual TLS through two proxies', async (t) => {
  const envoy = findEnvoy(false);
  const skip = 'missing' in envoy ? envoy.missing : false;
  const told = async (proxy: { connect(): import('../http/proxy.ts').Peer }): Promise<string> => {
    const peer = proxy.connect().send(get());
    const { start, headers: all } = await peer.message();
    peer.close();
    return `${start.slice(9, 12)} ${all.find((h) => h.startsWith('x-peer'))}`;
  };
  await t.test('ours and ours', async (t) => {
    t.equal(await told(await ourNear(t, await ourFar(t))), `200 x-peer: ${TOLD}`);
  });
  await t.test('ours, then Envoy', { skip }, async (t) => {
    if ('missing' in envoy) return;
    const routeConfig = {
      responseHeadersToAdd: headers,
      virtualHosts: [
        { name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, directResponse: { status: 200 } }] },
      ],
    };
    const port = await theirs(t, envoy.path, tlsChain(FAR, {}, { routeConfig }), []);
    t.equal(await told(await ourNear(t, port)), `200 x-peer: ${TOLD}`);
  });
  await t.test('Envoy, then ours', { skip }, async (t) => {
    if ('missing' in envoy) return;
    const routeConfig = {
      virtualHosts: [{ name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'u' } }] }],
    };
    const { transportSocket: _, ...plain } = tlsChain({}, {}, { routeConfig });
    const near = { ...nearCluster(await ourFar(t)), connectTimeout: '1s' };
    const port = await theirs(t, envoy.path, plain, [
      { ...near, loadAssignment: { clusterName: 'u', ...near.loadAssignment } },
    ]);
    const { Peer } = await import('../http/proxy.ts');
    const { connect } = await import('node:net');
    t.equal(await told({ connect: () => new Peer(connect(port, '127.0.0.1')) }), `200 x-peer: ${TOLD}`);
  });
});
