/** envoy.clusters.redis: which hosts there are and whose slots are whose, with hosts that say what a test wants, and with six real ones. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import t from 'tap';
import type { RedisClusterConfig, RedisProxyConnPoolSettings } from '../../src/config/schema/types.ts';
import { ClusterRefresh } from '../../src/redis/cluster-refresh.ts';
import { hashKey, keyHash, slotKey } from '../../src/redis/key-hash.ts';
import type { ClusterInfo } from '../../src/upstream/cluster-info.ts';
import { slotRanges } from '../../src/upstream/discovery/cluster-slots.ts';
import { LoadedClusterTypes } from '../../src/upstream/discovery/cluster-types.ts';
import { Client, FakeRedis, freePort, RealRedis, request, startProxy, type TestProxy } from './harness.ts';

const run = promisify(execFile);
const TYPE = 'envoy.extensions.clusters.redis.v3.RedisClusterConfig';
const types = new LoadedClusterTypes();
await types.prepare([{ clusterType: { name: 'envoy.clusters.redis', typedConfig: { typeUrl: TYPE, value: {} } } }]);

const QUESTION = request('CLUSTER', 'SLOTS').toString('latin1');

function cluster(ports: readonly number[], config: RedisClusterConfig = {}, settings: object = {}) {
  return startProxy(ports, {
    envoy16: false,
    types,
    cluster: {
      type: undefined,
      lbPolicy: 'CLUSTER_PROVIDED',
      clusterType: { name: 'envoy.clusters.redis', typedConfig: { typeUrl: TYPE, value: config } },
    },
    config: { settings: { opTimeout: 5000, enableRedirection: true, ...settings } },
  });
}

type Range = [from: number, to: number, ...ports: number[]];

/** What a host says of the cluster. */
function slots(...ranges: readonly Range[]): string {
  const node = (port: number) => `*2\r\n$9\r\n127.0.0.1\r\n:${port}\r\n`;
  const line = ([from, to, ...ports]: Range) =>
    `*${2 + ports.length}\r\n:${from}\r\n:${to}\r\n${ports.map(node).join('')}`;
  return `*${ranges.length}\r\n${ranges.map(line).join('')}`;
}

/** Answers CLUSTER SLOTS with what `says` holds, and each other request with its own name. */
class Node {
  readonly host: FakeRedis;
  says = '';
  asked = 0;
  readonly seen: string[] = [];
  private constructor(host: FakeRedis, name: string) {
    this.host = host;
    host.onData = (socket, data) => {
      for (const part of data.toString('latin1').split(/(?=\*\d+\r\n\$\d+\r\n[A-Za-z])/)) {
        if (part === QUESTION) {
          this.asked++;
          if (this.says !== '') socket.write(this.says);
        } else {
          this.seen.push(
            part
              .replaceAll(/\*\d+\r\n|\$\d+\r\n/g, '')
              .replaceAll('\r\n', ' ')
              .trim(),
          );
          socket.write(`$${name.length}\r\n${name}\r\n`);
        }
      }
    };
  }
  static async start(name: string): Promise<Node> {
    return new Node(await FakeRedis.start(), name);
  }
  get port(): number {
    return this.host.port;
  }
}

async function nodes(t: { teardown(fn: () => unknown): void }, ...names: string[]): Promise<Node[]> {
  const made: Node[] = [];
  for (const name of names) made.push(await Node.start(name));
  t.teardown(() => Promise.all(made.map((n) => n.host.close())));
  return made;
}

async function client(t: { teardown(fn: () => unknown): void }, proxy: TestProxy): Promise<Client> {
  const c = await Client.to(proxy.port);
  t.teardown(async () => {
    c.close();
    await proxy.close();
  });
  return c;
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setImmediate(resolve));
}

