/**
 * Differential check, run by hand: the same bytes to our redis_proxy and to a real Envoy 1.40 (`envoy` on PATH or ENVOY_BIN), each in
 * front of one redis-server, and what comes back must be the same bytes. Differences kept on purpose say why.
 *
 *   node test/redis/oracle.ts [part of a case's name]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandTable } from '../../src/redis/commands.ts';
import { Client, freePort, RealRedis, request, startProxy } from './harness.ts';

interface Case {
  readonly name: string;
  readonly send: readonly (string | Buffer)[];
  /** Why the bytes may differ. */
  readonly differs?: string;
}

/** Sent last; nothing else is answered like this. */
const END = request('SETRANGE', 'oracle:end', '70007', 'x');
const LAST = ':70008\r\n';
const r = request;

/** Arguments with which each command means something on the keys that `SETUP` makes. */
const ARGUMENTS: Record<string, string[]> = {
  append: ['str', 'x'],
  bitcount: ['str'],
  bitfield: ['bf', 'INCRBY', 'u8', '0', '3'],
  bitpos: ['str', '1'],
  decr: ['num'],
  decrby: ['num', '2'],
  dump: ['none'],
  expire: ['num', '1000'],
  expireat: ['num', '4102444800'],
  geoadd: ['geo', '1', '2', 'm'],
  geodist: ['geo', 'a', 'b'],
  geohash: ['geo', 'a', 'none'],
  geopos: ['geo', 'a', 'none'],
  georadius_ro: ['geo', '13', '52', '500', 'km'],
  georadiusbymember_ro: ['geo', 'a', '500', 'km'],
  get: ['str'],
  getbit: ['str', '3'],
  getrange: ['str', '0', '2'],
  getset: ['str', 'new'],
  hdel: ['hash', 'f'],
  hexists: ['hash', 'f'],
  hget: ['hash', 'f'],
  hgetall: ['hash'],
  hincrby: ['hash', 'n', '2'],
  hincrbyfloat: ['hash', 'n', '0.5'],
  hkeys: ['hash'],
  hlen: ['hash'],
  hmget: ['hash', 'f', 'none'],
  hmset: ['hash', 'x', '1'],
  hscan: ['hash', '0'],
  hset: ['hash', 'y', '1'],
  hsetnx: ['hash', 'f', '1'],
  hstrlen: ['hash', 'f'],
  hvals: ['hash'],
  incr: ['num'],
  incrby: ['num', '5'],
  incrbyfloat: ['num', '1.5'],
  lindex: ['list', '0'],
  linsert: ['list', 'BEFORE', 'b', 'x'],
  llen: ['list'],
  lpop: ['list'],
  lpush: ['list', 'z'],
  lpushx: ['none', 'z'],
  lrange: ['list', '0', '-1'],
  lrem: ['list', '0', 'b'],
  lset: ['list', '0', 'q'],
  ltrim: ['list', '0', '1'],
  persist: ['num'],
  pexpire: ['num', '100000'],
  pexpireat: ['num', '4102444800000'],
  pfadd: ['hll', 'a'],
  pfcount: ['hll'],
  psetex: ['k', '1000', 'v'],
  pttl: ['none'],
  restore: ['k', '0', 'junk'],
  rpop: ['list'],
  rpush: ['list', 'e'],
  rpushx: ['list', 'e'],
  sadd: ['set1', 'q'],
  scard: ['set1'],
  set: ['k', 'v'],
  setbit: ['str', '1', '1'],
  setex: ['k', '100', 'v'],
  setnx: ['k', 'v'],
  setrange: ['str', '1', 'ab'],
  sismember: ['set1', 'm'],
  smembers: ['set1'],
  spop: ['set1'],
  srandmember: ['set1'],
  srem: ['set1', 'm'],
  sscan: ['set1', '0'],
  strlen: ['str'],
  ttl: ['none'],
  type: ['hash'],
  zadd: ['z', '3', 'c'],
  zcard: ['z'],
  zcount: ['z', '0', '5'],
  zincrby: ['z', '2', 'a'],
  zlexcount: ['z', '-', '+'],
  zpopmax: ['z'],
  zpopmin: ['z'],
  zrange: ['z', '0', '-1', 'WITHSCORES'],
  zrangebylex: ['z', '-', '+'],
  zrangebyscore: ['z', '0', '5'],
  zrank: ['z', 'b'],
  zrem: ['z', 'a'],
  zremrangebylex: ['z', '[a', '[a'],
  zremrangebyrank: ['z', '0', '0'],
  zremrangebyscore: ['z', '0', '1'],
  zrevrange: ['z', '0', '-1'],
  zrevrangebylex: ['z', '+', '-'],
  zrevrangebyscore: ['z', '5', '0'],
  zrevrank: ['z', 'b'],
  zscan: ['z', '0'],
  zscore: ['z', 'a'],
  eval: ['return {KEYS[1],ARGV[1]}', '1', 'k', 'v'],
  evalsha: ['ffff', '1', 'k'],
  del: ['str', 'num', 'none'],
  exists: ['str', 'str', 'none'],
  touch: ['str', 'none'],
  unlink: ['str', 'num'],
  mget: ['str', 'none', 'hash'],
  mset: ['m1', '1', 'm2', '2'],
  keys: ['*'],
  flushall: [],
  flushdb: ['ASYNC'],
  script: ['LOAD', 'return 1'],
  role: [],
  scan: ['0'],
  multi: [],
  exec: [],
  discard: [],
  watch: ['str'],
  unwatch: [],
  cluster: ['INFO'],
  'info.shard': ['0', 'modules'],
  config: ['GET', 'maxmemory'],
  slowlog: ['LEN'],
  'bf.add': ['str', '1'],
  'bf.card': ['str', '1'],
  'bf.exists': ['str', '1'],
  'bf.info': ['str', '1'],
  'bf.insert': ['str', '1'],
  'bf.loadchunk': ['str', '1'],
  'bf.madd': ['str', '1'],
  'bf.mexists': ['str', '1'],
  'bf.reserve': ['str', '1'],
  'bf.scandump': ['str', '1'],
  bitfield_ro: ['bf', 'GET', 'u8', '0'],
  bitop: ['AND', 'd', 'str'],
  copy: ['str', 'str2'],
  georadius: ['geo', '13', '52', '500', 'km'],
  georadiusbymember: ['geo', 'a', '500', 'km'],
  geosearch: ['geo', 'FROMMEMBER', 'a', 'BYRADIUS', '500', 'km'],
  geosearchstore: ['g2', 'geo', 'FROMMEMBER', 'a', 'BYRADIUS', '500', 'km'],
  getdel: ['str'],
  getex: ['str', 'EX', '100'],
  hello: ['2'],
  hexpire: ['str', '1'],
  hexpireat: ['str', '1'],
  hexpiretime: ['str', '1'],
  hpersist: ['str', '1'],
  hpexpire: ['str', '1'],
  hpexpireat: ['str', '1'],
  hpexpiretime: ['str', '1'],
  hpttl: ['str', '1'],
  hrandfield: ['hash', '0'],
  httl: ['str', '1'],
  lmove: ['list', 'list', 'LEFT', 'RIGHT'],
  lpos: ['list', 'b'],
  msetnx: ['m1', '1', 'm2', '2'],
  object: ['ENCODING', 'str'],
  pfmerge: ['hll', 'hll2'],
  publish: ['ch', 'm'],
  rename: ['str', 's2'],
  renamenx: ['str', 's2'],
  rpoplpush: ['list', 'list2'],
  sdiff: ['set1', 'set2'],
  sdiffstore: ['set3', 'set1', 'set2'],
  sinter: ['set1', 'set2'],
  sinterstore: ['set3', 'set1', 'set2'],
  smismember: ['set1', 'm', 'n'],
  smove: ['set1', 'set2', 'm'],
  sort: ['list', 'ALPHA'],
  sort_ro: ['list', 'ALPHA'],
  substr: ['str', '0', '1'],
  sunion: ['set1', 'set2'],
  sunionstore: ['set3', 'set1'],
  xack: ['st', 'g', '1-1'],
  xadd: ['st', '9-1', 'f', 'v'],
  xautoclaim: ['st', 'g', 'c', '0', '0'],
  xclaim: ['st', 'g', 'c', '0', '1-1'],
  xdel: ['st', '1-1'],
  xlen: ['st'],
  xpending: ['st', 'g'],
  xrange: ['st', '-', '+'],
  xrevrange: ['st', '+', '-'],
  xtrim: ['st', 'MAXLEN', '0'],
  zdiff: ['1', 'z'],
  zdiffstore: ['z2', '1', 'z'],
  zinter: ['1', 'z'],
  zinterstore: ['z2', '1', 'z'],
  zmscore: ['z', 'a', 'q'],
  zrandmember: ['z', '0'],
  zrangestore: ['z2', 'z', '0', '-1'],
  zunion: ['1', 'z'],
  zunionstore: ['z2', '1', 'z'],
};

