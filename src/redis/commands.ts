/**
 * The commands redis_proxy forwards: exactly those of Envoy 1.16 (source/extensions/filters/network/common/redis/
 * supported_commands.h), and how each is routed. A request's first word is looked up as bytes, in any letter case, without
 * making a string of it.
 */

/** Routed by the second word. */
export const SIMPLE = 0;
/** Routed by the fourth word: script, number of keys, first key. */
export const EVAL = 1;
/** One request per key, integer replies summed. */
export const SUM = 2;
export const MGET = 3;
export const MSET = 4;
/** Answered here. */
export const AUTH = 5;
export const PING = 6;

/** Result of `lookup` for a word that is no command. */
export const UNKNOWN = -1;

const SIMPLE_NAMES =
  'append bitcount bitfield bitpos decr decrby dump expire expireat geoadd geodist geohash geopos georadius_ro ' +
  'georadiusbymember_ro get getbit getrange getset hdel hexists hget hgetall hincrby hincrbyfloat hkeys hlen hmget hmset ' +
  'hscan hset hsetnx hstrlen hvals incr incrby incrbyfloat lindex linsert llen lpop lpush lpushx lrange lrem lset ltrim ' +
  'persist pexpire pexpireat pfadd pfcount psetex pttl restore rpop rpush rpushx sadd scard set setbit setex setnx setrange ' +
  'sismember smembers spop srandmember srem sscan strlen ttl type zadd zcard zcount zincrby zlexcount zpopmax zpopmin zrange ' +
  'zrangebylex zrangebyscore zrank zrem zremrangebylex zremrangebyrank zremrangebyscore zrevrange zrevrangebylex ' +
  'zrevrangebyscore zrevrank zscan zscore';

/** Names with stats of their own, in table order; the index is the command's number. */
export const COMMANDS: readonly string[] = [
  ...SIMPLE_NAMES.split(' '),
  'eval',
  'evalsha',
  'del',
  'exists',
  'touch',
  'unlink',
  'mget',
  'mset',
];
/** Number of the commands that come after those with stats. */
const AUTH_INDEX = COMMANDS.length;
const PING_INDEX = COMMANDS.length + 1;
const ALL = [...COMMANDS, 'auth', 'ping'];

/** What the parts of MGET and MSET are. */
export const GET_COMMAND = COMMANDS.indexOf('get');
export const SET_COMMAND = COMMANDS.indexOf('set');

/** How command number n is routed. */
export const ROUTING: Uint8Array = Uint8Array.from(ALL, (name, i) => {
  if (i === AUTH_INDEX) return AUTH;
  if (i === PING_INDEX) return PING;
  if (name === 'mget') return MGET;
  if (name === 'mset') return MSET;
  if (name === 'eval' || name === 'evalsha') return EVAL;
  if (name === 'del' || name === 'exists' || name === 'touch' || name === 'unlink') return SUM;
  return SIMPLE;
});

/** Open addressing over a power of two; a slot holds a command's number + 1. */
const SLOTS = 1024;
const MASK = SLOTS - 1;
const LONGEST = ALL.reduce((n, name) => Math.max(n, name.length), 0);
const slots = new Uint8Array(SLOTS);
const lengths = new Uint8Array(ALL.length);
const offsets = new Uint16Array(ALL.length);
const letters = Buffer.from(ALL.join(''), 'latin1');

let at = 0;
for (let i = 0; i < ALL.length; i++) {
  lengths[i] = ALL[i].length;
  offsets[i] = at;
  let slot = hash(letters, at, ALL[i].length);
  while (slots[slot] !== 0) slot = (slot + 1) & MASK;
  slots[slot] = i + 1;
  at += ALL[i].length;
}

function hash(b: Buffer, from: number, length: number): number {
  let h = length;
  for (let i = from; i < from + length; i++) h = (Math.imul(h, 31) + (b[i] | 32)) | 0;
  return (h ^ (h >>> 10)) & MASK;
}

/** Number of the command spelt by these bytes, or UNKNOWN. */
export function lookup(b: Buffer, from: number, length: number): number {
  if (length > LONGEST) return UNKNOWN;
  let slot = hash(b, from, length);
  for (;;) {
    const i = slots[slot] - 1;
    if (i < 0) return UNKNOWN;
    if (lengths[i] === length && sameLetters(b, from, offsets[i], length)) return i;
    slot = (slot + 1) & MASK;
  }
}

function sameLetters(b: Buffer, from: number, offset: number, length: number): boolean {
  for (let i = 0; i < length; i++) {
    let c = b[from + i];
    if (c >= 65 && c <= 90) c |= 32;
    if (c !== letters[offset + i]) return false;
  }
  return true;
}
