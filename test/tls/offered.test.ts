/** What a listener with Envoy's defaults offers a client, one thing at a time, as testssl does; and that real Envoy 1.40 offers the same, but for what is listed. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tls from 'node:tls';
import t from 'tap';
import { certificates } from '../support/certificates.ts';
import { address } from '../support/measured-proxy.ts';
import { freePort } from '../support/ports.ts';
import { envoyletCommand, startProxy } from '../support/proxy-process.ts';
import { findEnvoy } from '../tools/oracles.ts';

type Test = { teardown(fn: () => unknown): void };
type Offered = Readonly<Record<string, readonly string[]>>;

const AEADS = ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305'];

/** Of the same two certificates, RSA and P-256. */
const OFFERED: Offered = {
  versions: ['TLSv1.2', 'TLSv1.3'],
  'ciphers of TLS 1.2': ['ECDHE-ECDSA', 'ECDHE-RSA'].flatMap((by) => AEADS.map((name) => `${by}-${name}`)),
  'ciphers of TLS 1.3': ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
  groups: ['P-256', 'X25519', 'X25519MLKEM768'],
  'signatures in TLS 1.2': [
    'ecdsa_secp256r1_sha256',
    'ecdsa_secp384r1_sha384',
    'ecdsa_secp521r1_sha512',
    'rsa_pkcs1_sha224',
    'rsa_pkcs1_sha256',
    'rsa_pkcs1_sha384',
    'rsa_pkcs1_sha512',
    'rsa_pss_rsae_sha256',
    'rsa_pss_rsae_sha384',
    'rsa_pss_rsae_sha512',
  ],
  'signatures in TLS 1.3': [
    'ecdsa_secp256r1_sha256',
    'rsa_pss_rsae_sha256',
    'rsa_pss_rsae_sha384',
    'rsa_pss_rsae_sha512',
  ],
  resumption: ['TLSv1.2 ticket', 'TLSv1.3 ticket', 'a new ticket for each in TLSv1.3'],
  more: ['extended master secret', 'no compression', 'secure renegotiation is known'],
};

/** What else Envoy offers (`+`), or does not (`-`): docs/behaviour.md, T. */
const ENVOY: Offered = {
  'signatures in TLS 1.2': ['+rsa_pkcs1_sha1', '+ecdsa_sha1', '-rsa_pkcs1_sha224'],
  resumption: ['+TLSv1.2 session id'],
};

async function start(t: Test, command: readonly string[]): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'offered-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const port = await freePort();
  const own = (name: string): object => ({
    certificate_chain: { filename: join(certificates(), `${name}.pem`) },
    private_key: { filename: join(certificates(), `${name}.key`) },
  });
  const type = 'type.googleapis.com/envoy.extensions';
  const context = {
    '@type': `${type}.transport_sockets.tls.v3.DownstreamTlsContext`,
    common_tls_context: { tls_certificates: [own('server'), own('server-ec')] },
  };
  const chain = {
    transport_socket: { name: 'envoy.transport_sockets.tls', typed_config: context },
    filters: [
      {
        name: 'envoy.filters.network.echo',
        typed_config: { '@type': `${type}.filters.network.echo.v3.Echo` },
      },
    ],
  };
  const config = join(directory, 'envoy.json');
  writeFileSync(
    config,
    JSON.stringify({
      static_resources: { listeners: [{ name: 'l', address: address(port), filter_chains: [chain] }] },
    }),
  );
  const child = await startProxy({ command, args: ['-c', config, '-l', 'off'], listenerPort: port });
  t.teardown(() => child.stop());
  return port;
}

/** Null where there is no handshake. `more`: of a session that may be used again, once it is there. */
function shake(
  port: number,
  options: tls.ConnectionOptions,
): Promise<{ session: Buffer | null; reused: boolean; ticket: boolean } | null> {
  return new Promise((resolve) => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    let session: Buffer | null = null;
    socket.on('session', (made: Buffer) => {
      session = made;
    });
    socket.on('secureConnect', () => socket.write('a'));
    // The echo comes behind whatever the server had to say.
    socket.on('data', () => {
      const ticket = session !== null;
      resolve({ session: session ?? socket.getSession() ?? null, reused: socket.isSessionReused(), ticket });
      socket.destroy();
    });
    socket.on('error', () => resolve(null));
    socket.on('close', () => resolve(null));
  });
}

const V12 = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
const V13 = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' } as const;
const LOW = 'ALL:@SECLEVEL=0';
const NO_TICKET = 0x4000;

const SIGNATURES = ['sha1', 'sha224', 'sha256', 'sha384', 'sha512']
  .map((hash) => `rsa_pkcs1_${hash}`)
  .concat(
    ['sha256', 'sha384', 'sha512'].flatMap((hash) => [`rsa_pss_rsae_${hash}`, `rsa_pss_pss_${hash}`]),
    ['ecdsa_sha1', 'ecdsa_secp256r1_sha256', 'ecdsa_secp384r1_sha384', 'ecdsa_secp521r1_sha512', 'ed25519', 'ed448'],
  );

