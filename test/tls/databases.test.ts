/**
 * Databases behind tcp_proxy: psql's and mariadb's own TLS passes through; TLS from the first byte is chosen by SNI, passed on, and ended in front of the
 * database. With real servers, where they are installed.
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { promisify } from 'node:util';
import t from 'tap';
import { which } from '../../bench/tools/which.ts';
import { certificates, pem } from '../support/certificates.ts';
import { address } from '../support/measured-proxy.ts';
import { freePort, untilAccepting } from '../support/ports.ts';
import { envoyletCommand, startProxy } from '../support/proxy-process.ts';

type Test = { teardown(fn: () => unknown): void };
const run = promisify(execFile);
const START_MS = 60_000;
/** A database is made anew, which takes what the machine has. */
t.setTimeout(180_000);

/** A program on PATH or where Debian puts PostgreSQL's; '' where it is not. */
function find(name: string): string {
  const versions = '/usr/lib/postgresql';
  const own = existsSync(versions) ? readdirSync(versions).map((v) => join(versions, v, 'bin', name)) : [];
  return which(name) ?? own.find((path) => existsSync(path)) ?? '';
}

const POSTGRES = ['initdb', 'postgres', 'psql'] as const;
const MARIADB = ['mariadbd', 'mariadb'] as const;
const missing = (names: readonly string[]): string | false => {
  const absent = names.filter((name) => find(name) === '');
  return absent.length > 0 && `no ${absent.join(', ')}`;
};

function directoryOf(t: Test, name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `${name}-`));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function serve(
  t: Test,
  program: string,
  args: readonly string[],
  port: number,
  as: { uid?: number; gid?: number } = {},
): Promise<void> {
  const child = spawn(program, args, { stdio: 'ignore', ...as });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const died = ended.then(() => {
    throw new Error(`${program} ended`);
  });
  died.catch(() => {});
  await Promise.race([untilAccepting(port, START_MS), died]);
}

/** PostgreSQL does not serve for root. */
function somebody(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout.trim());
  return { uid: id('-u'), gid: id('-g') };
}

async function startPostgres(t: Test): Promise<number> {
  const as = somebody();
  const directory = directoryOf(t, 'postgres');
  const data = join(directory, 'data');
  const own = (path: string, mode: number): void => {
    chmodSync(path, mode);
    if (as.uid !== undefined) chownSync(path, as.uid, as.gid ?? 0);
  };
  own(directory, 0o700);
  await run(find('initdb'), ['-D', data, '-U', 'somebody', '-A', 'trust', '--no-sync', '--no-instructions'], {
    ...as,
    cwd: directory,
  });
  for (const name of ['server.pem', 'server.key']) {
    cpSync(join(certificates(), name), join(data, name));
    own(join(data, name), 0o600);
  }
  const port = await freePort();
  const settings = { ssl: 'on', ssl_cert_file: 'server.pem', ssl_key_file: 'server.key', fsync: 'off' };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const at = ['-h', '127.0.0.1', '-p', String(port), '-k', directory];
  await serve(t, find('postgres'), ['-D', data, ...at, ...options], port, as);
  return port;
}

async function startMariadb(t: Test): Promise<number> {
  const directory = directoryOf(t, 'mariadb');
  const port = await freePort();
  const d = certificates();
  const small = ['--innodb-log-file-size=4M', '--innodb-buffer-pool-size=8M', '--skip-grant-tables'];
  const at = [`--datadir=${directory}`, `--socket=${join(directory, 's')}`, `--port=${port}`];
  const ssl = [`--ssl-cert=${join(d, 'server.pem')}`, `--ssl-key=${join(d, 'server.key')}`];
  const user = process.getuid?.() === 0 ? ['--user=root'] : [];
  const args = ['--no-defaults', ...user, ...at, '--bind-address=127.0.0.1', '--skip-networking=0', ...small, ...ssl];
  await serve(t, find('mariadbd'), args, port);
  return port;
}

const TYPE = 'type.googleapis.com/envoy.extensions';
const tcp = (cluster: string): object => ({
  name: 'envoy.filters.network.tcp_proxy',
  typed_config: { '@type': `${TYPE}.filters.network.tcp_proxy.v3.TcpProxy`, stat_prefix: cluster, cluster },
});
const INSPECTOR = {
  name: 'envoy.filters.listener.tls_inspector',
  typed_config: { '@type': `${TYPE}.filters.listener.tls_inspector.v3.TlsInspector` },
};
const endsTls = (): object => ({
  name: 'envoy.transport_sockets.tls',
  typed_config: {
    '@type': `${TYPE}.transport_sockets.tls.v3.DownstreamTlsContext`,
    common_tls_context: {
      tls_certificates: [
        {
          certificate_chain: { filename: join(certificates(), 'server.pem') },
          private_key: { filename: join(certificates(), 'server.key') },
        },
      ],
    },
  },
});

interface Ports {
  /** Bytes as they are. */
  plain: number;
  /** By SNI to `ends`, TLS as it is. */
  passes: number;
  /** `*.wild.test`: TLS ends here. */
  ends: number;
}

