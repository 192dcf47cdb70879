import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import { Store } from '../../../src/stats/store.ts';
import type { LookupFamily } from '../../../src/upstream/discovery/dns-resolver.ts';
import { MAX_LOOKUPS_IN_FLIGHT, SystemDnsResolver } from '../../../src/upstream/discovery/dns-resolver.ts';
import { DnsStats } from '../../../src/upstream/discovery/dns-stats.ts';
import { HostsFile } from '../../../src/upstream/discovery/hosts-file.ts';
import { ResolvConf } from '../../../src/upstream/discovery/resolv-conf.ts';
import { DnsServer } from './dns-server.ts';

const dir = mkdtempSync(join(tmpdir(), 'dns-'));
t.teardown(() => rmSync(dir, { recursive: true }));
let files = 0;
function file(text: string): string {
  const path = join(dir, `f${files++}`);
  writeFileSync(path, text);
  return path;
}

async function setUp(
  t: Test,
  hosts: string,
  resolvConf: string,
): Promise<{ dns: DnsServer; resolver: SystemDnsResolver; store: Store }> {
  const dns = await DnsServer.start();
  const store = new Store();
  const resolver = new SystemDnsResolver(
    new DnsStats(store),
    { servers: [dns.address] },
    new HostsFile(file(hosts)),
    new ResolvConf(file(resolvConf)),
  );
  t.teardown(() => {
    resolver.close();
    dns.stop();
  });
  return { dns, resolver, store };
}
function ask(r: SystemDnsResolver, name: string, family: LookupFamily = 'AUTO'): Promise<readonly string[] | null> {
  return new Promise((resolve) => r.resolve(name, family, resolve));
}
const PLAIN = 'search .\n';

t.test('lookup families', async (t) => {
  const { dns, resolver } = await setUp(t, '', PLAIN);
  dns.records.set('both.test', ['10.0.0.1', '10.0.0.2', 'fd00::1']);
  dns.records.set('four.test', ['10.0.0.4']);
  dns.records.set('six.test', ['fd00::6']);
  t.same(await ask(resolver, 'both.test'), ['fd00::1'], 'AUTO: AAAA first');
  t.same(await ask(resolver, 'four.test'), ['10.0.0.4'], 'AUTO: A when there is no AAAA');
  t.same(dns.questions, ['AAAA both.test', 'AAAA four.test', 'A four.test']);
  t.same(await ask(resolver, 'both.test', 'V4_ONLY'), ['10.0.0.1', '10.0.0.2']);
  t.same(await ask(resolver, 'six.test', 'V4_ONLY'), []);
  t.same(await ask(resolver, 'four.test', 'V6_ONLY'), []);
  t.same(await ask(resolver, 'both.test', 'V4_PREFERRED'), ['10.0.0.1', '10.0.0.2']);
  t.same(await ask(resolver, 'six.test', 'V4_PREFERRED'), ['fd00::6']);
  t.same(await ask(resolver, 'both.test', 'ALL'), ['10.0.0.1', '10.0.0.2', 'fd00::1']);
  t.same(await ask(resolver, 'four.test', 'ALL'), ['10.0.0.4']);
  t.same(await ask(resolver, 'none.test'), [], 'answered: there is no such name');
  t.same(await ask(resolver, 'none.test', 'ALL'), []);
  dns.refused = true;
  t.equal(await ask(resolver, 'both.test'), null, 'no answer could be had');
  t.equal(await ask(resolver, 'both.test', 'ALL'), null);
});

t.test('addresses and the hosts file need no DNS', async (t) => {
  const hosts =
    '127.0.0.1 localhost\n10.1.1.1\tRedis redis-alias # ours\n::1 ip6-loopback\n10.1.1.2 redis\n# 10.9.9.9 redis\njunk line\n';
  const { dns, resolver } = await setUp(t, hosts, PLAIN);
  t.same(await ask(resolver, '10.2.3.4'), ['10.2.3.4']);
  t.same(await ask(resolver, '::1'), ['::1']);
  t.same(await ask(resolver, '10.2.3.4', 'V6_ONLY'), []);
  t.same(await ask(resolver, 'redis', 'V4_ONLY'), ['10.1.1.1', '10.1.1.2'], 'any case, every line');
  t.same(await ask(resolver, 'redis-alias', 'V4_ONLY'), ['10.1.1.1']);
  t.same(await ask(resolver, 'ip6-loopback'), ['::1']);
  t.same(dns.questions, []);
  t.same(await ask(resolver, 'redis'), ['10.1.1.1', '10.1.1.2']);
  t.same(dns.questions, ['AAAA redis'], 'AUTO asks for the family the file does not have, as c-ares does');
});