async function offered(port: number): Promise<Offered> {
  const those = async (
    names: readonly string[],
    options: (name: string) => tls.ConnectionOptions,
  ): Promise<readonly string[]> => {
    const taken: string[] = [];
    for (const name of names) {
      let made: tls.ConnectionOptions;
      try {
        made = { secureContext: tls.createSecureContext(options(name)) };
      } catch {
        // This OpenSSL has no such thing to ask for.
        continue;
      }
      if ((await shake(port, made)) !== null) taken.push(name);
    }
    return taken.sort();
  };
  const ciphers = tls.getCiphers().map((c) => c.toUpperCase());
  const is13 = (name: string): boolean => name.startsWith('TLS_');
  const sigalgs = (name: string): string =>
    name
      .replace('rsa_pkcs1_sha224', 'RSA+SHA224')
      .replace('rsa_pkcs1_sha1', 'RSA+SHA1')
      .replace('ecdsa_sha1', 'ECDSA+SHA1');
  const resumes = async (version: typeof V12 | typeof V13, secureOptions: number): Promise<boolean> => {
    const first = await shake(port, { ...version, secureOptions });
    if (first?.session == null) return false;
    return (await shake(port, { ...version, secureOptions, session: first.session }))?.reused === true;
  };
  const renews = async (version: typeof V12 | typeof V13): Promise<boolean> => {
    const first = await shake(port, version);
    if (first?.session == null) return false;
    return (await shake(port, { ...version, session: first.session }))?.ticket === true;
  };
  const resumption = [
    ...((await renews(V12)) ? ['a new ticket for each in TLSv1.2'] : []),
    ...((await renews(V13)) ? ['a new ticket for each in TLSv1.3'] : []),
    ...((await resumes(V12, 0)) ? ['TLSv1.2 ticket'] : []),
    ...((await resumes(V12, NO_TICKET)) ? ['TLSv1.2 session id'] : []),
    ...((await resumes(V13, 0)) ? ['TLSv1.3 ticket'] : []),
  ];
  return {
    versions: await those(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'], (name) => {
      const version = name as tls.SecureVersion;
      return { minVersion: version, maxVersion: version, ciphers: LOW };
    }),
    'ciphers of TLS 1.2': await those(
      ciphers.filter((c) => !is13(c)),
      (name) => ({ ...V12, ciphers: `${name}:@SECLEVEL=0` }),
    ),
    'ciphers of TLS 1.3': await those([...ciphers.filter(is13), 'TLS_AES_128_CCM_SHA256'], (name) => ({
      ...V13,
      ciphers: name,
    })),
    groups: await those(
      [
        'P-256',
        'P-384',
        'P-521',
        'X25519',
        'X448',
        'X25519MLKEM768',
        'SecP256r1MLKEM768',
        'ffdhe2048',
        'brainpoolP256r1',
      ],
      (name) => ({ ecdhCurve: name }),
    ),
    'signatures in TLS 1.2': await those(SIGNATURES, (name) => ({ ...V12, ciphers: LOW, sigalgs: sigalgs(name) })),
    'signatures in TLS 1.3': await those(SIGNATURES, (name) => ({ ...V13, sigalgs: sigalgs(name) })),
    resumption: resumption.sort(),
    more: await said(port),
  };
}

/** What openssl says of a connection. */
function said(port: number): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const child = execFile('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-tls1_2'], (_error, output) => {
      resolve([
        ...(output.includes('Extended master secret: yes') ? ['extended master secret'] : []),
        ...(output.includes('Compression: NONE') ? ['no compression'] : []),
        ...(output.includes('Secure Renegotiation IS supported') ? ['secure renegotiation is known'] : []),
      ]);
    });
    child.stdin?.end('Q\n');
  });
}

t.test('what is offered', async (t) => {
  t.same(await offered(await start(t, envoyletCommand())), OFFERED);
});

const envoy = findEnvoy(false);
t.test('what Envoy offers', { skip: 'missing' in envoy ? envoy.missing : false }, async (t) => {
  if ('missing' in envoy) return;
  const theirs = await offered(await start(t, [envoy.path, '--disable-hot-restart', '--concurrency', '1']));
  for (const [what, ours] of Object.entries(OFFERED)) {
    const differ = ENVOY[what] ?? [];
    const more = differ.filter((d) => d.startsWith('+')).map((d) => d.slice(1));
    const want = [...ours.filter((o) => !differ.includes(`-${o}`)), ...more];
    t.same(theirs[what], want.sort(), what);
  }
});
