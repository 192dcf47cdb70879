/**
 * The commands of redis_proxy: those of Envoy 1.16, which are in SIMPLE_NAMES and in the rows below, and of 1.40's what it has beyond them
 * (source/extensions/filters/network/common/redis/supported_commands.h), whatever the config's version: a client that works without them
 * works with them.
 */
import { asciiLower } from '../platform/wire-text.ts';
import { type Aggregator, ARRAYS, CONCATENATED, OKS, SAME, SUM, SUM_OF_HOSTS } from './aggregators.ts';
import {
  type CommandSpec,
  CommandTable,
  DISCARD,
  EXEC,
  FORWARD,
  HOSTS,
  type HostsChoice,
  LOCAL,
  MULTI,
  type Parts,
  SPLIT,
  TRANSACTION,
  UNWATCH,
  WATCH,
} from './command-table.ts';
import { type Asked, auth, client, echo, hello, type LocalAnswer, ping, quit, select, time } from './local-answers.ts';
import { rareCommands } from './rare-commands.ts';

const SIMPLE_NAMES =
  'append bitcount bitfield bitpos decr decrby dump expire expireat geoadd geodist geohash geopos georadius_ro ' +
  'georadiusbymember_ro get getbit getrange getset hdel hexists hget hgetall hincrby hincrbyfloat hkeys hlen hmget hmset ' +
  'hscan hset hsetnx hstrlen hvals incr incrby incrbyfloat lindex linsert llen lpop lpush lpushx lrange lrem lset ltrim ' +
  'persist pexpire pexpireat pfadd pfcount psetex pttl restore rpop rpush rpushx sadd scard set setbit setex setnx setrange ' +
  'sismember smembers spop srandmember srem sscan strlen ttl type zadd zcard zcount zincrby zlexcount zpopmax zpopmin zrange ' +
  'zrangebylex zrangebyscore zrank zrem zremrangebylex zremrangebyrank zremrangebyscore zrevrange zrevrangebylex ' +
  'zrevrangebyscore zrevrank zscan zscore';

/** Since then. Commands of several keys go whole to the host of the first: the others are there by the client's hashtags or not at all. */
const LATER_NAMES =
  'bf.add bf.card bf.exists bf.info bf.insert bf.loadchunk bf.madd bf.mexists bf.reserve bf.scandump bitfield_ro bitop copy ' +
  'georadius georadiusbymember geosearch geosearchstore getdel getex hexpire hexpireat hexpiretime hpersist hpexpire hpexpireat ' +
  'hpexpiretime hpttl hrandfield httl lmove lpos msetnx pfmerge publish rename renamenx rpoplpush sdiff sdiffstore sinter ' +
  'sinterstore smismember smove sort sort_ro substr sunion sunionstore xack xadd xautoclaim xclaim xdel xlen xpending xrange ' +
  'xrevrange xtrim zdiff zdiffstore zinter zinterstore zmscore zrandmember zrangestore zunion zunionstore';

/**
 * What Envoy takes for commands that change something, for `exclude_read_commands` and `read_command_policy`: all others count as reads, also
 * the commands of streams and Bloom filters (seen with real Envoy 1.40).
 */
const WRITES = new Set(
  (
    'append bitfield bitop copy decr decrby del eval evalsha expire expireat geoadd georadius georadiusbymember geosearchstore getdel hdel ' +
    'hexpire hexpireat hincrby hincrbyfloat hmset hpersist hpexpire hpexpireat hset hsetnx incr incrby incrbyfloat linsert lmove lpop ' +
    'lpush lpushx lrem lset ltrim mset msetnx persist pexpire pexpireat pfadd pfmerge psetex rename renamenx restore rpop rpoplpush rpush ' +
    'rpushx sadd sdiffstore set setbit setex setnx setrange sinterstore smove sort spop srem sunionstore touch unlink zadd zdiffstore ' +
    'zincrby zinterstore zpopmax zpopmin zrangestore zrem zremrangebylex zremrangebyrank zremrangebyscore zunionstore'
  ).split(' '),
);

/** By the key's place. */
const ONE_KEY = [0, 1, 2, 3].map((at) => ({ first: at, last: at, step: 1 }));

/** Envoy asks for a key and no more; the host knows what else is missing. */
const forwarded = (name: string, key = 1): CommandSpec => ({
  name,
  arity: -(key + 1),
  keys: ONE_KEY[key],
  handler: FORWARD,
  counted: true,
  writes: WRITES.has(name),
});
/** One request for each key and the words up to the next one. */
const split = (name: string, step: number, parts: Parts): CommandSpec => ({
  name,
  arity: -(1 + step),
  keys: { first: 1, last: -1, step },
  handler: SPLIT,
  parts,
  counted: true,
  writes: WRITES.has(name),
});
const local = (name: string, answer: LocalAnswer, more: Partial<CommandSpec> = {}): CommandSpec => ({
  name,
  arity: -1,
  keys: null,
  handler: LOCAL,
  answer,
  counted: false,
  ...more,
});