t.test('slots of keys are Redis’s: CRC16, of the tag where there is one', (t) => {
  const slot = (key: string): number => {
    slotKey(Buffer.from(`xx${key}yy`), 2, Buffer.byteLength(key), 0);
    return keyHash.hashLo;
  };
  // From `CLUSTER KEYSLOT` of redis-server 7.0.15.
  for (const [key, is] of [
    ['123456789', 12739],
    ['foo', 12182],
    ['{foo}bar', 12182],
    ['a{foo}', 12182],
    ['{}foo', 9500],
    ['', 0],
    ['{', 4092],
  ] as const) {
    t.equal(slot(key), is, key);
  }
  hashKey(Buffer.from('{a}b'), 0, 4, true);
  const { hashHi, hashLo } = keyHash;
  hashKey(Buffer.from('a'), 0, 1, true);
  t.strictSame([keyHash.hashHi, keyHash.hashLo], [hashHi, hashLo]);
  t.end();
});

t.test('what is no answer to CLUSTER SLOTS', (t) => {
  for (const text of [
    '+OK\r\n',
    '-ERR This instance has cluster support disabled\r\n',
    '*1\r\n:1\r\n',
    '*1\r\n*2\r\n:0\r\n:1\r\n',
    '*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$1\r\na\r\n:1\r\n',
    '*1\r\n*3\r\n:5\r\n:4\r\n*2\r\n$1\r\na\r\n:1\r\n',
    '*1\r\n*3\r\n:-1\r\n:4\r\n*2\r\n$1\r\na\r\n:1\r\n',
    '*1\r\n*3\r\n:0\r\n:4\r\n*2\r\n$1\r\na\r\n:65536\r\n',
    '*1\r\n*3\r\n:0\r\n:4\r\n*1\r\n$1\r\na\r\n',
    '*1\r\n*3\r\n:0\r\n:4\r\n*2\r\n:1\r\n:1\r\n',
    '$5\r\nslots\r\n',
  ]) {
    t.equal(slotRanges(Buffer.from(text)), null, text);
  }
  t.strictSame(slotRanges(Buffer.from('*0\r\n')), []);
  t.strictSame(slotRanges(Buffer.from('*1\r\n*3\r\n:0\r\n:4\r\n*3\r\n$-1\r\n:7\r\n$2\r\nid\r\n')), [
    { from: 0, to: 4, nodes: [{ host: '', port: 7 }] },
  ]);
  t.end();
});

t.test('each key goes to the primary of its slot; a slot of nobody goes to the first shard, which knows', async (t) => {
  const [a, b] = await nodes(t, 'A', 'B');
  a.says = slots([0, 5000, a.port], [12000, 13000, b.port]);
  const c = await client(t, await cluster([a.port]));
  t.equal(await c.ask(request('GET', 'foo'), '$1\r\nB\r\n'), '$1\r\nB\r\n');
  t.equal(await c.ask(request('GET', ''), '$1\r\nA\r\n'), '$1\r\nA\r\n');
  t.equal(await c.ask(request('GET', '{}foo'), '$1\r\nA\r\n'), '$1\r\nA\r\n');
  const both = '*2\r\n$1\r\nB\r\n$1\r\nA\r\n';
  t.equal(await c.ask(request('MGET', 'foo', ''), both), both);
});

t.test('read_policy chooses among primary and replicas, for what changes nothing', async (t) => {
  for (const [readPolicy, takes] of [
    ['MASTER', /^P$/],
    ['PREFER_MASTER', /^P$/],
    ['REPLICA', /^R$/],
    ['PREFER_REPLICA', /^R$/],
    ['ANY', /^[PR]$/],
  ] as [RedisProxyConnPoolSettings['readPolicy'], RegExp][]) {
    const [p, r] = await nodes(t, 'P', 'R');
    p.says = slots([0, 16383, p.port, r.port]);
    r.says = p.says;
    const c = await client(t, await cluster([p.port], {}, { readPolicy }));
    const got = new Set<string>();
    for (let i = 0; i < 40; i++) got.add((await c.ask(request('GET', 'k'), '$1\r\nX\r\n'))[4]);
    t.ok(
      [...got].every((g) => takes.test(g)),
      `${readPolicy}: ${[...got]}`,
    );
    if (readPolicy === 'ANY') t.equal(got.size, 2, 'both are asked');
    t.equal(await c.ask(request('SET', 'k', 'v'), '$1\r\nP\r\n'), '$1\r\nP\r\n', 'a change goes to the primary');
    t.equal([...p.seen, ...r.seen].includes('readonly'), readPolicy !== 'MASTER');
  }
});