const SETUP = [
  r('FLUSHALL'),
  r('SET', 'str', 'hello'),
  r('SET', 'num', '10'),
  r('HSET', 'hash', 'f', 'v', 'n', '1'),
  r('RPUSH', 'list', 'a', 'b', 'c'),
  r('SADD', 'set1', 'm'),
  r('ZADD', 'z', '1', 'a', '2', 'b'),
  r('GEOADD', 'geo', '13.361389', '52.115556', 'a', '13.087269', '52.502669', 'b'),
];

function cases(): Case[] {
  const list: Case[] = [];
  const add = (name: string, ...send: (string | Buffer)[]): void => void list.push({ name, send });
  const kept = (name: string, differs: string, ...send: (string | Buffer)[]): void =>
    void list.push({ name, send, differs });
  for (const c of commandTable(false).countedNames) {
    // Of several keys it gives any; behaviour.md R18 and R19.
    if (c === 'randomkey' || c === 'info' || c === 'select') continue;
    add(`command ${c}`, r(c, ...ARGUMENTS[c]));
    add(
      `command ${c} in capitals, twice, pipelined`,
      Buffer.concat([r(c.toUpperCase(), ...ARGUMENTS[c]), r(c, ...ARGUMENTS[c])]),
    );
    add(`command ${c} without arguments`, r(c));
    add(`command ${c} with one argument`, r(c, 'none'));
    add(
      `command ${c} on a key of the wrong type`,
      r(c, 'hash', ...ARGUMENTS[c].slice(1)),
      r(c, 'list', ...ARGUMENTS[c].slice(1)),
    );
  }
  for (const words of [['PING'], ['ping'], ['PING', 'x'], ['PING', 'x', 'y']])
    add(`PING of ${words.length}: ${words[0]}`, r(...words));
  add('AUTH', r('AUTH', 'x'), r('AUTH', 'x', 'y'), r('AUTH', 'x', 'y', 'z'), r('AUTH'));
  add('unknown command', r('FOO', 'a'), r('FOO'), r('foo', 'a', 'b'), r('', 'a'));
  add('a reply of every type', r('EVAL', "return {1,'a',{ok='x'},{err='ERR e'},false,{},{{}}}", '1', 'k'));
  add('nested 7 deep', r('EVAL', 'return {{{{{{{1}}}}}}}', '1', 'k'));
  add(
    'status and error of scripts',
    r('EVAL', "return {ok='fine'}", '1', 'k'),
    r('EVAL', "return {err='ERR bad'}", '1', 'k'),
  );
  add('binary key and value', r('SET', 'a\r\nb\0', '\xff\r\n$1\r\n'), r('GET', 'a\r\nb\0'));
  add('empty key and value', r('SET', '', ''), r('GET', ''), r('MGET', '', ''), r('DEL', ''));
  add('values of 1 MB', r('SET', 'big', Buffer.alloc(1024 * 1024, 'x')), r('GET', 'big'), r('MGET', 'big', 'big'));
  add('MGET of 1000', r('MGET', ...new Array(1000).fill('str')));
  add('MSET of 1000', r('MSET', ...Array.from({ length: 2000 }, (_, i) => `k${i >> 1}`)), r('GET', 'k999'));
  add('MSET odd', r('MSET', 'a', 'b', 'c'), r('MSET', 'a'));
  add('DEL errors', r('DEL'), r('DEL', 'str'), r('del', 'str', 'num', 'hash'));
  add(
    '1000 in one write',
    Buffer.concat(Array.from({ length: 1000 }, (_, i) => r(i % 3 === 0 ? 'PING' : 'INCR', 'num'))),
  );
  add('byte by byte', ...[...r('SET', 'k', 'v'), ...r('GET', 'k')].map((b) => Buffer.from([b])));
  add(
    'arrays that are no requests',
    '*0\r\n',
    '*-1\r\n',
    '*1\r\n*1\r\n$1\r\na\r\n',
    '*1\r\n:1\r\n',
    '*1\r\n$-1\r\n',
    '*2\r\n$3\r\nGET\r\n+a\r\n',
  );
  add('values that are no arrays', '+OK\r\n', '-ERR\r\n', ':1\r\n', '$1\r\na\r\n', '$-1\r\n');
  for (const bad of [
    '*1\r\n!',
    '*a\r\n',
    '*1\r\n$a\r\n',
    '*1\r\n$1\r\nab\r\n',
    '*1\n',
    '*1\r\n$4\r\nPING\n\n',
    '\0',
    '!',
  ]) {
    add(`broken: ${JSON.stringify(bad)}`, bad);
  }
  add('broken after a good one', r('PING'), '*1\r\n!');
  add(
    'inline',
    'PING\r\n',
    'SET k "a b"\r\n',
    'GET k\r\n',
    "SET k 'it\\'s'\r\n",
    'GET k\r\n',
    'SET k "\\x41\\n\\t\\\\"\r\n',
    'GET k\r\n',
  );
  kept('inline: an empty line', 'Redis ignores it, and redis-cli --pipe sends one', '\r\n');
  add('inline: spaces', '   PING   \r\n');
  add('inline: unbalanced', 'SET k "a\r\n');
  add('inline: quotes inside', 'SET k a"b\r\n');
  add('inline and arrays mixed', Buffer.concat([Buffer.from('PING\r\n'), r('GET', 'str'), Buffer.from('GET str\r\n')]));
  add('HELLO 3', r('HELLO', '3'));
  kept('inline: a bare line feed', 'Redis ends the line there, Envoy waits for CR', 'PING\n');
  kept(
    'inline: what a browser sends',
    'Redis closes on POST and Host:, so do we; Envoy answers',
    'POST / HTTP/1.1\r\n',
  );
  kept(
    'lengths with leading zeros',
    'Redis refuses them; bytes are forwarded as they are',
    '*02\r\n$03\r\nGET\r\n$3\r\nstr\r\n',
  );
  for (const bad of ['(1\r\n', '%1\r\n', '_\r\n', '#t\r\n', ',1.5\r\n']) {
    kept(`RESP3: ${JSON.stringify(bad)}`, 'only RESP2 is understood, as by 1.16; 1.40 decodes RESP3', bad);
  }
  add('empty lengths', '*\r\n', '$\r\n\r\n');
  add('negative lengths other than -1', '*-5\r\n', '$-7\r\n');
  add('a line end in a command name', r('f\r\noo', 'a'));
  for (const words of [
    'ECHO',
    'ECHO x',
    'ECHO x y',
    'QUIT',
    'QUIT x',
    'CLIENT',
    'CLIENT ID',
    'client SetName x',
    'CLIENT SETNAME',
    'CLIENT SETINFO lib-name x',
    'CLIENT SETINFO x',
    'HELLO 2 AUTH u p',
    'HELLO 2 AUTH u',
    'HELLO 2 SETNAME x',
    'HELLO 2 SETNAME',
    'HELLO 2 FOO',
    'HELLO 22',
    'HELLO 3 FOO',
    'OBJECT HELP',
    'object encoding str',
  ]) {
    add(`answered here: ${words}`, r(...words.split(' ')));
  }
  kept(
    'QUIT between requests',
    'Redis answers nothing behind it, nor do we; Envoy does',
    Buffer.concat([r('GET', 'str'), r('QUIT'), r('GET', 'num')]),
  );
  kept('TIME', 'the microseconds of the second, as Redis; Envoy says those since 1970', r('TIME'));
  for (const words of [
    'MULTI ; SET k 1 ; INCR k ; EXEC ; GET k',
    'MULTI ; MULTI ; EXEC ; EXEC ; DISCARD',
    'WATCH k ; MULTI ; SET k 1 ; UNWATCH ; EXEC',
    'WATCH ; UNWATCH x ; MULTI ; UNWATCH ; WATCH ; DISCARD',
    'MULTI ; HELLO ; CLIENT ID ; SELECT 0 ; EVAL x 1 k ; EXISTS k ; SCAN 0 ; PING ; EXEC',
    'MULTI ; SET k ; GET k ; EXEC',
  ]) {
    add(`transaction: ${words}`, Buffer.concat(words.split(' ; ').map((w) => r(...w.split(' ')))));
  }
  return list;
}

