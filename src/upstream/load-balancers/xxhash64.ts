/**
 * xxHash64 in 32-bit halves, without BigInt: what Envoy uses for hash policies and consistent hashing
 * (source/common/common/hash.h HashUtil::xxHash64). Algorithm: the xxHash specification, github.com/Cyan4973/xxHash.
 */

/** A 64-bit value as two unsigned 32-bit halves; reused by the caller, so that hashing allocates nothing. */
export interface Hash64 {
  hi: number;
  lo: number;
}

// The five 64-bit primes of the specification, high and low halves.
const P1H = 0x9e3779b1,
  P1L = 0x85ebca87;
const P2H = 0xc2b2ae3d,
  P2L = 0x27d4eb4f;
const P3H = 0x165667b1,
  P3L = 0x9e3779f9;
const P4H = 0x85ebca77,
  P4L = 0xc2b2ae63;
const P5H = 0x27d4eb2f,
  P5L = 0x165667c5;

/** The accumulator the steps below work on. */
let h = 0;
let l = 0;

function mul(bh: number, bl: number): void {
  const l0 = l & 0xffff;
  const l1 = l >>> 16;
  const b0 = bl & 0xffff;
  const b1 = bl >>> 16;
  const k = l1 * b0 + ((l0 * b0) >>> 16);
  const t = l0 * b1 + (k & 0xffff);
  const carry = l1 * b1 + (k >>> 16) + (t >>> 16);
  h = (carry + Math.imul(h, bl) + Math.imul(l, bh)) | 0;
  l = Math.imul(l, bl);
}

function add(bh: number, bl: number): void {
  const sum = (l >>> 0) + (bl >>> 0);
  h = (h + bh + (sum > 0xffffffff ? 1 : 0)) | 0;
  l = sum | 0;
}

/** 0 < n < 64, n ≠ 32. */
function rotl(n: number): void {
  const a = n < 32 ? h : l;
  const b = n < 32 ? l : h;
  const s = n & 31;
  h = (a << s) | (b >>> (32 - s));
  l = (b << s) | (a >>> (32 - s));
}

/** acc ^= acc >> n */
function xorShift(n: number): void {
  if (n < 32) {
    l ^= (l >>> n) | (h << (32 - n));
    h ^= h >>> n;
  } else {
    l ^= h >>> (n - 32);
  }
}

/** acc = round(acc, lane) */
function round(laneH: number, laneL: number): void {
  const ah = h;
  const al = l;
  h = laneH;
  l = laneL;
  mul(P2H, P2L);
  add(ah, al);
  rotl(31);
  mul(P1H, P1L);
}

/** acc = (acc ^ round(0, v)) * P1 + P4: folds one of the four lanes in. */
function merge(vh: number, vl: number): void {
  const ah = h;
  const al = l;
  h = 0;
  l = 0;
  round(vh, vl);
  h ^= ah;
  l ^= al;
  mul(P1H, P1L);
  add(P4H, P4L);
}

function read32(b: Uint8Array, i: number): number {
  return b[i] | (b[i + 1] << 8) | (b[i + 2] << 16) | (b[i + 3] << 24);
}

const lanes = new Int32Array(8);

function initLane(i: number, seedHi: number, seed: number, ph: number, pl: number): void {
  h = seedHi;
  l = seed;
  add(ph, pl);
  lanes[2 * i] = h;
  lanes[2 * i + 1] = l;
}

/** Hash bytes into `out`. `seed` and `seedHi` are the two halves of the seed, unsigned. */
export function xxHash64(data: Uint8Array, out: Hash64, seed = 0, seedHi = 0): void {
  const n = data.length;
  let i = 0;
  if (n >= 32) {
    h = P1H;
    l = P1L;
    add(P2H, P2L);
    initLane(0, seedHi, seed, h, l);
    initLane(1, seedHi, seed, P2H, P2L);
    initLane(2, seedHi, seed, 0, 0);
    // seed - P1
    initLane(3, seedHi, seed, ~P1H, -P1L | 0);
    for (; i + 32 <= n; i += 32) {
      for (let k = 0; k < 4; k++) {
        h = lanes[2 * k];
        l = lanes[2 * k + 1];
        round(read32(data, i + 8 * k + 4), read32(data, i + 8 * k));
        lanes[2 * k] = h;
        lanes[2 * k + 1] = l;
      }
    }
    let sumH = 0;
    let sumL = 0;
    for (let k = 0; k < 4; k++) {
      h = lanes[2 * k];
      l = lanes[2 * k + 1];
      rotl(k === 0 ? 1 : k === 1 ? 7 : k === 2 ? 12 : 18);
      add(sumH, sumL);
      sumH = h;
      sumL = l;
    }
    for (let k = 0; k < 4; k++) merge(lanes[2 * k], lanes[2 * k + 1]);
  } else {
    h = P5H;
    l = P5L;
    add(seedHi, seed);
  }
  add(0, n);
  for (; i + 8 <= n; i += 8) {
    const ah = h;
    const al = l;
    h = 0;
    l = 0;
    round(read32(data, i + 4), read32(data, i));
    h ^= ah;
    l ^= al;
    rotl(27);
    mul(P1H, P1L);
    add(P4H, P4L);
  }
  if (i + 4 <= n) {
    const ah = h;
    const al = l;
    h = 0;
    l = read32(data, i);
    mul(P1H, P1L);
    h ^= ah;
    l ^= al;
    rotl(23);
    mul(P2H, P2L);
    add(P3H, P3L);
    i += 4;
  }
  for (; i < n; i++) {
    const ah = h;
    const al = l;
    h = 0;
    l = data[i];
    mul(P5H, P5L);
    h ^= ah;
    l ^= al;
    rotl(11);
    mul(P1H, P1L);
  }
  xorShift(33);
  mul(P2H, P2L);
  xorShift(29);
  mul(P3H, P3L);
  xorShift(32);
  out.hi = h >>> 0;
  out.lo = l >>> 0;
}
