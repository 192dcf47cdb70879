import t from 'tap';
import { xxHash64 } from '../../../src/upstream/load-balancers/xxhash64.ts';

function hash(data: Buffer, seed = 0): bigint {
  const out = { hi: 0, lo: 0 };
  xxHash64(data, out, seed);
  return (BigInt(out.hi) << 32n) | BigInt(out.lo);
}

// hash_test.cc of Envoy: foo, bar, foo\nbar, lyft, and the empty string.
t.test("Envoy's vectors", async (t) => {
  t.equal(hash(Buffer.from('foo')), 3728699739546630719n);
  t.equal(hash(Buffer.from('bar')), 5234164152756840025n);
  t.equal(hash(Buffer.from('foo\nbar')), 8917841378505826757n);
  t.equal(hash(Buffer.from('lyft')), 4400747396090729504n);
  t.equal(hash(Buffer.from('')), 17241709254077376921n);
});

/** The specification, in BigInt. */
const M = (1n << 64n) - 1n;
const P = [0x9e3779b185ebca87n, 0xc2b2ae3d27d4eb4fn, 0x165667b19e3779f9n, 0x85ebca77c2b2ae63n, 0x27d4eb2f165667c5n];
const rotl = (x: bigint, n: bigint): bigint => ((x << n) | (x >> (64n - n))) & M;
const round = (acc: bigint, lane: bigint): bigint => (rotl((acc + lane * P[1]) & M, 31n) * P[0]) & M;
function reference(b: Buffer, seed: bigint): bigint {
  let h: bigint;
  let i = 0;
  if (b.length >= 32) {
    const v = [seed + P[0] + P[1], seed + P[1], seed, seed - P[0]].map((x) => x & M);
    for (; i + 32 <= b.length; i += 32) for (let k = 0; k < 4; k++) v[k] = round(v[k], b.readBigUInt64LE(i + 8 * k));
    h = (rotl(v[0], 1n) + rotl(v[1], 7n) + rotl(v[2], 12n) + rotl(v[3], 18n)) & M;
    for (const x of v) h = ((h ^ round(0n, x)) * P[0] + P[3]) & M;
  } else h = (seed + P[4]) & M;
  h = (h + BigInt(b.length)) & M;
  for (; i + 8 <= b.length; i += 8) h = (rotl(h ^ round(0n, b.readBigUInt64LE(i)), 27n) * P[0] + P[3]) & M;
  if (i + 4 <= b.length) {
    h = (rotl(h ^ ((BigInt(b.readUInt32LE(i)) * P[0]) & M), 23n) * P[1] + P[2]) & M;
    i += 4;
  }
  for (; i < b.length; i++) h = (rotl(h ^ ((BigInt(b[i]) * P[4]) & M), 11n) * P[0]) & M;
  h = ((h ^ (h >> 33n)) * P[1]) & M;
  h = ((h ^ (h >> 29n)) * P[2]) & M;
  return h ^ (h >> 32n);
}

t.test('equals the specification for every length to 200, both seeds Envoy uses', async (t) => {
  let x = 1;
  for (let n = 0; n <= 200; n++) {
    const data = Buffer.alloc(n);
    for (let i = 0; i < n; i++) data[i] = (x = (Math.imul(x, 1103515245) + 12345) >>> 0) >>> 24;
    for (const seed of [0, 1])
      if (hash(data, seed) !== reference(data, BigInt(seed))) t.fail(`length ${n}, seed ${seed}`);
  }
});

t.test('a seed of 64 bits, for each length of input', async (t) => {
  const seed = 0xfedcba9876543210n;
  const out = { hi: 0, lo: 0 };
  for (const length of [0, 3, 4, 7, 8, 31, 32, 33, 100]) {
    const data = Buffer.from(Array.from({ length }, (_, i) => (i * 37) & 255));
    xxHash64(data, out, Number(seed & 0xffffffffn), Number(seed >> 32n));
    t.equal((BigInt(out.hi) << 32n) | BigInt(out.lo), reference(data, seed), `${length} bytes`);
  }
});