t.test('what moves is asked for again: when it is time, and at once after redirections', async (t) => {
  const [a, b] = await nodes(t, 'A', 'B');
  a.says = slots([0, 16383, a.port]);
  const proxy = await cluster([a.port], { redirectRefreshThreshold: 2, redirectRefreshInterval: 0 });
  const c = await client(t, proxy);
  await c.ask(request('GET', 'k'), '$1\r\nA\r\n');
  const moved = `-MOVED 1 127.0.0.1:${b.port}\r\n`;
  const usual = a.host.onData!;
  a.host.onData = (socket, data) => {
    if (data.toString('latin1') === QUESTION) usual(socket, data);
    else socket.write(moved);
  };
  a.says = slots([0, 16383, b.port]);
  b.says = a.says;
  const before = a.asked;
  for (let i = 0; i < 2; i++) t.equal(await c.ask(request('GET', 'k'), '$1\r\nB\r\n'), '$1\r\nB\r\n');
  await until(() => proxy.value('cluster.redis.membership_change') === 2);
  t.equal(a.asked, before + 1);
  const redirects = proxy.value('cluster.redis.upstream_internal_redirect_succeeded_total');
  await c.ask(request('GET', 'k'), '$1\r\nB\r\n');
  t.equal(proxy.value('cluster.redis.upstream_internal_redirect_succeeded_total'), redirects, 'it goes there directly');
});

t.test(
  'hosts that do not answer, answer rubbish or have no slots leave what was known, and the start goes on',
  async (t) => {
    const [a] = await nodes(t, 'A');
    const proxy = await cluster([a.port], { clusterRefreshTimeout: 50, clusterRefreshRate: 20 });
    const c = await client(t, proxy);
    t.equal(await c.ask(request('GET', 'k'), '-no upstream host\r\n'), '-no upstream host\r\n');
    t.ok(proxy.value('cluster.redis.update_failure') > 0);
    a.says = '*0\r\n';
    await until(() => proxy.value('cluster.redis.update_empty') > 0);
    a.says = slots([0, 16383, a.port]);
    await until(() => proxy.value('cluster.redis.update_success') > 0);
    t.equal(await c.ask(request('GET', 'k'), '$1\r\nA\r\n'), '$1\r\nA\r\n');
    const failed = proxy.value('cluster.redis.update_failure');
    a.says = '*1\r\n:1\r\n';
    await until(() => proxy.value('cluster.redis.update_failure') > failed);
    a.says = '!no RESP\r\n';
    await until(() => proxy.value('cluster.redis.update_failure') > failed + 1);
    t.equal(await c.ask(request('GET', 'k'), '$1\r\nA\r\n'), '$1\r\nA\r\n');
  },
);

t.test('hosts are asked again after failures and after degraded hosts, where thresholds say so', async (t) => {
  const [a] = await nodes(t, 'A');
  a.says = slots([0, 16383, a.port]);
  const proxy = await cluster([a.port], {
    failureRefreshThreshold: 3,
    redirectRefreshInterval: 0,
    clusterRefreshRate: 1e8,
  });
  const c = await client(t, proxy);
  await c.ask(request('GET', 'k'), '$1\r\nA\r\n');
  const usual = a.host.onData!;
  a.host.onData = (socket, data) => {
    if (data.toString('latin1') === QUESTION) usual(socket, data);
    else socket.destroy();
  };
  const before = a.asked;
  const failed = '-upstream failure\r\n';
  for (let i = 0; i < 3; i++) {
    t.equal(a.asked, before);
    t.equal(await c.ask(request('GET', 'k'), failed), failed);
  }
  await until(() => a.asked === before + 1);
  const count = (config: RedisClusterConfig): { refresh: ClusterRefresh; times: () => number } => {
    let n = 0;
    const info = { name: 'x', config: { clusterType: { typedConfig: { value: config } } } } as unknown as ClusterInfo;
    return { refresh: new ClusterRefresh(info, () => void n++), times: () => n };
  };
  const degraded = count({ hostDegradedRefreshThreshold: 2, redirectRefreshInterval: 0 });
  for (let i = 0; i < 5; i++) degraded.refresh.on(2);
  t.equal(degraded.times(), 2);
  const off = count({ redirectRefreshThreshold: 0 });
  for (let i = 0; i < 100; i++) {
    off.refresh.on(0);
    off.refresh.on(1);
    off.refresh.on(2);
  }
  t.equal(off.times(), 0, 'zero is never; so are the defaults of the two others');
  const usually = count({});
  for (let i = 0; i < 100; i++) usually.refresh.on(0);
  t.equal(usually.times(), 1, 'once in 5 s');
});

