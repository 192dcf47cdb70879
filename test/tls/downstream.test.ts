/** Clients' TLS: DownstreamTlsContext. On Node's handle here; downstream-net.test.ts runs the same on tls.TLSSocket. */
import { randomBytes } from 'node:crypto';
import * as http2 from 'node:http2';
import * as net from 'node:net';
import * as tls from 'node:tls';
import t from 'tap';
import { get, type Peer, TestProxy, until } from '../http/proxy.ts';
import { clientCertificate, file, pair, startTls, TlsPeer } from './proxy.ts';

const SERVER = { commonTlsContext: { tlsCertificates: [pair('server')] } };

async function start(
  t: { teardown(fn: () => unknown): void },
  ...args: Parameters<typeof startTls>
): Promise<TestProxy> {
  const proxy = await startTls(...args);
  t.teardown(() => proxy.stop());
  return proxy;
}

t.test('a request and its answer, large ones too, and the end with close_notify', async (t) => {
  const proxy = await start(t, SERVER);
  const peer = new TlsPeer(proxy.port);
  t.ok(await peer.secured);
  peer.send(get());
  t.equal((await peer.message()).body, 'ok');
  peer.send(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 300000\r\n\r\n${'x'.repeat(300_000)}`);
  t.equal((await peer.message()).body, 'ok');
  peer.send(`GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
  await peer.rest();
  await until(() => peer.closed);
  t.equal(peer.error, '', 'no truncation');
  t.equal(proxy.value('listener.l.ssl.handshake'), 1);
  t.equal(proxy.value('listener.l.ssl.no_certificate'), 1);
  t.equal(proxy.value('listener.l.ssl.versions.TLSv1.3'), 1);
  t.equal(proxy.value('http.h.downstream_cx_ssl_total'), 1);
  await until(() => proxy.value('http.h.downstream_cx_ssl_active') === 0);
});

t.test('HTTP/2 by ALPN, with many streams and bodies beyond every window', async (t) => {
  const body = 'y'.repeat(400_000);
  const proxy = await start(t, { commonTlsContext: { ...SERVER.commonTlsContext, alpnProtocols: ['h2', 'http/1.1'] } });
  const session = http2.connect(`https://127.0.0.1:${proxy.port}`, { rejectUnauthorized: false });
  t.teardown(() => session.destroy());
  const one = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const r = session.request({ ':method': 'POST', ':path': '/' });
      let text = '';
      r.on('data', (d) => {
        text += d;
      });
      r.on('end', () => resolve(text));
      r.on('error', reject);
      r.end(body);
    });
  t.same(
    await Promise.all(Array.from({ length: 20 }, one)),
    Array.from({ length: 20 }, () => 'ok'),
  );
});

t.test('a ClientHello in single bytes', async (t) => {
  const proxy = await start(t, SERVER);
  // What a client would send, caught by a server that does not answer.
  const catcher = net.createServer();
  await new Promise<void>((resolve) => catcher.listen(0, '127.0.0.1', resolve));
  const { port } = catcher.address() as net.AddressInfo;
  const caught = new Promise<Buffer>((resolve) => catcher.once('connection', (s) => s.once('data', resolve)));
  const client = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  client.on('error', () => {});
  const hello = await caught;
  client.destroy();
  catcher.close();
  const peer = proxy.connect();
  for (let i = 0; i < hello.length; i++) {
    peer.socket.write(hello.subarray(i, i + 1));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => peer.received > 5);
  t.equal(peer.text.charCodeAt(0), 22, 'a handshake record answers');
  peer.close();
});

t.test('garbage, plain HTTP and a truncated ClientHello are closed, counted, and bother nobody', async (t) => {
  const proxy = await start(t, SERVER);
  const before = new TlsPeer(proxy.port);
  await before.secured;
  for (const bytes of [
    'GET / HTTP/1.1\r\nhost: a\r\n\r\n',
    '\0'.repeat(64),
    `\x16\x03\x01\x00\x08\x01\x00\x00\x04abcd`,
  ]) {
    const peer = proxy.connect().send(bytes);
    await until(() => peer.closed || peer.ended);
    peer.close();
  }
  t.equal(proxy.value('listener.l.ssl.connection_error'), 3);
  const cut = proxy.connect().send('\x16\x03\x01\x02\x00\x01\x00\x01\xfc');
  cut.socket.end();
  await until(() => cut.closed);
  t.equal(proxy.value('listener.l.ssl.connection_error'), 3, 'an end is no error');
  before.send(get());
  t.equal((await before.message()).body, 'ok');
  before.close();
});

t.test('half-done handshakes end with transport_socket_connect_timeout, and the others do not', async (t) => {
  const proxy = await start(t, SERVER, { transportSocketConnectTimeout: 60 });
  const done = new TlsPeer(proxy.port);
  await done.secured;
  const half = Array.from({ length: 50 }, (_, i) =>
    proxy.connect().send(i % 2 === 0 ? '' : '\x16\x03\x01\x02\x00\x01'),
  );
  await until(() => half.every((p) => p.closed || p.ended));
  t.equal(proxy.value('listener.l.downstream_cx_transport_socket_connect_timeout'), 50);
  done.send(get());
  t.equal((await done.message()).body, 'ok');
  done.close();
});

