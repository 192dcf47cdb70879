/**
 * The same names behind envoylet and behind real Envoy, each with a DNS server of its own: what is asked of it, which hosts come of it, what the
 * counters say; and what follows when names appear, fail, have nothing any more or have a time to live.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { freePort } from '../../support/ports.ts';
import { envoyletCommand, get, startProxy } from '../../support/proxy-process.ts';
import { findEnvoy } from '../../tools/oracles.ts';
import { DnsServer } from './dns-server.ts';

t.setTimeout(120_000);

type Fields = Record<string, unknown>;

const EXT = 'type.googleapis.com/envoy.extensions';
const FAMILIES = ['AUTO', 'V4_ONLY', 'V6_ONLY', 'V4_PREFERRED', 'ALL'];
/** What a name has; `gone` is no name at all. */
const RECORDS: Readonly<Record<string, readonly string[] | undefined>> = {
  both: ['10.0.0.1', 'fd00::1', '10.0.0.2', 'fd00::2'],
  four: ['10.0.0.1', '10.0.0.2'],
  six: ['fd00::1'],
  none: [],
  gone: undefined,
};
const HOUR = '3600s';

/** STRICT_DNS and LOGICAL_DNS by name, and by the type that does both. */
const TYPES: Readonly<Record<string, (dns: Fields) => Fields>> = {
  strict: (dns) => ({ type: 'STRICT_DNS', ...dns }),
  logical: (dns) => ({ type: 'LOGICAL_DNS', ...dns }),
  named: (dns) => ({ cluster_type: { name: 'envoy.cluster.strict_dns' }, ...dns }),
  each: (dns) => dnsCluster(dns),
  single: (dns) => dnsCluster({ ...dns, all_addresses_in_single_endpoint: true }),
};
const dnsCluster = (dns: Fields): Fields => ({
  cluster_type: {
    name: 'envoy.clusters.dns',
    typed_config: { '@type': `${EXT}.clusters.dns.v3.DnsCluster`, ...dns },
  },
});

interface Name {
  readonly cluster: string;
  readonly has: readonly string[] | undefined;
  readonly fields: Fields;
}
/** Asked for once. */
const once: readonly Name[] = Object.entries(TYPES).flatMap(([type, fields]) =>
  FAMILIES.flatMap((family) =>
    Object.entries(RECORDS).map(([kind, has]) => ({
      cluster: `${type}-${family.toLowerCase()}-${kind}`,
      has,
      fields: fields({ dns_lookup_family: family, dns_refresh_rate: HOUR }),
    })),
  ),
);
const OFTEN = { dns_lookup_family: 'V4_ONLY', dns_refresh_rate: '0.03s' };
const SELDOM = { dns_lookup_family: 'V4_ONLY', dns_refresh_rate: HOUR };
const ONE = ['10.0.0.1'];
/** Asked for again. */
const again: readonly Name[] = [
  { cluster: 'later-strict', has: undefined, fields: TYPES['strict'](OFTEN) },
  { cluster: 'later-logical', has: undefined, fields: TYPES['logical'](OFTEN) },
  { cluster: 'later-each', has: undefined, fields: TYPES['each'](OFTEN) },
  { cluster: 'jitter', has: ONE, fields: TYPES['strict']({ ...OFTEN, dns_jitter: '0.02s' }) },
  { cluster: 'moves-strict', has: ONE, fields: TYPES['strict'](OFTEN) },
  { cluster: 'moves-logical', has: ONE, fields: TYPES['logical'](OFTEN) },
  { cluster: 'empties', has: ONE, fields: TYPES['strict'](OFTEN) },
];

const at = (address: string): Fields => {
  const [ip, port] = address.split(':');
  return { socket_address: { address: ip, port_value: Number(port) } };
};
const cares = (address: string): Fields => ({
  name: 'envoy.network.dns_resolver.cares',
  typed_config: {
    '@type': `${EXT}.network.dns_resolver.cares.v3.CaresDnsResolverConfig`,
    resolvers: [at(address)],
    dns_resolver_options: { no_default_search_domain: true },
  },
});
const assignment = (name: string, port = 80): Fields => ({
  cluster_name: 'x',
  endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: name, port_value: port } } } }] }],
});
const cluster = (name: string, fields: Fields): Fields => ({
  name,
  load_assignment: assignment(`${name}.test.`),
  ...fields,
});

/** A proxy, and the DNS servers that it asks. */
class Side {
  /** Times to live are 0, so that nobody keeps an answer. */
  readonly dns: DnsServer;
  /** … are a second. */
  readonly living: DnsServer;
  /** Says no to everything, until it is told. */
  readonly refusing: DnsServer;
  /** Never answers. */
  readonly silent: DnsServer;
  admin = 0;

