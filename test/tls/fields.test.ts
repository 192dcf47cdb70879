/** Fields of TLS contexts: OCSP staples, kinds of names, authorities of the machine, what a key may be used for, checks' own TLS. */
import { execFile, execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import * as tls from 'node:tls';
import t from 'tap';
import type { Cluster, DownstreamTlsContext, TlsCertificate, TlsParameters } from '../../src/config/schema/types.ts';
import { cluster, get, TestProxy, until } from '../http/proxy.ts';
import { certificate, certificates, ocspResponse, pem } from '../support/certificates.ts';
import { listening } from '../support/listening.ts';
import { clientCertificate, file, pair, startTls, TlsPeer, tlsServer, upstreamTls } from './proxy.ts';

type Test = { teardown(fn: () => unknown): void };

async function start(t: Test, context: DownstreamTlsContext): Promise<TestProxy> {
  const proxy = await startTls(context);
  t.teardown(() => proxy.stop());
  return proxy;
}

/** What a client that asks is shown: bytes, null for none, or that there is no connection. */
async function stapled(port: number, options: tls.ConnectionOptions = {}): Promise<Buffer | null | string> {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, requestOCSP: true, ...options });
  const shown = new Promise<Buffer | null>((resolve) => socket.once('OCSPResponse', resolve));
  const failed = once(socket, 'error').then(([e]) => (e as NodeJS.ErrnoException).code ?? '');
  const first = await Promise.race([shown, failed]);
  socket.destroy();
  return first;
}

const expired = (response: Buffer): Buffer => {
  const times = response.toString('latin1').match(/20\d{12}Z/g) ?? [];
  return Buffer.from(response.toString('latin1').replaceAll(times[times.length - 1], '20200101000000Z'), 'latin1');
};

t.test('an OCSP response: shown to who asks, by the policy', async (t) => {
  const good = ocspResponse('server', '1000', 7);
  const context = (
    inlineBytes: Buffer | null,
    policy: DownstreamTlsContext['ocspStaplePolicy'],
  ): DownstreamTlsContext => {
    const own: TlsCertificate = { ...pair('server'), ...(inlineBytes && { ocspStaple: { inlineBytes } }) };
    return { commonTlsContext: { tlsCertificates: [own] }, ...(policy && { ocspStaplePolicy: policy }) };
  };
  const counters = (proxy: TestProxy): number[] =>
    ['requests', 'responses', 'omitted', 'failed'].map((n) => proxy.value(`listener.l.ssl.ocsp_staple_${n}`));
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const proxy = await start(t, context(good, 'MUST_STAPLE'));
    t.same(await stapled(proxy.port, { maxVersion }), good);
    const silent = new TlsPeer(proxy.port, { maxVersion });
    t.ok(await silent.secured);
    silent.close();
    t.equal(counters(proxy)[1], 1);
  }
  for (const [response, policy, shown, counted] of [
    [null, 'STRICT_STAPLING', null, [1, 0, 1, 0]],
    [expired(good), undefined, null, [1, 0, 1, 0]],
    [ocspResponse('server', '1000'), undefined, null, [1, 0, 1, 0]],
    [expired(good), 'STRICT_STAPLING', 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', [1, 0, 0, 1]],
  ] as const) {
    const proxy = await start(t, context(response, policy));
    const seen = await stapled(proxy.port);
    if (typeof shown === 'string') t.type(seen, 'string');
    else t.same(seen, shown);
    t.same(counters(proxy), counted);
    t.equal(proxy.value('listener.l.ssl.connection_error'), counted[3]);
  }
});

t.test('an OCSP response that will not do is refused in the words Envoy has', async (t) => {
  const good = ocspResponse('server', '1000', 7);
  certificate(
    {
      name: 'server-must',
      subject: '/CN=a.test',
      san: 'DNS:a.test',
      issuer: 'ca',
      more: ['tlsfeature=status_request'],
    },
    0x2001,
  );
  const refused = (own: TlsCertificate, message: string, more: DownstreamTlsContext = {}): Promise<unknown> =>
    t.rejects(startTls({ commonTlsContext: { tlsCertificates: [own] }, ...more }), { message });
  const response = (inlineBytes: Buffer): TlsCertificate => ({ ...pair('server'), ocspStaple: { inlineBytes } });
  const must = { ocspStaplePolicy: 'MUST_STAPLE' } as const;
  await refused(pair('server'), 'Required OCSP response is missing from TLS context', must);
  await refused(
    { ...pair('server-ec'), ocspStaple: { inlineBytes: good } },
    'OCSP response does not match its TLS certificate',
  );
  await refused(response(Buffer.concat([good, good])), 'Data contained more than a single OCSP response');
  await refused(response(Buffer.from('30030a0106', 'hex')), 'OCSP response was unsuccessful');
  await refused(response(good.subarray(0, 40)), 'Failed to parse OCSP response');
  await refused(
    { ...pair('server'), ocspStaple: { inlineString: 'a' } },
    'OCSP staple cannot be provided via inline_string',
  );
  await refused(pair('server-must'), 'OCSP response is required for must-staple certificate');
});

