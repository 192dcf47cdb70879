/** Certificates for tests, made by openssl when they are first asked for: nothing in the repository can expire. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let made = '';

interface Wanted {
  readonly name: string;
  readonly subject: string;
  readonly san: string;
  /** `self`, or the name of another one. */
  readonly issuer: string;
  readonly rsa?: boolean;
  /** Days from now. */
  readonly days?: number;
  readonly ca?: boolean;
  /** Further lines of its extensions. */
  readonly more?: readonly string[];
}

const CERTIFICATES: readonly Wanted[] = [
  {
    name: 'server',
    subject: '/C=DE/O=Example, Inc./CN=a.test',
    san: 'DNS:a.test,DNS:*.wild.test,IP:127.0.0.1,URI:spiffe://test/server',
    issuer: 'ca',
    rsa: true,
  },
  { name: 'server-ec', subject: '/CN=a.test', san: 'DNS:a.test', issuer: 'ca' },
  { name: 'server-b', subject: '/CN=b.test', san: 'DNS:b.test', issuer: 'ca', rsa: true },
  { name: 'server-expired', subject: '/CN=a.test', san: 'DNS:a.test', issuer: 'ca', days: -1 },
  {
    name: 'client',
    subject: '/O=Clients/CN=client one',
    san: 'URI:spiffe://test/client,URI:spiffe://test/two,DNS:client.test,email:c@client.test,IP:10.1.2.3',
    more: ['keyUsage=digitalSignature'],
    issuer: 'ca',
  },
  { name: 'client-nameless', subject: '/CN=nameless', san: '', issuer: 'ca' },
  { name: 'client-other', subject: '/CN=client other', san: 'DNS:client.test', issuer: 'other-ca' },
  { name: 'client-expired', subject: '/CN=client expired', san: 'DNS:client.test', issuer: 'ca', days: -1 },
  { name: 'client-revoked', subject: '/CN=client revoked', san: 'DNS:client.test', issuer: 'ca' },
  { name: 'intermediate', subject: '/CN=Test Intermediate', san: '', issuer: 'ca', ca: true },
  {
    name: 'client-deep',
    subject: '/CN=client deep',
    san: 'DNS:client.test,URI:spiffe://test/deep',
    issuer: 'intermediate',
  },
  {
    name: 'client-deep-revoked',
    subject: '/CN=deep and revoked',
    san: 'URI:spiffe://test/deep',
    more: ['keyUsage=digitalSignature'],
    issuer: 'intermediate',
  },
  {
    name: 'client-elsewhere',
    subject: '/CN=elsewhere',
    san: 'URI:spiffe://other/client',
    more: ['keyUsage=digitalSignature'],
    issuer: 'other-ca',
  },
  {
    name: 'client-pretender',
    subject: '/CN=pretender',
    san: 'URI:spiffe://test/client',
    more: ['keyUsage=digitalSignature'],
    issuer: 'other-ca',
  },
  { name: 'server-revoked', subject: '/CN=a.test', san: 'DNS:a.test', issuer: 'ca' },
  { name: 'self-signed', subject: '/CN=a.test', san: 'DNS:a.test,DNS:client.test', issuer: 'self' },
];