t.test('a peer that goes without close_notify', async (t) => {
  const proxy = await start(t, SERVER);
  const plain = net.connect(proxy.port, '127.0.0.1');
  const socket = tls.connect({ socket: plain, rejectUnauthorized: false });
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  plain.destroy();
  await until(() => proxy.value('http.h.downstream_cx_active') === 0);
  t.equal(proxy.value('http.h.downstream_cx_destroy_remote'), 1);
});

t.test('sessions are resumed with tickets, of TLS 1.2 and 1.3; not when tickets are off', async (t) => {
  const proxy = await start(t, SERVER);
  const off = await start(t, { ...SERVER, disableStatelessSessionResumption: true });
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    for (const [p, reused] of [
      [proxy, true],
      [off, false],
    ] as const) {
      const first = new TlsPeer(p.port, { maxVersion });
      await first.secured;
      first.send(get());
      await first.message();
      if (reused) await until(() => first.session !== undefined);
      first.close();
      const options = first.session === undefined ? {} : { session: first.session };
      const second = new TlsPeer(p.port, { maxVersion, ...options });
      await second.secured;
      t.equal(second.socket.isSessionReused(), reused, `${maxVersion} ${reused}`);
      second.send(get());
      t.equal((await second.message()).body, 'ok');
      second.close();
    }
  }
  t.equal(proxy.value('listener.l.ssl.session_reused'), 2);
});

t.test('configured ticket keys: the first makes tickets, all of them are taken', async (t) => {
  const [a, b] = [randomBytes(80), randomBytes(80)];
  const keys = (...list: Buffer[]): object => ({
    sessionTicketKeys: { keys: list.map((inlineBytes) => ({ inlineBytes })) },
  });
  const one = await start(t, { ...SERVER, ...keys(a) });
  const both = await start(t, { ...SERVER, ...keys(b, a) });
  const other = await start(t, { ...SERVER, ...keys(b) });
  const first = new TlsPeer(one.port);
  await first.secured;
  first.send(get());
  await until(() => first.session !== undefined);
  first.close();
  for (const [p, reused] of [
    [both, true],
    [other, false],
  ] as const) {
    const next = new TlsPeer(p.port, { session: first.session as Buffer });
    await next.secured;
    t.equal(next.socket.isSessionReused(), reused);
    next.close();
  }
});

t.test('a client certificate: required, judged, resumed with it', async (t) => {
  const validationContext = { trustedCa: file('ca.pem') };
  const proxy = await start(t, {
    requireClientCertificate: true,
    commonTlsContext: { ...SERVER.commonTlsContext, validationContext },
  });
  const good = new TlsPeer(proxy.port, clientCertificate('client'));
  await good.secured;
  good.send(get());
  t.equal((await good.message()).body, 'ok');
  await until(() => good.session !== undefined);
  good.close();
  const again = new TlsPeer(proxy.port, { ...clientCertificate('client'), session: good.session as Buffer });
  await again.secured;
  t.ok(again.socket.isSessionReused());
  again.send(get());
  t.equal((await again.message()).body, 'ok');
  again.close();
  for (const [name, counter] of [
    ['client-other', 'fail_verify_error'],
    ['client-expired', 'fail_verify_error'],
    ['', 'fail_verify_no_cert'],
  ]) {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const before = proxy.value(`listener.l.ssl.${counter}`);
      const bad = new TlsPeer(proxy.port, { maxVersion, ...(name === '' ? {} : clientCertificate(name)) });
      if (await bad.secured) bad.send(get());
      await until(() => bad.closed);
      t.equal(bad.received, 0, `${name} ${maxVersion} is told nothing`);
      t.equal(proxy.value(`listener.l.ssl.${counter}`), before + 1);
    }
  }
  t.equal(proxy.value('listener.l.ssl.connection_error'), 0);
});