t.test('a certificate and its key in one file (PKCS #12)', async (t) => {
  const directory = certificates();
  const made = (password: string): { inlineBytes: Buffer } => {
    const from = ['-inkey', 'server-ec.key', '-in', 'server-ec.pem', '-certfile', 'ca.pem'];
    const options = { cwd: directory, maxBuffer: 1 << 20 };
    return {
      inlineBytes: execFileSync('openssl', ['pkcs12', '-export', ...from, '-passout', `pass:${password}`], options),
    };
  };
  const context = (own: TlsCertificate): DownstreamTlsContext => ({ commonTlsContext: { tlsCertificates: [own] } });
  for (const own of [{ pkcs12: made('') }, { pkcs12: made('open'), password: { inlineString: 'open' } }]) {
    const proxy = await start(t, context(own));
    const peer = new TlsPeer(proxy.port);
    t.ok(await peer.secured);
    t.same(peer.socket.getPeerCertificate().subject.CN, 'a.test');
    t.match(peer.socket.getCipher().name, /./);
    peer.close();
  }
  const refused = (own: TlsCertificate, message: string): Promise<unknown> =>
    t.rejects(startTls(context(own)), { message });
  await refused({ pkcs12: { inlineString: 'abc' } }, 'Failed to load pkcs12 from <inline>');
  await refused({ pkcs12: made('open'), password: { inlineString: 'wrong' } }, 'Failed to load pkcs12 from <inline>');
  const both = "Certificate configuration can't have both pkcs12 and certificate_chain";
  await refused({ pkcs12: made(''), ...pair('server') }, both);
  const judging = { tlsCertificates: [{ pkcs12: made('') }], validationContext: { trustedCa: file('other-ca.pem') } };
  const message = 'a validation context beside a certificate in PKCS #12 is not supported yet';
  await t.rejects(startTls({ commonTlsContext: judging }), { message }, 'its authorities would vouch for clients');
});

t.test('names of other kinds, by their OID', async (t) => {
  const more = ['subjectAltName=otherName:1.2.3.4;UTF8:somebody'];
  certificate({ name: 'client-named', subject: '/CN=named', san: '', issuer: 'ca', more }, 0x2002);
  const context = (oid: string, exact: string): DownstreamTlsContext => ({
    requireClientCertificate: true,
    commonTlsContext: {
      tlsCertificates: [pair('server')],
      validationContext: {
        trustedCa: file('ca.pem'),
        matchTypedSubjectAltNames: [{ sanType: 'OTHER_NAME', oid, matcher: { exact } }],
      },
    },
  });
  const taken = async (oid: string, exact: string): Promise<boolean> => {
    const proxy = await start(t, context(oid, exact));
    const peer = new TlsPeer(proxy.port, { ...clientCertificate('client-named'), maxVersion: 'TLSv1.2' });
    const secured = await peer.secured;
    peer.close();
    return secured;
  };
  t.equal(await taken('1.2.3.4', 'somebody'), true);
  t.equal(await taken('1.2.3.4', 'nobody'), false);
  t.equal(await taken('1.2.3.5', 'somebody'), false);
  await t.rejects(taken('', 'a'), { message: 'Failed to create SAN matcher for OTHER_NAME with OID: ' });
});