/** What comes back for the case, up to the answer of a closing PING, the end of the connection, or silence. */
async function answers(port: number, send: readonly (string | Buffer)[]): Promise<string> {
  const c = await Client.to(port);
  for (const part of send) {
    c.write(part);
    if (send.length > 1) await new Promise((resolve) => setImmediate(resolve));
  }
  c.write(END);
  const text = await c.until((s) => s.endsWith(LAST), 1500);
  c.close();
  return text;
}

async function direct(port: number, send: readonly Buffer[]): Promise<void> {
  const c = await Client.to(port);
  c.write(Buffer.concat([...send, END]));
  await c.until((s) => s.endsWith(LAST), 5000);
  c.close();
}

async function startEnvoy(port: number, redisPort: number): Promise<{ child: ChildProcess; dir: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'oracle-'));
  const address = (p: number): string => `{ socket_address: { address: 127.0.0.1, port_value: ${p} } }`;
  writeFileSync(
    join(dir, 'envoy.yaml'),
    `static_resources:
  listeners:
  - address: ${address(port)}
    filter_chains:
    - filters:
      - name: envoy.filters.network.redis_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy
          stat_prefix: p
          settings: { op_timeout: 5s }
          prefix_routes: { catch_all_route: { cluster: redis } }
  clusters:
  - name: redis
    type: STATIC
    connect_timeout: 1s
    load_assignment:
      cluster_name: redis
      endpoints: [{ lb_endpoints: [{ endpoint: { address: ${address(redisPort)} } }] }]
`,
  );
  const args = ['-c', join(dir, 'envoy.yaml'), '--concurrency', '1', '--use-dynamic-base-id', '-l', 'error'];
  const child = spawn(process.env.ENVOY_BIN ?? 'envoy', args, { stdio: ['ignore', 'inherit', 'inherit'] });
  for (let i = 0; ; i++) {
    const up = await new Promise<boolean>((resolve) => {
      const s = createConnection(port, '127.0.0.1', () => {
        s.destroy();
        resolve(true);
      });
      s.on('error', () => resolve(false));
    });
    if (up) return { child, dir };
    if (i > 200) throw new Error('envoy does not come up');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const only = process.argv[2] ?? '';
const redis = await RealRedis.start();
const ours = await startProxy([redis.port], { envoy16: false });
const envoyPort = await freePort();
const envoy = await startEnvoy(envoyPort, redis.port);
let same = 0;
let known = 0;
let wrong = 0;
const show = (text: string): string =>
  JSON.stringify(text.length > 300 ? `${text.slice(0, 300)}… (${text.length})` : text);
for (const c of cases()) {
  if (!c.name.includes(only)) continue;
  await direct(redis.port, SETUP);
  const theirs = await answers(envoyPort, c.send);
  await direct(redis.port, SETUP);
  const mine = await answers(ours.port, c.send);
  if (mine === theirs) {
    same++;
    if (c.differs !== undefined) console.log(`no difference any more: ${c.name} (${c.differs})`);
    continue;
  }
  if (c.differs !== undefined) known++;
  else wrong++;
  console.log(`${c.differs !== undefined ? `kept (${c.differs})` : 'DIFFERENT'}: ${c.name}`);
  console.log(`  envoy ${show(theirs)}\n  ours  ${show(mine)}`);
}
console.log(`${same} the same, ${known} kept differences, ${wrong} others`);
await ours.close();
envoy.child.kill('SIGTERM');
rmSync(envoy.dir, { recursive: true });
await redis.stop();
process.exit(wrong === 0 ? 0 : 1);