t.test('pins: by hash and by key, either will do; depth', async (t) => {
  const { createHash, X509Certificate } = await import('node:crypto');
  const certificate = new X509Certificate(clientCertificate('client').cert);
  const hash = createHash('sha256').update(certificate.raw).digest('hex');
  const spki = createHash('sha256')
    .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
  const pins = [
    { verifyCertificateHash: [hash] },
    { verifyCertificateHash: [hash.toUpperCase().replace(/..(?=.)/g, '$&:')] },
    { verifyCertificateSpki: [spki] },
    { verifyCertificateSpki: [spki], verifyCertificateHash: ['00'.repeat(32)] },
  ];
  const admits = async (validationContext: object, name: string): Promise<boolean> => {
    const proxy = await start(t, {
      requireClientCertificate: true,
      commonTlsContext: { ...SERVER.commonTlsContext, validationContext },
    });
    const peer = new TlsPeer(proxy.port, clientCertificate(name));
    if (await peer.secured) peer.send(get());
    await until(() => peer.received > 0 || peer.closed);
    peer.close();
    return peer.received > 0;
  };
  for (const pin of pins) {
    t.ok(await admits(pin, 'client'));
    t.notOk(await admits(pin, 'client-nameless'));
  }
  const trustedCa = file('ca.pem');
  t.ok(await admits({ trustedCa, maxVerifyDepth: 1 }, 'client-deep'));
  t.notOk(await admits({ trustedCa, maxVerifyDepth: 0 }, 'client-deep'));
  t.ok(await admits({ trustedCa, maxVerifyDepth: 0 }, 'client'));
  t.notOk(await admits({ trustedCa, crl: file('crl.pem') }, 'client-revoked'));
});

t.test('an ECDSA client gets the ECDSA certificate, one without gets RSA', async (t) => {
  const proxy = await start(t, { commonTlsContext: { tlsCertificates: [pair('server'), pair('server-ec')] } });
  for (const [ciphers, cipher] of [
    ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
    ['ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ]) {
    const peer = new TlsPeer(proxy.port, { ciphers, maxVersion: 'TLSv1.2' });
    await peer.secured;
    t.equal(peer.socket.getCipher().name, cipher);
    peer.close();
  }
});

t.test(
  'what is wrong with certificates, keys and pins is said before anything listens, and never shows a key',
  async (t) => {
    const context = (tlsCertificate: object, more: object = {}): object => ({
      commonTlsContext: { tlsCertificates: [tlsCertificate], ...more },
    });
    const { certificateChain, privateKey } = pair('server');
    const refusals: [object, RegExp][] = [
      [{ commonTlsContext: {} }, /^No TLS certificates found for server context$/],
      [context({ certificateChain }), /^Failed to load incomplete private key from path: $/],
      [
        context({ certificateChain: { inlineString: 'x' }, privateKey }),
        /^Failed to load certificate chain from <inline>$/,
      ],
      [context({ certificateChain, privateKey: file('server-b.key') }), /KEY_VALUES_MISMATCH$/],
      [
        context({ certificateChain, privateKey: { inlineString: 'SECRET' } }),
        /^Failed to load private key from <inline>, Cause: NO_START_LINE$/,
      ],
      [context(pair('server'), { tlsParams: { cipherSuites: ['NOPE'] } }), /^Failed to initialize cipher suites NOPE/],
      [
        context(pair('server'), { validationContext: { verifyCertificateHash: ['zz'] } }),
        /^Invalid hex-encoded SHA-256 zz$/,
      ],
      [
        context(pair('server'), { validationContext: { verifyCertificateSpki: ['zz'] } }),
        /^Invalid base64-encoded SHA-256 zz$/,
      ],
      [
        context(pair('server'), { validationContext: { trustedCa: { inlineString: 'x' } } }),
        /^Failed to load trusted CA certificates from <inline>$/,
      ],
      [
        { ...context(pair('server')), sessionTicketKeys: { keys: [{ inlineBytes: Buffer.alloc(79) }] } },
        /Length 79, expected length 80/,
      ],
    ];
    for (const [config, message] of refusals) {
      const error = (await startTls(config).then(
        (p) => p.stop(),
        (e) => e,
      )) as Error | undefined;
      t.match(error?.message, message);
      t.notMatch(error?.message, /SECRET/);
    }
  },
);

t.test('a TLS client on a plain listener', async (t) => {
  const proxy = await TestProxy.start({});
  t.teardown(() => proxy.stop());
  const peer = new TlsPeer(proxy.port);
  t.notOk(await peer.secured);
  const plain: Peer = proxy.connect().send(get());
  t.match((await plain.message()).start, /503/);
  plain.close();
});

t.test('ciphers that count as equal, and signatures that are none any more', async (t) => {
  const proxy = await start(t, SERVER);
  const cipher = async (options: tls.ConnectionOptions): Promise<string> => {
    const peer = new TlsPeer(proxy.port, { maxVersion: 'TLSv1.2', ...options });
    const name = (await peer.secured) ? peer.socket.getCipher().name : '';
    peer.close();
    return name;
  };
  const [aes128, aes256, chacha] = ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305'].map(
    (name) => `ECDHE-RSA-${name}`,
  );
  t.equal(await cipher({ ciphers: `${chacha}:${aes128}` }), chacha, "the client's first of all");
  t.equal(await cipher({ ciphers: `${aes256}:${chacha}:${aes128}` }), aes128);
  t.equal(await cipher({ ciphers: `${aes256}:${chacha}` }), chacha);
  t.equal(await cipher({ sigalgs: 'RSA+SHA1', ciphers: `${aes128}:@SECLEVEL=0` }), '');
  t.equal(await cipher({ sigalgs: 'RSA+SHA256' }), aes128);
});
