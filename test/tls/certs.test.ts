/** What the admin shows of certificates, and that it shows no more. */
import t from 'tap';
import { page } from '../../src/admin/pages/certs.ts';
import { firstExpiry } from '../../src/stats/server-stats.ts';
import { file, pair, startTls } from './proxy.ts';

async function certificates(): Promise<{ ca_cert: object[]; cert_chain: object[] }[]> {
  const { body } = await page();
  return JSON.parse(String(body)).certificates;
}

t.test('none before there is TLS', async (t) => {
  t.equal(firstExpiry.days?.() ?? null, null);
  t.same(await certificates(), []);
});

t.test('certificates and authorities of each context; the first day on which one expires', async (t) => {
  const validationContext = { trustedCa: file('ca.pem') };
  const commonTlsContext = { tlsCertificates: [pair('server'), pair('server-ec')], validationContext };
  const proxy = await startTls({ commonTlsContext });
  t.teardown(() => proxy.stop());
  const [{ ca_cert, cert_chain }] = await certificates();
  t.match(ca_cert, [{ path: file('ca.pem').filename, subject_alt_names: [], days_until_expiration: '29' }]);
  t.match(cert_chain[0], {
    path: file('server.pem').filename,
    serial_number: '1000',
    subject_alt_names: [
      { dns: 'a.test' },
      { dns: '*.wild.test' },
      { uri: 'spiffe://test/server' },
      { ip_address: '127.0.0.1' },
    ],
    valid_from: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
  });
  t.equal(cert_chain.length, 2);
  const days = firstExpiry.days?.();
  t.ok(days !== null && days !== undefined && days > 0 && days < 30, `${days}`);
  const gauge = (name: string): number =>
    proxy.store.scope('listener.l.ssl.certificate.').gauge(`${name}.expiration_unix_time_seconds`).value;
  t.ok(gauge('unnamed_cert_e3b0c442') > Date.now() / 1000);
  t.ok(gauge('unnamed_ca_cert_e3b0c442') > Date.now() / 1000);
  await startTls({ commonTlsContext: { tlsCertificates: [pair('server-expired')] } }).then((p) => p.stop());
  t.equal(firstExpiry.days?.(), 0);
});