t.test('expired certificates, where they are let in: everything else is judged as ever', async (t) => {
  const old = { subject: '/CN=old', san: '', days: -1 } as const;
  certificate({ ...old, name: 'old-other', issuer: 'other-ca' }, 0x2010);
  certificate({ ...old, name: 'old-self', issuer: 'self' }, 0x2011);
  certificate({ ...old, name: 'old-server', issuer: 'ca', more: ['extendedKeyUsage=serverAuth'] }, 0x2012);
  certificate({ ...old, name: 'old-client', issuer: 'ca', more: ['extendedKeyUsage=clientAuth'] }, 0x2013);
  // Issued by what is no authority.
  certificate({ ...old, name: 'old-deep', issuer: 'client' }, 0x2014);
  const narrow = ['nameConstraints=critical,permitted;DNS:b.test'];
  certificate({ name: 'narrow', subject: '/CN=narrow', san: '', issuer: 'ca', ca: true, more: narrow }, 0x2015);
  certificate({ ...old, name: 'old-narrow', issuer: 'narrow' }, 0x2016);
  certificate({ ...old, name: 'old-intermediate', subject: '/CN=Old Intermediate', issuer: 'ca', ca: true }, 0x2017);
  certificate({ ...old, name: 'below-old', issuer: 'old-intermediate' }, 0x2018);
  const validationContext = { trustedCa: file('ca.pem'), allowExpiredCertificate: true };
  const commonTlsContext = { tlsCertificates: [pair('server')], validationContext };
  const proxy = await start(t, { requireClientCertificate: true, commonTlsContext });
  const taken = async (name: string, ...above: string[]): Promise<boolean> => {
    const cert = Buffer.concat([name, ...above].map((n) => pem(`${n}.pem`)));
    const peer = new TlsPeer(proxy.port, { cert, key: pem(`${name}.key`), maxVersion: 'TLSv1.2' });
    const secured = await peer.secured;
    peer.close();
    return secured;
  };
  t.equal(await taken('client-expired'), true);
  t.equal(await taken('client'), true);
  t.equal(await taken('old-client'), true);
  t.equal(await taken('below-old', 'old-intermediate'), true);
  t.equal(await taken('below-old'), false, 'without what vouches for it');
  t.equal(await taken('old-other'), false);
  t.equal(await taken('old-other', 'other-ca'), false);
  t.equal(await taken('old-self'), false);
  t.equal(await taken('old-server'), false, 'not made for clients');
  t.equal(await taken('old-deep', 'client'), false);
  t.equal(await taken('old-narrow', 'narrow'), false, 'names are judged by OpenSSL alone');
  const refused = (more: object, message: string): Promise<unknown> =>
    t.rejects(
      startTls({ commonTlsContext: { ...commonTlsContext, validationContext: { ...validationContext, ...more } } }),
      { message },
    );
  await refused({ trustedCa: undefined }, 'Certificate validity period is always ignored without trusted CA');
});

t.test('authorities of the machine do not vouch for a test', async (t) => {
  const context: DownstreamTlsContext = {
    requireClientCertificate: true,
    commonTlsContext: { tlsCertificates: [pair('server')], validationContext: { systemRootCerts: {} } },
  };
  const proxy = await start(t, context);
  const peer = new TlsPeer(proxy.port, { ...clientCertificate('client'), maxVersion: 'TLSv1.2' });
  t.equal(await peer.secured, false);
  t.equal(proxy.value('listener.l.ssl.fail_verify_error'), 1);
});

const host = (t: Test, ...of: Parameters<typeof tlsServer>): Promise<number> => listening(t, tlsServer(...of));

t.test('a host whose RSA key may not sign is not taken', async (t) => {
  const wanted = {
    name: 'server-encrypts',
    subject: '/CN=a.test',
    san: 'DNS:a.test',
    issuer: 'ca',
    rsa: true,
  } as const;
  certificate({ ...wanted, more: ['keyUsage=critical,keyEncipherment'] }, 0x2003);
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const options = { cert: pem('server-encrypts.pem'), key: pem('server-encrypts.key'), maxVersion };
    const port = await host(t, options, () => {});
    const proxy = await TestProxy.start({ clusters: [cluster('u', [port], { transportSocket: upstreamTls({}) })] });
    t.teardown(() => proxy.stop());
    const peer = proxy.connect().send(get());
    t.match((await peer.message()).start, / 503 /);
    peer.close();
    t.equal(proxy.value('cluster.u.ssl.connection_error'), 1);
  }
});