const openssl = (directory: string, ...args: string[]): void => {
  execFileSync('openssl', args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
};

/** One more, when a test asks for it. */
export function certificate(wanted: Wanted, serial: number): void {
  sign(certificates(), wanted, serial);
}

/** `<name>.ocsp`: a response of the authority that this certificate is good; `days`: until the next one, absent: it says nothing of it. */
export function ocspResponse(name: string, serial: string, days?: number): Buffer {
  const d = certificates();
  writeFileSync(join(d, `${name}.index`), `V\t301231235959Z\t\t${serial}\tunknown\t/CN=${name}\n`);
  openssl(d, 'ocsp', '-issuer', 'ca.pem', '-cert', `${name}.pem`, '-no_nonce', '-reqout', `${name}.req`);
  const signer = ['-rsigner', 'ca.pem', '-rkey', 'ca.key', '-CA', 'ca.pem'];
  const next = days === undefined ? [] : ['-ndays', String(days)];
  openssl(
    d,
    'ocsp',
    '-index',
    `${name}.index`,
    ...signer,
    '-reqin',
    `${name}.req`,
    '-respout',
    `${name}.ocsp`,
    ...next,
  );
  return readFileSync(join(d, `${name}.ocsp`));
}

/** The folder with `<name>.pem` and `<name>.key`, `crl.pem`, `crl-intermediate.pem`, `ca-and-crl.pem`, and `bundles.json` of SPIFFE; the same for the whole process. */
export function certificates(): string {
  if (made !== '') return made;
  const d = mkdtempSync(join(tmpdir(), 'certificates-'));
  process.on('exit', () => rmSync(d, { recursive: true, force: true }));
  for (const ca of ['ca', 'other-ca']) {
    openssl(
      d,
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      `${ca}.key`,
      '-out',
      `${ca}.pem`,
      '-days',
      '30',
      '-subj',
      `/CN=Test ${ca}`,
    );
  }
  for (const [i, w] of CERTIFICATES.entries()) sign(d, w, 0x1000 + i);
  for (const name of ['client-deep', 'client-deep-revoked']) {
    writeFileSync(
      join(d, `${name}.pem`),
      `${readFileSync(join(d, `${name}.pem`), 'latin1')}${readFileSync(join(d, 'intermediate.pem'), 'latin1')}`,
    );
  }
  revoke(d, 'ca', ['client-revoked', 'server-revoked'], 'crl.pem');
  revoke(d, 'intermediate', ['client-deep-revoked'], 'crl-intermediate.pem');
  const ca = readFileSync(join(d, 'ca.pem'), 'latin1');
  writeFileSync(join(d, 'ca-and-crl.pem'), `${ca}${readFileSync(join(d, 'crl.pem'), 'latin1')}`);
  const x5c = [ca.replace(/-----[^-]*-----|\n/g, '')];
  const bundles = { trust_domains: { test: { keys: [{ kty: 'RSA', use: 'x509-svid', x5c }] } } };
  writeFileSync(join(d, 'bundles.json'), JSON.stringify(bundles));
  made = d;
  return d;
}

function sign(d: string, w: Wanted, serial: number): void {
  const key = w.rsa === true ? ['rsa:2048'] : ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  openssl(
    d,
    'req',
    '-newkey',
    ...key,
    '-nodes',
    '-keyout',
    `${w.name}.key`,
    '-out',
    `${w.name}.csr`,
    '-subj',
    w.subject,
  );
  const lines = [w.ca === true ? 'basicConstraints=critical,CA:TRUE' : 'basicConstraints=CA:FALSE'];
  if (w.san !== '') lines.push(`subjectAltName=${w.san}`);
  lines.push(...(w.more ?? []));
  writeFileSync(join(d, `${w.name}.ext`), `${lines.join('\n')}\n`);
  openssl(
    d,
    'x509',
    '-req',
    '-in',
    `${w.name}.csr`,
    ...(w.issuer === 'self' ? ['-signkey', `${w.name}.key`] : ['-CA', `${w.issuer}.pem`, '-CAkey', `${w.issuer}.key`]),
    '-set_serial',
    String(serial),
    '-days',
    String(w.days ?? 30),
    '-extfile',
    `${w.name}.ext`,
    '-out',
    `${w.name}.pem`,
  );
}

function revoke(d: string, ca: string, names: readonly string[], list: string): void {
  writeFileSync(join(d, 'index.txt'), '');
  writeFileSync(
    join(d, 'ca.cnf'),
    '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ndefault_md=sha256\ndefault_crl_days=30\n',
  );
  for (const name of names) {
    openssl(d, 'ca', '-config', 'ca.cnf', '-cert', `${ca}.pem`, '-keyfile', `${ca}.key`, '-revoke', `${name}.pem`);
  }
  gencrl(d, ca, list, 'ca.cnf');
}

function gencrl(d: string, ca: string, list: string, config: string, ...options: readonly string[]): void {
  const own = ['-cert', `${ca}.pem`, '-keyfile', `${ca}.key`];
  openssl(d, 'ca', '-config', config, ...own, '-gencrl', '-out', list, ...options);
}

/** Another list of the authority `ca`, made with other options of openssl. Its name. */
export function revocationList(name: string, options: readonly string[], config = 'ca.cnf'): string {
  gencrl(certificates(), 'ca', name, config, ...options);
  return name;
}

/** Into a folder of one's own. */
export function copyCertificates(to: string): void {
  cpSync(certificates(), to, { recursive: true });
}

export const pem = (name: string): Buffer => readFileSync(join(certificates(), name));