t.test('the password is said before the question', async (t) => {
  const [a] = await nodes(t, 'A');
  const asked: string[] = [];
  a.host.onData = (socket, data) => {
    asked.push(data.toString('latin1'));
    if (asked.join('').includes(QUESTION)) socket.write(`+OK\r\n${slots([0, 16383, a.port])}`);
  };
  const proxy = await startProxy([a.port], {
    types,
    cluster: {
      type: undefined,
      lbPolicy: 'CLUSTER_PROVIDED',
      clusterType: { name: 'envoy.clusters.redis', typedConfig: { typeUrl: TYPE, value: {} } },
      typedExtensionProtocolOptions: new Map([
        ['envoy.filters.network.redis_proxy', { typeUrl: 'o', value: { authPassword: { inlineString: 'x' } } }],
      ]),
    },
  });
  t.teardown(() => proxy.close());
  t.equal(asked.join(''), request('auth', 'x').toString('latin1') + QUESTION);
  t.equal(proxy.value('cluster.redis.membership_total'), 1);
});

t.test('an answer that comes byte by byte is read as it comes', async (t) => {
  const [a] = await nodes(t, 'A');
  a.says = slots([0, 8000, a.port], [8001, 16383, a.port]);
  const usual = a.host.onData!;
  a.host.onData = (socket, data) => {
    if (data.toString('latin1') !== QUESTION) {
      usual(socket, data);
      return;
    }
    const bytes = [...Buffer.from(a.says)];
    const next = (): void => {
      const b = bytes.shift();
      if (b !== undefined && !socket.destroyed) socket.write(Buffer.from([b]), () => setImmediate(next));
    };
    next();
  };
  const c = await client(t, await cluster([a.port]));
  t.equal(await c.ask(request('GET', 'k'), '$1\r\nA\r\n'), '$1\r\nA\r\n');
});