t.test('localhost is loopback whatever the file says; AUTO means IPv6, as measured on 1.40', async (t) => {
  const { resolver } = await setUp(t, '127.0.0.1 localhost\n', PLAIN);
  t.same(await ask(resolver, 'localhost'), ['::1']);
  t.same(await ask(resolver, 'LOCALHOST', 'V4_ONLY'), ['127.0.0.1']);
  t.same(await ask(resolver, 'x.localhost', 'V4_ONLY'), ['127.0.0.1']);
});

t.test('a changed hosts file is read again', async (t) => {
  const path = file('10.0.0.1 db\n');
  const hosts = new HostsFile(path);
  t.same(hosts.find('db', false), ['10.0.0.1']);
  writeFileSync(path, '10.0.0.22 db\n');
  t.same(hosts.find('db', false), ['10.0.0.22']);
  rmSync(path);
  t.equal(hosts.find('db', false), null);
});

t.test('Kubernetes: search domains in order, ndots 5', async (t) => {
  const conf =
    'nameserver 10.96.0.10\nsearch prod.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n';
  const { dns, resolver } = await setUp(t, '', conf);
  dns.records.set('redis.prod.svc.cluster.local', ['10.0.0.1']);
  dns.records.set('example.org', ['10.0.0.3']);
  t.same(await ask(resolver, 'redis', 'V4_ONLY'), ['10.0.0.1']);
  t.same(dns.questions, ['A redis.prod.svc.cluster.local']);
  dns.questions.length = 0;
  t.same(await ask(resolver, 'redis.prod', 'V4_ONLY'), ['10.0.0.1']);
  t.same(dns.questions, ['A redis.prod.prod.svc.cluster.local', 'A redis.prod.svc.cluster.local']);
  dns.questions.length = 0;
  t.same(await ask(resolver, 'example.org', 'V4_ONLY'), ['10.0.0.3']);
  t.equal(dns.questions.length, 4, 'the plain name comes last');
  dns.questions.length = 0;
  t.same(await ask(resolver, 'example.org.', 'V4_ONLY'), ['10.0.0.3']);
  t.same(dns.questions, ['A example.org'], 'a final dot ends the search');
});

t.test('enough dots: the plain name first', async (t) => {
  const conf = new ResolvConf(file('domain ignored.test\nsearch a.test b.test. # comment\n'));
  t.same(conf.candidates('db'), ['db.a.test', 'db.b.test', 'db']);
  t.same(conf.candidates('db.x'), ['db.x', 'db.x.a.test', 'db.x.b.test']);
  const d = new ResolvConf(file('domain only.test\noptions ndots:2 timeout:1 attempts:9 rotate\n'));
  t.same(d.candidates('db.x'), ['db.x.only.test', 'db.x']);
  t.same([d.timeoutMs, d.attempts], [1000, 5]);
});

t.test('an answer without addresses of the family lets the search go on', async (t) => {
  const { dns, resolver } = await setUp(t, '', 'search a.test b.test\n');
  dns.records.set('db.a.test', ['fd00::1']);
  dns.records.set('db.b.test', ['10.0.0.2']);
  t.same(await ask(resolver, 'db', 'V4_ONLY'), ['10.0.0.2']);
});

t.test('the same name asked by many is one question; other names wait in line', async (t) => {
  const { dns, resolver } = await setUp(t, '', PLAIN);
  dns.held = [];
  const all: Promise<readonly string[] | null>[] = [];
  for (let i = 0; i < 100; i++) {
    dns.records.set(`n${i}.test`, ['10.0.0.1']);
    for (let k = 0; k < 3; k++) all.push(ask(resolver, `n${i}.test`, 'V4_ONLY'));
  }
  while (dns.questions.length < MAX_LOOKUPS_IN_FLIGHT) await new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
  t.equal(dns.questions.length, MAX_LOOKUPS_IN_FLIGHT);
  dns.release();
  for (const a of await Promise.all(all)) if (a?.[0] !== '10.0.0.1') t.fail('an answer is missing');
  t.equal(dns.questions.length, 100);
});

t.test('names that are no names fail and do not throw', async (t) => {
  const { resolver } = await setUp(t, '', PLAIN);
  for (const name of ['', '.', '..', 'a..b', 'x'.repeat(300), 'sp ace', '\u0000', '__proto__', 'ünïcödé']) {
    t.notOk((await ask(resolver, name, 'V4_ONLY'))?.length, JSON.stringify(name.slice(0, 20)));
  }
});

t.test('nothing is told after close', async (t) => {
  const { dns, resolver } = await setUp(t, '', PLAIN);
  dns.held = [];
  let told = false;
  resolver.resolve('late.test', 'V4_ONLY', () => {
    told = true;
  });
  while (dns.questions.length < 1) await new Promise((resolve) => setImmediate(resolve));
  resolver.close();
  dns.release();
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  t.notOk(told);
});