async function startBefore(t: Test, database: number): Promise<Ports> {
  const ports = { plain: await freePort(), passes: await freePort(), ends: await freePort() };
  const clusters = [
    ['database', database],
    ['ends', ports.ends],
  ].map(([name, port]) => ({
    name,
    connect_timeout: '5s',
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: address(Number(port)) } }] }],
    },
  }));
  const match = { server_names: ['*.wild.test'] };
  const listener = (port: number, more: object): object => ({ name: `l${port}`, address: address(port), ...more });
  const listeners = [
    listener(ports.plain, { filter_chains: [{ filters: [tcp('database')] }] }),
    listener(ports.passes, {
      listener_filters: [INSPECTOR],
      filter_chains: [{ filter_chain_match: match, filters: [tcp('ends')] }],
    }),
    listener(ports.ends, {
      listener_filters: [INSPECTOR],
      filter_chains: [{ filter_chain_match: match, transport_socket: endsTls(), filters: [tcp('database')] }],
    }),
  ];
  const config = join(directoryOf(t, 'databases'), 'envoy.json');
  writeFileSync(config, JSON.stringify({ static_resources: { listeners, clusters } }));
  const child = await startProxy({ command: envoyletCommand(), args: ['-c', config], listenerPort: ports.ends });
  t.teardown(() => child.stop());
  return ports;
}

/** What comes after `send`, until `done`. */
function talk(port: number, servername: string, send: Buffer, done: (got: Buffer) => boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: '127.0.0.1', servername, ca: pem('ca.pem') });
    let got = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      got = Buffer.concat([got, chunk]);
      if (!done(got)) return;
      socket.destroy();
      resolve(got);
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`closed after ${got.length} bytes`)));
    if (send.length > 0) socket.write(send);
  });
}

t.test('PostgreSQL', { skip: missing(POSTGRES), timeout: 180_000 }, async (t) => {
  const ports = await startBefore(t, await startPostgres(t));
  const ask = async (sslmode: string, query: string): Promise<string> => {
    const to = `host=127.0.0.1 port=${ports.plain} user=somebody dbname=postgres sslmode=${sslmode}`;
    const ca = `sslrootcert=${join(certificates(), 'ca.pem')}`;
    const args = ['-X', '-A', '-t', '-c', query, `${to} ${ca}`];
    return (await run(find('psql'), args, { maxBuffer: 1 << 23 })).stdout.trim();
  };
  const session = 'select ssl, version from pg_stat_ssl where pid = pg_backend_pid()';
  t.equal(await ask('verify-full', session), 't|TLSv1.3', "the client's TLS ends in the server");
  t.equal(await ask('disable', session), 'f|');
  t.equal((await ask('verify-full', "select repeat('x', 3000000)")).length, 3_000_000);

  // What a client without SSLRequest sends: who it is, and one query.
  const who = Buffer.from('\0\0\0\0\0\x03\0\0user\0somebody\0database\0postgres\0\0', 'latin1');
  who.writeUInt32BE(who.length, 0);
  const query = Buffer.from('Q\0\0\0\0select 40+2\0', 'latin1');
  query.writeUInt32BE(query.length - 1, 1);
  const answered = (got: Buffer): boolean => got.includes('SELECT 1\0');
  for (const port of [ports.ends, ports.passes]) {
    const got = await talk(port, 'pg.wild.test', Buffer.concat([who, query]), answered);
    t.ok(got.includes('\0\x0242'), 'TLS from the first byte ends in front of the server');
    await t.rejects(talk(port, 'a.test', who, answered), 'a name that no chain has');
  }
});

t.test('MariaDB, which speaks first', { skip: missing(MARIADB), timeout: 180_000 }, async (t) => {
  const ports = await startBefore(t, await startMariadb(t));
  const ask = async (query: string, ...ssl: string[]): Promise<string> => {
    const to = ['--no-defaults', '-h', '127.0.0.1', '-P', String(ports.plain), '-u', 'root', '-N', ...ssl];
    return (await run(find('mariadb'), [...to, '-e', query], { maxBuffer: 1 << 23 })).stdout.trim();
  };
  const verified = ['--ssl', `--ssl-ca=${join(certificates(), 'ca.pem')}`, '--ssl-verify-server-cert'];
  t.match(await ask("show status like 'Ssl_version'", ...verified), /TLSv1\.[23]$/);
  t.equal(await ask("show status like 'Ssl_version'", '--skip-ssl'), 'Ssl_version');
  t.equal((await ask("select repeat('x', 3000000)", ...verified)).length, 3_000_000);
  for (const port of [ports.ends, ports.passes]) {
    // The greeting: protocol 10, then the version.
    const greeting = await talk(port, 'my.wild.test', Buffer.alloc(0), (got) => got.length > 20);
    t.equal(greeting[4], 10);
    t.ok(greeting.includes('MariaDB'));
    await t.rejects(talk(port, 'a.test', Buffer.alloc(0), () => true));
  }
});
