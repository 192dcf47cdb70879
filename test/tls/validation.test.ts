/** Judging peers beyond what OpenSSL is told: lists of revoked certificates for the peer's own only, SPIFFE's trust domains. What Envoy does is in conformance tls-validation. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { CertificateValidationContext, SPIFFECertValidatorConfig } from '../../src/config/schema/types.ts';
import { listsOf } from '../../src/tls/revocation.ts';
import { refused as configRefused } from '../config/harness.ts';
import { cluster, get, TestProxy } from '../http/proxy.ts';
import { certificate, certificates, pem, revocationList } from '../support/certificates.ts';
import { listening } from '../support/listening.ts';
import { clientCertificate, file, pair, startTls, TlsPeer, tlsServer, upstreamTls } from './proxy.ts';

type Test = { teardown(fn: () => unknown): void };

const context = (validationContext: CertificateValidationContext): object => ({
  commonTlsContext: { tlsCertificates: [pair('server')], validationContext },
});

const spiffe = (
  value: SPIFFECertValidatorConfig,
  more: CertificateValidationContext = {},
): CertificateValidationContext => ({
  customValidatorConfig: {
    name: 'envoy.tls.cert_validator.spiffe',
    typedConfig: { typeUrl: 'envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig', value },
  },
  ...more,
});

async function start(t: Test, validation: CertificateValidationContext): Promise<TestProxy> {
  const proxy = await startTls(context(validation));
  t.teardown(() => proxy.stop());
  return proxy;
}

async function taken(proxy: TestProxy, name: string, session?: Buffer): Promise<TlsPeer | null> {
  const options = { ...clientCertificate(name), maxVersion: 'TLSv1.2', ...(session && { session }) } as const;
  const peer = new TlsPeer(proxy.port, options);
  if (await peer.secured) return peer;
  return null;
}

t.test('a list is held for good by its signature, its dates and what it demands', async (t) => {
  const leaf = (name: string): CertificateValidationContext => ({
    trustedCa: file('ca.pem'),
    crl: file(name),
    onlyVerifyLeafCertCrl: true,
  });
  const d = certificates();
  const from = (name: string, year: number): string =>
    revocationList(name, ['-crl_lastupdate', `${year}0101000000Z`, '-crl_nextupdate', `${year}0201000000Z`]);
  const passed = from('crl-passed.pem', 2020);
  const later = from('crl-later.pem', 2040);
  writeFileSync(
    join(d, 'demands.cnf'),
    `${readFileSync(join(d, 'ca.cnf'), 'latin1')}[e]\nissuingDistributionPoint=critical,@p\n[p]\nonlyuser=TRUE\n`,
  );
  const demands = revocationList('crl-demands.pem', ['-crlexts', 'e'], 'demands.cnf');
  // The last byte is of the signature.
  const der = Buffer.from(
    pem('crl.pem')
      .toString()
      .replace(/-----[^-]*-----/g, ''),
    'base64',
  );
  der[der.length - 1] ^= 1;
  const forged = `-----BEGIN X509 CRL-----\n${der.toString('base64')}\n-----END X509 CRL-----\n`;
  writeFileSync(join(d, 'crl-forged.pem'), forged);
  writeFileSync(join(d, 'crl-both.pem'), Buffer.concat([pem(passed), pem('crl.pem')]));
  for (const [name, good] of [
    ['crl.pem', true],
    [passed, false],
    [later, false],
    [demands, false],
    ['crl-forged.pem', false],
    ['crl-both.pem', true],
  ] as const) {
    const proxy = await start(t, leaf(name));
    const peer = await taken(proxy, 'client');
    t.equal(peer !== null, good, name);
    peer?.close();
    t.equal(proxy.value('listener.l.ssl.fail_verify_error'), good ? 0 : 1);
  }
  const old = await start(t, { trustedCa: file('ca.pem'), crl: file(passed), allowExpiredCertificate: true });
  const peer = await taken(old, 'client');
  t.not(peer, null, 'dates of lists do not count where those of certificates do not');
  peer?.close();
  t.throws(() => listsOf(Buffer.from('-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n')));
});

t.test('a session that has no chain to look at is not resumed', async (t) => {
  for (const [validation, name, resumed] of [
    [{ trustedCa: file('ca.pem') }, 'client-deep', true],
    [{ trustedCa: file('ca.pem'), allowExpiredCertificate: true }, 'client-deep', false],
    [
      { trustedCa: file('ca.pem'), crl: file('crl-intermediate.pem'), onlyVerifyLeafCertCrl: true },
      'client-deep',
      false,
    ],
    [spiffe({ trustDomains: [{ name: 'test', trustBundle: file('ca.pem') }] }), 'client-deep-revoked', false],
  ] as const) {
    const proxy = await start(t, validation);
    const first = await taken(proxy, name);
    const again = await taken(proxy, name, first?.session ?? first?.socket.getSession());
    t.equal(again?.socket.isSessionReused(), resumed);
    first?.close();
    again?.close();
  }
});

t.test("SPIFFE: a cluster's hosts are judged by their trust domain", async (t) => {
  certificate({ name: 'host-bare', subject: '/CN=bare', san: 'URI:spiffe://test/host', issuer: 'ca' }, 0x3001);
  const more = ['keyUsage=digitalSignature'];
  certificate({ name: 'host', subject: '/CN=host', san: 'URI:spiffe://test/host', issuer: 'ca', more }, 0x3002);
  const client = [...more, 'extendedKeyUsage=clientAuth'];
  certificate({ name: 'host-not', subject: '/CN=n', san: 'URI:spiffe://test/h', issuer: 'ca', more: client }, 0x3003);
  for (const [name, good] of [
    ['host', true],
    ['host-bare', false],
    ['host-not', false],
    ['client-pretender', false],
  ] as const) {
    const port = await listening(t, tlsServer(clientCertificate(name)));
    const domains = { test: 'ca.pem', other: 'other-ca.pem' };
    const trustDomains = Object.entries(domains).map(([domain, ca]) => ({ name: domain, trustBundle: file(ca) }));
    const transportSocket = upstreamTls({ commonTlsContext: { validationContext: spiffe({ trustDomains }) } });
    const proxy = await TestProxy.start({ clusters: [cluster('u', [port], { transportSocket })] });
    t.teardown(() => proxy.stop());
    const peer = proxy.connect().send(get());
    t.match((await peer.message()).start, good ? / 200 / : / 503 /, name);
    peer.close();
    t.equal(proxy.value('cluster.u.ssl.fail_verify_error') > 0, !good);
  }
});

t.test("SPIFFE: what is wrong with trust bundles is refused in Envoy's words", async (t) => {
  const refused = (own: SPIFFECertValidatorConfig, message: string): Promise<unknown> =>
    t.rejects(startTls(context(spiffe(own))), { message });
  const [a, b] = ['ca.pem', 'other-ca.pem'].map((name) => ({ name: 'test', trustBundle: file(name) }));
  const twice = 'Multiple trust bundles are given for one trust domain for test, workload: ';
  await refused({ trustDomains: [a, b] }, twice);
  const none = 'Failed to load trusted CA certificate for test';
  await refused({ trustDomains: [{ name: 'test' }] }, none);
  await refused({ trustDomains: [{ name: 'test', trustBundle: { inlineString: 'x' } }] }, none);
  await refused({ trustDomains: [{ name: 'test', trustBundle: file('ca.key') }] }, none);
  const bundles = (text: unknown, message: string): Promise<unknown> => {
    const inlineString = typeof text === 'string' ? text : JSON.stringify(text);
    return refused({ trustDomains: [a], trustBundles: { inlineString } }, message);
  };
  const keys = (...list: unknown[]): object => ({ trust_domains: { test: { keys: list } } });
  await bundles('x', 'Invalid JSON found in SPIFFE bundle');
  for (const text of [{}, [], { trust_domains: {} }, { trust_domains: 1 }]) {
    await bundles(text, 'No trust domains found in SPIFFE bundle');
  }
  for (const text of [keys(), { trust_domains: { test: { keys: {} } } }, { trust_domains: { test: 1 } }]) {
    await bundles(text, "No keys found in SPIFFE bundle for domain 'test'");
  }
  const use = "missing or invalid 'use' field found in cert for domain 'test'";
  for (const key of [1, {}, { use: 'jwt-svid', x5c: [] }]) await bundles(keys(key), use);
  const x5c = "missing or empty 'x5c' field found in keys for domain: 'test'";
  for (const key of [{ use: 'x509-svid' }, { use: 'x509-svid', x5c: [] }]) await bundles(keys(key), x5c);
  await bundles(keys({ use: 'x509-svid', x5c: ['AAAA'] }), "Invalid x509 object in certs for domain 'test'");
  const empty = "Failed to create x509 object while loading certs in domain 'test'";
  await bundles(keys({ use: 'x509-svid', x5c: ['*'] }), empty);
  const typed = `{"@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig, trust_bundles: {filename: a}}`;
  const validator = `{custom_validator_config: {name: envoy.tls.cert_validator.spiffe, typed_config: ${typed}}}`;
  const secret = `static_resources: {secrets: [{name: s, validation_context: ${validator}}]}`;
  const { problems } = await configRefused(secret);
  t.match(problems[0].message, 'value must contain at least 1 item(s)');
  const other = { ...spiffe({}).customValidatorConfig, name: 'another' };
  await t.rejects(startTls(context({ customValidatorConfig: other })), {
    message: 'Failed to get certificate validator factory for another',
  });
});