t.test('the shortest time to live comes along; names of the hosts file have none', async (t) => {
  const { dns, resolver } = await setUp(t, '10.1.1.1 local\n', PLAIN);
  dns.records.set('two.test', ['10.0.0.1', '10.0.0.2']);
  dns.ttls = [60, 7];
  const ttl = (name: string): Promise<number | undefined> =>
    new Promise((resolve) => resolver.resolve(name, 'V4_ONLY', (_addresses, ttlMs) => resolve(ttlMs)));
  t.equal(await ttl('two.test'), 7000);
  t.notOk(await ttl('local'));
  t.notOk(await ttl('10.9.9.9'));
  t.notOk(await ttl('nowhere.test'));
});

t.test('lookups are counted as Envoy 1.40 counts them: one a family, ALL one', async (t) => {
  const { dns, resolver, store } = await setUp(t, '', 'search .\noptions timeout:1 attempts:2\n');
  dns.records.set('both.test', ['10.0.0.1', 'fd00::1']);
  dns.records.set('four.test', ['10.0.0.4']);
  const s = store.scope('dns.cares.');
  const names = ['resolve_total', 'not_found', 'get_addr_failure', 'timeouts', 'reinits'];
  let before = names.map(() => 0);
  const grew = (): number[] => {
    const now = names.map((name) => s.counter(name).value);
    const by = now.map((n, i) => n - before[i]);
    before = now;
    return by;
  };
  const cases: [name: string, family: LookupFamily, resolve: number, notFound: number][] = [
    ['both.test', 'V4_ONLY', 1, 0],
    ['both.test', 'AUTO', 1, 0],
    ['four.test', 'AUTO', 2, 1],
    ['four.test', 'V4_PREFERRED', 1, 0],
    ['both.test', 'ALL', 1, 0],
    ['four.test', 'ALL', 1, 0],
    ['none.test', 'V4_ONLY', 1, 1],
    ['none.test', 'AUTO', 2, 2],
    ['none.test', 'ALL', 1, 1],
    ['localhost', 'AUTO', 1, 0],
    ['127.0.0.1', 'V4_ONLY', 1, 0],
  ];
  for (const [name, family, resolve, notFound] of cases) {
    const answer = ask(resolver, name, family);
    await answer;
    t.same(grew(), [resolve, notFound, 0, 0, 0], `${name} ${family}`);
  }
  dns.refused = true;
  await ask(resolver, 'both.test', 'AUTO');
  t.same(grew(), [2, 0, 2, 0, 0], 'refused');
  dns.refused = false;
  dns.held = [];
  const silent = ask(resolver, 'both.test', 'V4_ONLY');
  t.equal(s.gauge('pending_resolutions').value, 1);
  t.equal(await silent, null);
  t.same(grew(), [1, 0, 0, 2, 0], 'no answer: queries that timed out, and no failure of another kind');
  t.equal(s.gauge('pending_resolutions').value, 0);
});

t.test('use_resolvers_as_fallback: servers are asked where resolv.conf has none', async (t) => {
  const dns = await DnsServer.start();
  t.teardown(() => dns.stop());
  dns.records.set('one.test', ['10.0.0.1']);
  const { Resolver } = await import('node:dns');
  const none = new Resolver().getServers().join() === '127.0.0.1';
  const settings = { servers: [dns.address], timeoutMs: 50, tries: 1 };
  const asked = async (serversAreFallback: boolean) => {
    const r = new SystemDnsResolver(
      null,
      { ...settings, serversAreFallback },
      new HostsFile(file('')),
      new ResolvConf(file(PLAIN)),
    );
    t.teardown(() => r.close());
    await ask(r, 'one.test', 'V4_ONLY');
    return dns.questions.splice(0).length;
  };
  t.equal(await asked(false), 1, 'instead of those of resolv.conf');
  t.equal(await asked(true), none ? 1 : 0);
});

t.test('filter_unroutable_families: a family that no interface has is not asked for', async (t) => {
  const { networkInterfaces } = await import('node:os');
  const addresses = Object.values(networkInterfaces()).flatMap((a) => a ?? []);
  const has = (family: string) => addresses.length === 0 || addresses.some((a) => a.family === family && !a.internal);
  const dns = await DnsServer.start();
  const resolver = new SystemDnsResolver(
    null,
    { servers: [dns.address], onlyRoutable: true },
    new HostsFile(file('')),
    new ResolvConf(file(PLAIN)),
  );
  t.teardown(() => {
    resolver.close();
    dns.stop();
  });
  dns.records.set('both.test', ['10.0.0.1', 'fd00::1']);
  t.same(await ask(resolver, 'both.test', 'V4_ONLY'), has('IPv4') ? ['10.0.0.1'] : []);
  t.same(await ask(resolver, 'both.test', 'V6_ONLY'), has('IPv6') ? ['fd00::1'] : []);
  t.equal(dns.questions.length, Number(has('IPv4')) + Number(has('IPv6')));
});