/** Of WATCH alone keys are looked at: what it names has the prefix cut off too. */
const inTransaction = (name: string, step: number): CommandSpec => ({
  name,
  arity: -1,
  keys: step === WATCH ? { first: 1, last: -1, step: 1 } : null,
  handler: TRANSACTION,
  rare: true,
  step,
  counted: true,
  writes: true,
});

/** `least`: words, the name included. */
const ofHosts = (name: string, least: number, hosts: HostsChoice): CommandSpec => ({
  name,
  arity: -least,
  keys: null,
  handler: HOSTS,
  hosts,
  counted: true,
});
const subcommandOf = (asked: Asked): string => asciiLower(asked.word(1).toString('latin1', 0, 32));
/** By the subcommand. */
const bySubcommand =
  (aggregators: Readonly<Record<string, Aggregator>>): HostsChoice =>
  (asked, hosts) => {
    const subcommand = subcommandOf(asked);
    if (Object.hasOwn(aggregators, subcommand)) return aggregators[subcommand];
    return hosts === 0 ? null : '-ERR unsupported cluster scope command or invalid arguments\r\n';
  };
/** What any host knows. */
const CLUSTER = new Set(['info', 'keyslot', 'nodes', 'slots']);
const cluster: HostsChoice = (asked) =>
  CLUSTER.has(subcommandOf(asked))
    ? null
    : `-ERR cluster subcommand '${asciiLower(asked.echoed(1))}' is not supported\r\n`;

const SPECS: readonly CommandSpec[] = [
  ...SIMPLE_NAMES.split(' ').map((name) => forwarded(name)),
  // Script, number of keys, first key.
  forwarded('eval', 3),
  forwarded('evalsha', 3),
  ...['del', 'exists', 'touch', 'unlink'].map((name) => split(name, 1, { command: null, aggregator: SUM })),
  split('mget', 1, { command: 'get', aggregator: null }),
  split('mset', 2, { command: 'set', aggregator: OKS }),
  local('auth', auth, { beforeAuth: true }),
  local('ping', ping),
  ...LATER_NAMES.split(' ').map((name) => forwarded(name)),
  // Subcommand, key.
  forwarded('object', 2),
  local('hello', hello, { beforeAuth: true, counted: true }),
  local('quit', quit, { beforeAuth: true }),
  local('echo', echo),
  local('time', time),
  local('client', client),
  // Clients ask for it before they are ready.
  { ...ofHosts('info', 1, (asked, hosts) => rareCommands().info(asked, hosts)), rare: true },
  { ...ofHosts('info.shard', 2, (asked, hosts) => rareCommands().infoShard(asked, hosts)), rare: true },
  ofHosts('cluster', 2, cluster),
  { ...ofHosts('scan', 2, (asked, hosts) => rareCommands().scan(asked, hosts)), rare: true },
  local('select', select, { counted: true }),
  inTransaction('multi', MULTI),
  inTransaction('exec', EXEC),
  inTransaction('discard', DISCARD),
  inTransaction('watch', WATCH),
  inTransaction('unwatch', UNWATCH),
];

/** What concerns whole servers. Not with v2 configs: their clients could not do this to the servers behind. */
const SERVER_SPECS: readonly CommandSpec[] = [
  ofHosts('keys', 2, () => CONCATENATED),
  ofHosts('flushall', 1, () => SAME),
  ofHosts('flushdb', 1, () => SAME),
  ofHosts('script', 2, () => SAME),
  ofHosts('role', 1, () => ARRAYS),
  ofHosts('randomkey', 1, () => null),
  ofHosts('config', 2, bySubcommand({ get: CONCATENATED, set: SAME, rewrite: SAME, resetstat: SAME })),
  ofHosts('slowlog', 2, bySubcommand({ get: CONCATENATED, len: SUM_OF_HOSTS, reset: SAME })),
];

const tables = new Map<boolean, CommandTable>();

/**
 * One for all filters without commands of their own. `v2`: for those that were written with a v2 type. `custom`: go whole to the host of their
 * first word, also where Envoy would split or spread them; what transactions and answers given here rest on stays as it is (R34).
 */
export function commandTable(v2: boolean, custom: readonly string[] = []): CommandTable {
  const specs = v2 ? SPECS : [...SPECS, ...SERVER_SPECS];
  if (custom.length > 0) {
    const fixed = new Set(specs.filter((s) => s.handler === LOCAL || s.handler === TRANSACTION).map((s) => s.name));
    const names = new Set(custom.map(asciiLower).filter((name) => !fixed.has(name)));
    return new CommandTable([...specs.filter((s) => !names.has(s.name)), ...[...names].map((name) => forwarded(name))]);
  }
  let table = tables.get(v2);
  if (table === undefined) {
    table = new CommandTable(specs);
    tables.set(v2, table);
  }
  return table;
}
