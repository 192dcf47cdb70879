/** The commands redis_proxy forwards: exactly those of Envoy 1.16 (source/extensions/filters/network/common/redis/supported_commands.h). */
import { AUTH, type CommandSpec, CommandTable, type Handler, MGET, MSET, PING, SIMPLE, SUM } from './command-table.ts';

const SIMPLE_NAMES =
  'append bitcount bitfield bitpos decr decrby dump expire expireat geoadd geodist geohash geopos georadius_ro ' +
  'georadiusbymember_ro get getbit getrange getset hdel hexists hget hgetall hincrby hincrbyfloat hkeys hlen hmget hmset ' +
  'hscan hset hsetnx hstrlen hvals incr incrby incrbyfloat lindex linsert llen lpop lpush lpushx lrange lrem lset ltrim ' +
  'persist pexpire pexpireat pfadd pfcount psetex pttl restore rpop rpush rpushx sadd scard set setbit setex setnx setrange ' +
  'sismember smembers spop srandmember srem sscan strlen ttl type zadd zcard zcount zincrby zlexcount zpopmax zpopmin zrange ' +
  'zrangebylex zrangebyscore zrank zrem zremrangebylex zremrangebyrank zremrangebyscore zrevrange zrevrangebylex ' +
  'zrevrangebyscore zrevrank zscan zscore';

/** Envoy asks for a key and no more; the host knows what else is missing. */
const forwarded = (name: string, handler: Handler, first: number, last: number, step = 1): CommandSpec => ({
  name,
  arity: -(first + step),
  keys: { first, last, step },
  handler,
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
  ...SIMPLE_NAMES.split(' ').map((name) => forwarded(name, SIMPLE, 1, 1)),
  // Script, number of keys, first key.
  forwarded('eval', SIMPLE, 3, 3),
  forwarded('evalsha', SIMPLE, 3, 3),
  ...['del', 'exists', 'touch', 'unlink'].map((name) => forwarded(name, SUM, 1, -1)),
  forwarded('mget', MGET, 1, -1),
  forwarded('mset', MSET, 1, -1, 2),
  local('auth', AUTH),
  local('ping', PING),
];

/** One for all filters: none has commands of its own yet. */
export const ENVOY_1_16_COMMANDS: CommandTable = new CommandTable(SPECS);