  private constructor(servers: readonly DnsServer[]) {
    [this.dns, this.living, this.refusing, this.silent] = servers;
    this.dns.ttls = [0, 0, 0, 0];
    this.living.ttls = [1];
    this.refusing.ttls = [0];
    this.refusing.refused = true;
    this.silent.held = [];
    for (const { cluster: name, has } of [...once, ...again])
      if (has !== undefined) this.dns.records.set(`${name}.test`, has);
    for (const name of ['own-typed', 'own-config', 'own-list']) this.dns.records.set(`${name}.test`, ONE);
    for (const name of ['ttl', 'ttl-each', 'least']) this.living.records.set(`${name}.test`, ONE);
    for (const name of ['failing', 'failing-each']) this.refusing.records.set(`${name}.test`, ONE);
  }

  static async make(): Promise<Side> {
    return new Side(await Promise.all(Array.from({ length: 4 }, () => DnsServer.start())));
  }

  config(): Fields {
    const failing = { ...SELDOM, dns_failure_refresh_rate: { base_interval: '0.02s', max_interval: '0.04s' } };
    const ttl = { ...SELDOM, respect_dns_ttl: true };
    const typed = (server: DnsServer): Fields => ({ typed_dns_resolver_config: cares(server.address) });
    const nobody = cares(this.silent.address);
    return {
      node: { id: 'beside', cluster: 'c' },
      admin: { address: at(`127.0.0.1:${this.admin}`) },
      typed_dns_resolver_config: cares(this.dns.address),
      static_resources: {
        clusters: [
          ...[...once, ...again].map(({ cluster: name, fields }) => cluster(name, fields)),
          cluster('failing', { ...TYPES['strict'](failing), ...typed(this.refusing) }),
          cluster('failing-each', TYPES['each']({ ...failing, ...typed(this.refusing) })),
          cluster('ttl', { ...TYPES['strict'](ttl), ...typed(this.living) }),
          cluster('ttl-each', TYPES['single']({ ...ttl, ...typed(this.living) })),
          cluster('least', TYPES['each']({ ...ttl, dns_min_refresh_rate: HOUR, ...typed(this.living) })),
          cluster('silent', {
            ...TYPES['strict'](SELDOM),
            typed_dns_resolver_config: nobody,
            wait_for_warm_on_init: false,
          }),
          cluster('own-typed', {
            ...TYPES['strict'](SELDOM),
            typed_dns_resolver_config: cares(this.dns.address),
            dns_resolvers: [at(this.silent.address)],
          }),
          cluster('own-config', {
            ...TYPES['strict'](SELDOM),
            dns_resolution_config: { resolvers: [at(this.dns.address)] },
          }),
          cluster('own-list', { ...TYPES['strict'](SELDOM), dns_resolvers: [at(this.dns.address)] }),
        ],
      },
    };
  }

  stop(): void {
    for (const server of [this.dns, this.living, this.refusing, this.silent]) server.stop();
  }

  async stats(): Promise<ReadonlyMap<string, number>> {
    const body = (await get(this.admin, '/stats?filter=^cluster\\.'))?.body ?? '';
    return new Map(body.split('\n').map((line) => [line.split(': ')[0], Number(line.split(': ')[1])]));
  }

  /** Addresses by cluster, in the order in which they are listed. */
  async hosts(): Promise<Record<string, string[]>> {
    const found: Record<string, string[]> = {};
    for (const line of ((await get(this.admin, '/clusters'))?.body ?? '').split('\n')) {
      const [name, address, rest] = line.split(/::(?!\d*\]|[0-9a-f]*:)/);
      if (rest?.startsWith('cx_active')) (found[name] ??= []).push(address);
    }
    return found;
  }

  async until(name: string, holds: (value: number) => boolean): Promise<void> {
    while (!holds((await this.stats()).get(name) ?? -1)) await sleep(5);
  }

  static async asked(server: DnsServer, name: string, times: number): Promise<void> {
    while (server.questions.filter((q) => q === name).length < times) await sleep(5);
  }
}