t.test('active checks: protocols of their own, and the transport that their criteria match', async (t) => {
  const seen: string[] = [];
  const port = await host(t, { ALPNProtocols: ['check', 'h2', 'http/1.1'] }, (s) => seen.push(String(s.alpnProtocol)));
  const type = { timeout: 1000, interval: 60_000, unhealthyThreshold: 1, healthyThreshold: 1, tcpHealthCheck: {} };
  const checked = async (more: Partial<Cluster>): Promise<TestProxy> => {
    const proxy = await TestProxy.start({ clusters: [cluster('u', [port], more)] });
    t.teardown(() => proxy.stop());
    await until(
      () => proxy.value('cluster.u.health_check.success') + proxy.value('cluster.u.health_check.failure') > 0,
    );
    return proxy;
  };
  const own = upstreamTls({ commonTlsContext: { alpnProtocols: ['http/1.1'] } });
  await checked({ transportSocket: own, healthChecks: [type] });
  await checked({ transportSocket: own, healthChecks: [{ ...type, tlsOptions: { alpnProtocols: ['check'] } }] });
  const proxy = await checked({
    transportSocketMatches: [{ name: 'secure', match: { tls: true }, transportSocket: own }],
    healthChecks: [{ ...type, transportSocketMatchCriteria: { tls: true } }],
  });
  await until(() => seen.length === 3);
  t.same(seen, ['http/1.1', 'check', 'http/1.1']);
  t.equal(proxy.value('cluster.u.health_check.success'), 1);
  t.equal(proxy.value('cluster.u.secure.total_match_count'), 1);
});

/** What openssl is told of authorities when it is asked for a certificate. */
function toldAuthorities(port: number): Promise<string> {
  return new Promise((resolve) => {
    const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-tls1_2'];
    const child = execFile('openssl', args, (_error, output) => {
      resolve(
        /No client certificate CA names sent|Acceptable client certificate CA names\n[^\n]*/.exec(output)?.[0] ?? '',
      );
    });
    child.stdin?.end('Q\n');
  });
}

t.test(
  'suppress_client_ca_list: who is asked for a certificate is told of no authority, and judged by them all the same',
  async (t) => {
    const context = (suppressClientCaList: boolean): DownstreamTlsContext => ({
      requireClientCertificate: true,
      commonTlsContext: {
        tlsCertificates: [pair('server')],
        validationContext: { trustedCa: file('ca.pem'), crl: file('crl.pem'), suppressClientCaList },
      },
    });
    const authorities = (): readonly string[] =>
      [...new Set(tls.getCACertificates('default').map((pem) => new X509Certificate(pem).fingerprint256))].sort();
    const before = authorities();
    for (const [suppressed, told] of [
      [false, 'Acceptable client certificate CA names\nCN = Test ca'],
      [true, 'No client certificate CA names sent'],
    ] as const) {
      const proxy = await start(t, context(suppressed));
      t.equal(await toldAuthorities(proxy.port), told);
      for (const [name, taken] of [
        ['client', true],
        ['client-other', false],
        ['client-revoked', false],
      ] as const) {
        const peer = new TlsPeer(proxy.port, { ...clientCertificate(name), maxVersion: 'TLSv1.2' });
        t.equal(await peer.secured, taken, name);
        peer.close();
      }
    }
    t.same(authorities(), before, 'the authorities of this process are as before');
  },
);

t.test("parameters that cannot be are refused in the words Envoy has, a certificate's own too", async (t) => {
  const refused = (tlsParams: TlsParameters, message: string): Promise<unknown> =>
    Promise.all([
      t.rejects(startTls({ commonTlsContext: { tlsParams, tlsCertificates: [pair('server')] } }), { message }),
      t.rejects(startTls({ commonTlsContext: { tlsCertificates: [{ ...pair('server'), tlsParams }] } }), { message }),
    ]);
  await refused({ ecdhCurves: ['FOO', 'X25519'] }, 'Failed to initialize ECDH curves FOO:X25519');
  await refused({ signatureAlgorithms: ['foo'] }, 'Failed to initialize TLS signature algorithms foo');
  const suite = 'TLS_AES_128_GCM_SHA256';
  const failed = `Failed to initialize cipher suites ${suite}. The following ciphers were rejected when tried individually: ${suite}`;
  await refused({ cipherSuites: [suite] }, failed);
  const own = { tlsParams: { tlsMinimumProtocolVersion: 'TLSv1_3' } } as const;
  const common = { tlsParams: { tlsMaximumProtocolVersion: 'TLSv1_2' } } as const;
  await t.rejects(startTls({ commonTlsContext: { ...common, tlsCertificates: [{ ...pair('server'), ...own }] } }), {
    message:
      'Per-certificate tls_params: effective min protocol version exceeds effective max (considering inherited context bounds)',
  });
});
