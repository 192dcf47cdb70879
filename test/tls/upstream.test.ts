/** TLS to hosts: UpstreamTlsContext. On Node's handle here; upstream-net.test.ts runs the same on tls.TLSSocket. */
import * as http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import * as net from 'node:net';
import * as tls from 'node:tls';
import t from 'tap';
import type { Cluster, UpstreamTlsContext } from '../../src/config/schema/types.ts';
import { cluster, get, TestProxy, until } from '../http/proxy.ts';
import { pem } from '../support/certificates.ts';
import { file, upstreamTls } from './proxy.ts';

type Test = { teardown(fn: () => unknown): void };

const OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const tlsCluster = (port: number, context: UpstreamTlsContext, more: Partial<Cluster> = {}): Cluster =>
  cluster('u', [port], { transportSocket: upstreamTls(context), ...more });

class TlsHost {
  readonly sockets: tls.TLSSocket[] = [];
  readonly requests: string[] = [];
  readonly server: tls.Server;
  constructor(options: tls.TlsOptions = {}) {
    this.server = tls.createServer({ cert: pem('server.pem'), key: pem('server.key'), ...options }, (s) => {
      this.sockets.push(s);
      s.on('error', () => {});
      s.on('data', (d) => {
        this.requests.push(d.toString('latin1'));
        s.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      });
    });
    this.server.on('tlsClientError', () => {});
  }
  async listen(t: Test): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    t.teardown(() => {
      this.server.close();
      for (const s of this.sockets) s.destroy();
    });
    return (this.server.address() as AddressInfo).port;
  }
}

async function start(t: Test, c: Cluster): Promise<TestProxy> {
  const proxy = await TestProxy.start({ clusters: [c] });
  t.teardown(() => proxy.stop());
  return proxy;
}

const VALIDATION = { commonTlsContext: { validationContext: { trustedCa: file('ca.pem') } } };

