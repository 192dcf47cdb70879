/**
 * The hash by which Envoy chooses a key's host: 64-bit MurmurHash2 as libstdc++'s std::hash (source/common/common/hash.cc),
 * of the key or of its hashtag (RedisLoadBalancerContextImpl). Two 32-bit halves, because BigInt would allocate per request.
 */
import type { LoadBalancerContext } from '../upstream/load-balancers/load-balancer.ts';
import { REDIS_SLOTS } from '../upstream/load-balancers/redis-slot-numbers.ts';

/** STD_HASH_SEED. */
const SEED = 0xc70f6907;
/** The multiplier 0xc6a4a7935bd1e995. */
const MUL_HI = 0xc6a4a793 | 0;
const MUL_LO = 0x5bd1e995 | 0;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** What `chooseHost` is given: one object, its halves written by `hashKey` before each call. */
export class KeyHash implements LoadBalancerContext {
  readonly hasHash = true;
  hashHi = 0;
  hashLo = 0;
}
export const keyHash: KeyHash = new KeyHash();

// A 64-bit product's halves.
let productHi = 0;
let productLo = 0;

/** (hi, lo) × the multiplier, mod 2^64. */
function multiply(hi: number, lo: number): void {
  const a0 = lo & 0xffff;
  const a1 = lo >>> 16;
  const b0 = MUL_LO & 0xffff;
  const b1 = MUL_LO >>> 16;
  const low = Math.imul(a0, b0) >>> 0;
  const mid1 = a1 * b0 + (low >>> 16);
  const mid2 = a0 * b1 + (mid1 & 0xffff);
  productLo = ((mid2 & 0xffff) << 16) | (low & 0xffff);
  const carry = (a1 * b1 + Math.floor(mid1 / 65536) + (mid2 >>> 16)) | 0;
  productHi = (carry + Math.imul(hi, MUL_LO) + Math.imul(lo, MUL_HI)) | 0;
}

/** What stands between the first { and the next }, or all: where it begins, and where it ends. */
let tagFrom = 0;
let tagLength = 0;

function findTag(b: Buffer, from: number, length: number): void {
  tagFrom = from;
  tagLength = length;
  const open = b.indexOf(OPEN_BRACE, from);
  if (open < 0 || open >= from + length) return;
  const close = b.indexOf(CLOSE_BRACE, open + 1);
  if (close <= open + 1 || close >= from + length) return;
  tagFrom = open + 1;
  tagLength = close - tagFrom;
}

/** CRC16 (XMODEM), by byte. */
let crcTable: Uint16Array | null = null;

function makeTable(): Uint16Array {
  const table = new Uint16Array(256);
  for (let i = 0; i < 256; i++) {
    let crc = i << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) !== 0 ? (crc << 1) ^ 0x1021 : crc << 1;
    table[i] = crc;
  }
  return table;
}

/** The slot of a key in a Redis Cluster goes into `keyHash`, and what kind of host is wanted (READ_POLICIES). */
export function slotKey(b: Buffer, from: number, length: number, policy: number): void {
  findTag(b, from, length);
  crcTable ??= makeTable();
  let crc = 0;
  const end = tagFrom + tagLength;
  for (let i = tagFrom; i < end; i++) crc = ((crc << 8) ^ crcTable[((crc >>> 8) ^ b[i]) & 0xff]) & 0xffff;
  keyHash.hashLo = crc & (REDIS_SLOTS - 1);
  keyHash.hashHi = policy;
}

/** Hash `length` bytes at `from` into `keyHash`; with `tags` only what stands between the first { and the next }. */
export function hashKey(b: Buffer, from: number, length: number, tags: boolean): void {
  if (tags) {
    findTag(b, from, length);
    from = tagFrom;
    length = tagLength;
  }
  multiply(0, length);
  let hi = productHi;
  let lo = productLo ^ SEED;
  const end = from + length;
  let p = from;
  for (; p + 8 <= end; p += 8) {
    multiply(
      b[p + 4] | (b[p + 5] << 8) | (b[p + 6] << 16) | (b[p + 7] << 24),
      b[p] | (b[p + 1] << 8) | (b[p + 2] << 16) | (b[p + 3] << 24),
    );
    // x ^ (x >> 47) touches the low half only.
    multiply(productHi, productLo ^ (productHi >>> 15));
    multiply(hi ^ productHi, lo ^ productLo);
    hi = productHi;
    lo = productLo;
  }
  if (p < end) {
    let tailHi = 0;
    let tailLo = 0;
    for (let i = 0; p + i < end; i++) {
      if (i < 4) tailLo |= b[p + i] << (8 * i);
      else tailHi |= b[p + i] << (8 * (i - 4));
    }
    multiply(hi ^ tailHi, lo ^ tailLo);
    hi = productHi;
    lo = productLo;
  }
  multiply(hi, lo ^ (hi >>> 15));
  keyHash.hashHi = productHi >>> 0;
  keyHash.hashLo = (productLo ^ (productHi >>> 15)) >>> 0;
}
