/** The commands redis_proxy forwards: exactly those of Envoy 1.16 (source/extensions/filters/network/common/redis/supported_commands.h). */
import { OKS, SUM } from './aggregators.ts';
import {
  AUTH,
  type CommandSpec,
  CommandTable,
  FORWARD,
  type Handler,
  type Parts,
  PING,
  SPLIT,
} from './command-table.ts';

const SIMPLE_NAMES =
  'append bitcount bitfield bitpos decr decrby dump expire expireat geoadd geodist geohash geopos georadius_ro ' +
  'georadiusbymember_ro get getbit getrange getset hdel hexists hget hgetall hincrby hincrbyfloat hkeys hlen hmget hmset ' +
  'hscan hset hsetnx hstrlen hvals incr incrby incrbyfloat lindex linsert llen lpop lpush lpushx lrange lrem lset ltrim ' +
  'persist pexpire pexpireat pfadd pfcount psetex pttl restore rpop rpush rpushx sadd scard set setbit setex setnx setrange ' +
  'sismember smembers spop srandmember srem sscan strlen ttl type zadd zcard zcount zincrby zlexcount zpopmax zpopmin zrange ' +
  'zrangebylex zrangebyscore zrank zrem zremrangebylex zremrangebyrank zremrangebyscore zrevrange zrevrangebylex ' +
  'zrevrangebyscore zrevrank zscan zscore';

/** Envoy asks for a key and no more; the host knows what else is missing. */
const forwarded = (name: string, key = 1): CommandSpec => ({
  name,
  arity: -(key + 1),
  keys: { first: key, last: key, step: 1 },
  handler: FORWARD,
  counted: true,
});
/** One request for each key and the words up to the next one. */
const split = (name: string, step: number, parts: Parts): CommandSpec => ({
  name,
  arity: -(1 + step),
  keys: { first: 1, last: -1, step },
  handler: SPLIT,
  parts,
  counted: true,
});
const local = (name: string, handler: Handler): CommandSpec => ({
  name,
  arity: -1,
  keys: null,
  handler,
  counted: false,
});

const SPECS: readonly CommandSpec[] = [
  ...SIMPLE_NAMES.split(' ').map((name) => forwarded(name)),
  // Script, number of keys, first key.
  forwarded('eval', 3),
  forwarded('evalsha', 3),
  ...['del', 'exists', 'touch', 'unlink'].map((name) => split(name, 1, { command: null, aggregator: SUM })),
  split('mget', 1, { command: 'get', aggregator: null }),
  split('mset', 2, { command: 'set', aggregator: OKS }),
  local('auth', AUTH),
  local('ping', PING),
];

/** One for all filters: none has commands of its own yet. */
export const ENVOY_1_16_COMMANDS: CommandTable = new CommandTable(SPECS);