t.test('requests over one connection, a large body both ways', async (t) => {
  const host = new TlsHost();
  const proxy = await start(t, tlsCluster(await host.listen(t), { ...VALIDATION, sni: 'a.test' }));
  const peer = proxy.connect();
  for (let i = 0; i < 3; i++) {
    peer.send(get());
    t.equal((await peer.message()).body, 'ok');
  }
  t.equal(host.sockets.length, 1);
  t.equal((host.sockets[0] as unknown as { servername: string }).servername, 'a.test');
  t.equal(proxy.value('cluster.u.ssl.handshake'), 1);
  t.equal(proxy.value('cluster.u.ssl.curves.X25519'), 1);
  const echo = tls.createServer({ cert: pem('server.pem'), key: pem('server.key') }, (s) => {
    s.on('error', () => {});
    let got = 0;
    s.on('data', (d) => {
      got += d.length;
      if (got >= 600_000) s.end(`HTTP/1.1 200 OK\r\ncontent-length: 500000\r\n\r\n${'z'.repeat(500_000)}`);
    });
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  t.teardown(() => echo.close());
  const other = await start(t, tlsCluster((echo.address() as AddressInfo).port, VALIDATION));
  const large = other.connect();
  large.send(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 600000\r\n\r\n${'x'.repeat(600_000)}`);
  t.equal((await large.message()).body.length, 500_000);
  peer.close();
  large.close();
});

t.test('a host whose certificate is not taken is told nothing of the request', async (t) => {
  const host = new TlsHost();
  const port = await host.listen(t);
  const name = (exact: string): object => ({ sanType: 'DNS', matcher: { exact } });
  const trustedCa = file('ca.pem');
  for (const [context, counter] of [
    [{ validationContext: { trustedCa: file('other-ca.pem') } }, 'fail_verify_error'],
    [{ validationContext: { trustedCa, matchTypedSubjectAltNames: [name('b.test')] } }, 'fail_verify_san'],
    [{ validationContext: { trustedCa, verifyCertificateHash: ['00'.repeat(32)] } }, 'fail_verify_cert_hash'],
  ] as const) {
    const proxy = await start(
      t,
      tlsCluster(port, { commonTlsContext: context as UpstreamTlsContext['commonTlsContext'] }),
    );
    const peer = proxy.connect().send(get('/', 'x-secret: y\r\n'));
    t.match((await peer.message()).start, /503/);
    t.equal(proxy.value(`cluster.u.ssl.${counter}`), 1);
    t.equal(proxy.value('cluster.u.upstream_cx_connect_fail'), 1);
    peer.close();
  }
  t.same(host.requests, []);
});

t.test('sessions are resumed; with max_session_keys 0 they are not', async (t) => {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const tlsParams = maxVersion === 'TLSv1.3' ? { tlsMaximumProtocolVersion: 'TLSv1_3' as const } : {};
    for (const maxSessionKeys of [undefined, 0]) {
      const host = new TlsHost({ maxVersion });
      const port = await host.listen(t);
      const context = {
        commonTlsContext: { ...VALIDATION.commonTlsContext, tlsParams },
        ...(maxSessionKeys === undefined ? {} : { maxSessionKeys }),
      };
      const proxy = await start(t, tlsCluster(port, context));
      for (let i = 0; i < 2; i++) {
        const peer = proxy.connect().send(get());
        t.equal((await peer.message()).body, 'ok');
        host.sockets[i].destroy();
        await until(() => proxy.value('cluster.u.upstream_cx_destroy') === i + 1);
        peer.close();
      }
      t.equal(proxy.value('cluster.u.ssl.session_reused'), maxSessionKeys === undefined ? 1 : 0, maxVersion);
    }
  }
});

t.test('auto_config speaks what the host agrees to', async (t) => {
  const server = http2.createSecureServer({ cert: pem('server.pem'), key: pem('server.key'), allowHTTP1: true });
  server.on('request', (req, res) => {
    res.writeHead(200, { 'content-length': 3 });
    res.end(req.httpVersion);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const options = {
    typedExtensionProtocolOptions: new Map([[OPTIONS, { typeUrl: OPTIONS, value: { autoConfig: {} } }]]),
  };
  const proxy = await start(t, tlsCluster(port, VALIDATION, options));
  const peer = proxy.connect().send(get());
  t.equal((await peer.message()).body, '2.0');
  const old = new TlsHost({ ALPNProtocols: ['http/1.1'] });
  const second = await start(t, tlsCluster(await old.listen(t), VALIDATION, options));
  const client = second.connect().send(get());
  t.equal((await client.message()).body, 'ok');
  t.equal(old.sockets[0].alpnProtocol, 'http/1.1');
  peer.close();
  client.close();
});

t.test('a host that closes or says nothing in the handshake; connect_timeout counts it in', async (t) => {
  const silent = net.createServer();
  const held: net.Socket[] = [];
  silent.on('connection', (s) => held.push(s.on('error', () => {})));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    silent.close();
    for (const s of held) s.destroy();
  });
  const { port } = silent.address() as AddressInfo;
  const proxy = await start(t, tlsCluster(port, VALIDATION, { connectTimeout: 60 }));
  const peer = proxy.connect().send(get());
  t.match((await peer.message()).start, /503/);
  t.equal(proxy.value('cluster.u.upstream_cx_connect_timeout'), 1);
  const slow = await start(t, tlsCluster(port, VALIDATION));
  const second = slow.connect().send(get());
  await until(() => held.length === 2);
  held[1].destroy();
  t.match((await second.message()).start, /503/);
  t.equal(slow.value('cluster.u.upstream_cx_connect_fail'), 1);
  peer.close();
  second.close();
});

t.test('what is wrong with a context is said before anything listens', async (t) => {
  const pairs = [
    { certificateChain: file('client.pem'), privateKey: file('client.key') },
    { certificateChain: file('server.pem'), privateKey: file('server.key') },
  ];
  for (const [context, message] of [
    [
      { commonTlsContext: { tlsCertificates: pairs } },
      /^Multiple TLS certificates are not supported for client contexts$/,
    ],
    [{ commonTlsContext: { validationContext: { trustedCa: { inlineString: 'x' } } } }, /^Failed to load trusted CA/],
    [{ autoSniSanValidation: true }, /^'auto_sni_san_validation' was configured without/],
  ] as const) {
    await t.rejects(TestProxy.start({ clusters: [tlsCluster(1, context)] }), { message });
  }
});