t.test('six real servers: keys everywhere, a slot that moves under load, a primary that dies', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'redis-cluster-'));
  const servers: RealRedis[] = [];
  for (let i = 0; i < 6; i++) {
    const port = await freePort();
    servers.push(
      await RealRedis.start(port, [
        ...['--cluster-enabled', 'yes', '--cluster-config-file', join(dir, `${i}.conf`)],
        ...[
          '--cluster-node-timeout',
          '1000',
          '--repl-diskless-sync-delay',
          '0',
          '--cluster-port',
          `${await freePort()}`,
          '--dir',
          dir,
        ],
      ]),
    );
  }
  t.teardown(async () => {
    await Promise.all(servers.map((s) => s.stop()));
    rmSync(dir, { recursive: true });
  });
  const addresses = servers.map((s) => `127.0.0.1:${s.port}`);
  const all = ['--cluster', 'create', ...addresses, '--cluster-replicas', '1', '--cluster-yes'];
  await run('redis-cli', all);
  for (const s of servers) {
    while (!(await cli(s, 'cluster', 'info')).includes('cluster_state:ok'));
    // A replica that was never in step cannot take over.
    while (!/^master|\nconnected\n/.test(await cli(s, 'role')));
  }
  const proxy = await cluster([servers[0].port], { clusterRefreshRate: 200, redirectRefreshInterval: 0 });
  t.teardown(() => proxy.close());
  const redis = new Redis({ port: proxy.port, host: '127.0.0.1', enableReadyCheck: false, retryStrategy: () => null });
  t.teardown(() => redis.disconnect());
  const keys = Array.from({ length: 300 }, (_, i) => `key:${i}`);
  t.equal(await redis.mset(keys.flatMap((k, i) => [k, `${i}`])), 'OK');
  t.strictSame(
    await redis.mget(keys),
    keys.map((_, i) => `${i}`),
  );
  t.equal((await redis.keys('key:*')).length, 300, 'of all primaries, no key twice');
  for (const s of servers.slice(0, 3)) t.ok(proxy.value('cluster.redis.upstream_cx_active') >= 3, `${s.port}`);

  // What goes to all of them, or to one.
  const found: string[] = [];
  let cursor = '0';
  do {
    const [next, some] = await redis.scan(cursor, 'MATCH', 'key:*', 'COUNT', 40);
    cursor = next;
    found.push(...some);
  } while (cursor !== '0');
  t.strictSame([...new Set(found)].sort(), [...keys].sort(), 'SCAN finds all keys');
  t.match(await redis.info('keyspace'), /db0:keys=300,/);
  t.match(await redis.cluster('SLOTS'), { length: 3 });
  t.strictSame(await redis.multi().set('{t}a', '1').incr('{t}a').sadd('{t}b', 'x').exec(), [
    [null, 'OK'],
    [null, 2],
    [null, 1],
  ]);
  const torn = await redis
    .multi()
    .set('key:1', 'x')
    .set('key:2', 'x')
    .exec()
    .catch((e: Error) => e.message);
  t.match(torn, /EXECABORT|CROSSSLOT/, 'keys of two slots');
  t.strictSame(await redis.mget('key:1', 'key:2'), ['1', '2']);

  // The slot of one key moves while it is read and written.
  const [from, to] = await ownerAndOther(servers, 'key:7');
  let over = false;
  let asked = 0;
  const load = (async () => {
    while (!over) {
      t.equal(await redis.set('key:7', `${asked}`), 'OK');
      if ((await redis.get('key:7')) !== `${asked}`) t.fail(`${asked} was lost`);
      asked++;
    }
  })();
  const slot = (await cli(from, 'cluster', 'keyslot', 'key:7')).trim();
  const [fromId, toId] = [(await cli(from, 'cluster', 'myid')).trim(), (await cli(to, 'cluster', 'myid')).trim()];
  await cli(to, 'cluster', 'setslot', slot, 'importing', fromId);
  await cli(from, 'cluster', 'setslot', slot, 'migrating', toId);
  await cli(from, 'migrate', '127.0.0.1', `${to.port}`, 'key:7', '0', '5000');
  const between = asked;
  await until(() => asked > between + 20);
  await cli(to, 'cluster', 'setslot', slot, 'node', toId);
  await cli(from, 'cluster', 'setslot', slot, 'node', toId);
  const after = asked;
  await until(() => asked > after + 20);
  over = true;
  await load;
  t.ok(proxy.value('cluster.redis.upstream_internal_redirect_succeeded_total') > 0, 'ASK and MOVED were followed');

  // Its replica takes over.
  await to.stop();
  for (;;) {
    const answer = await redis.set('key:7', 'after').catch((e: Error) => e.message);
    if (answer === 'OK') break;
    t.match(answer, /upstream failure|no upstream host|CLUSTERDOWN/);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  t.equal(await redis.get('key:7'), 'after');
});

async function cli(server: RealRedis, ...words: string[]): Promise<string> {
  const { stdout } = await run('redis-cli', ['-p', `${server.port}`, ...words]);
  if (stdout.startsWith('ERR')) throw new Error(stdout);
  return stdout;
}

/** The primary that has a key, and another one. */
async function ownerAndOther(servers: readonly RealRedis[], key: string): Promise<[RealRedis, RealRedis]> {
  const primaries: RealRedis[] = [];
  for (const s of servers) if ((await cli(s, 'role')).startsWith('master')) primaries.push(s);
  for (const s of primaries) {
    const { stdout } = await run('redis-cli', ['-p', `${s.port}`, 'get', key]);
    if (!stdout.startsWith('MOVED')) return [s, primaries.find((p) => p !== s) as RealRedis];
  }
  throw new Error('no primary has it');
}