const envoy = findEnvoy(false);
t.test('beside real Envoy', { skip: 'missing' in envoy ? envoy.missing : false }, async (t) => {
  if ('missing' in envoy) return;
  const folder = t.testdir({});
  const begin = async (name: string, command: readonly string[], more: readonly string[]): Promise<Side> => {
    const side = await Side.make();
    t.teardown(() => side.stop());
    side.admin = await freePort();
    const path = join(folder, `${name}.json`);
    writeFileSync(path, JSON.stringify(side.config()));
    const args = ['-c', path, '--concurrency', '1', '-l', 'warning', ...more];
    const child = await startProxy({ command, args, adminPort: side.admin });
    t.teardown(() => child.stop());
    return side;
  };
  const ours = await begin('envoylet', envoyletCommand(), []);
  const theirs = await begin('envoy', [envoy.path], ['--disable-hot-restart']);
  const sides = [ours, theirs];

  t.test('the same questions, the same hosts, the same counters', async (t) => {
    // All have been answered when both are ready.
    const [asked, wanted] = sides.map((s) =>
      s.dns.questions.filter((q) => /-(?:both|four|six|none|gone)\.test$/.test(q)).sort(),
    );
    t.same(asked, wanted, 'questions');
    const [hosts, real] = await Promise.all(sides.map((s) => s.hosts()));
    const [stats, counted] = await Promise.all(sides.map((s) => s.stats()));
    for (const { cluster: name } of once) {
      t.same(hosts[name], real[name], `${name}: hosts`);
      for (const stat of [
        'update_attempt',
        'update_success',
        'update_failure',
        'update_empty',
        'update_no_rebuild',
        'membership_total',
        'membership_change',
        'max_host_weight',
      ]) {
        const full = `cluster.${name}.${stat}`;
        t.equal(stats.get(full), counted.get(full), full);
      }
    }
  });

  for (const side of sides) {
    const who = side === ours ? 'envoylet' : 'envoy';
    t.test(`${who}: a name that appears later has its hosts then`, async (t) => {
      for (const name of ['later-strict', 'later-logical', 'later-each']) {
        t.equal((await side.stats()).get(`cluster.${name}.membership_total`), 0);
        side.dns.records.set(`${name}.test`, ONE);
        await side.until(`cluster.${name}.membership_total`, (n) => n === 1);
        t.equal((await side.stats()).get(`cluster.${name}.membership_change`), 1);
      }
    });
    t.test(`${who}: another address takes the place of the first`, async (t) => {
      side.dns.records.set('moves-strict.test', ['10.0.0.9']);
      side.dns.records.set('moves-logical.test', ['10.0.0.9']);
      for (const name of ['moves-strict', 'moves-logical'])
        while ((await side.hosts())[name]?.join() !== '10.0.0.9:80') await sleep(5);
      await Side.asked(side.dns, 'A jitter.test', 4);
      t.pass();
    });
    t.test(`${who}: what is refused is asked again soon, and counts as a failure`, async (t) => {
      await side.until('cluster.failing.update_failure', (n) => n >= 3);
      await side.until('cluster.failing-each.update_failure', (n) => n >= 3);
      t.equal((await side.stats()).get('cluster.failing.membership_total'), 0);
      side.refusing.refused = false;
      await side.until('cluster.failing.membership_total', (n) => n === 1);
      await side.until('cluster.failing-each.membership_total', (n) => n === 1);
      t.equal((await side.stats()).get('cluster.failing.update_success'), 1);
    });
    t.test(`${who}: a time to live is respected, and dns_min_refresh_rate is its least`, async (t) => {
      for (const name of ['ttl', 'ttl-each']) await Side.asked(side.living, `A ${name}.test`, 2);
      t.equal(side.living.questions.filter((q) => q === 'A least.test').length, 1);
    });
    t.test(`${who}: nobody waits for a name that is never answered, with wait_for_warm_on_init: false`, async (t) => {
      t.same([...new Set(side.silent.questions)], ['A silent.test']);
      t.equal((await side.stats()).get('cluster.silent.membership_total'), 0);
    });
    t.test(`${who}: each way to name a server is one`, async (t) => {
      const stats = await side.stats();
      for (const name of ['own-typed', 'own-config', 'own-list'])
        t.equal(stats.get(`cluster.${name}.membership_total`), 1, name);
    });
  }

  t.test('a name that has nothing any more: Envoy has no hosts then, envoylet keeps them (D1)', async (t) => {
    const before = await Promise.all(
      sides.map(async (s) => (await s.stats()).get('cluster.empties.update_success') ?? 0),
    );
    for (const side of sides) side.dns.records.set('empties.test', []);
    await theirs.until('cluster.empties.membership_total', (n) => n === 0);
    await ours.until('cluster.empties.update_success', (n) => n > before[0] + 3);
    t.same((await ours.hosts())['empties'], ['10.0.0.1:80']);
  });
});
