/**
 * ring_hash_lb_config.hash_function MURMUR_HASH_2: MurmurHash2 of 64 bits (Austin Appleby's MurmurHash64A) as libstdc++'s std::hash has it
 * (source/common/common/hash.h), with its seed. The ring is made with it; the hash of a request is what it is.
 */
import type { Hash64 } from './xxhash64.ts';

const MASK = 0xffffffffffffffffn;
const MUL = 0xc6a4a7935bd1e995n;
const SEED = 0xc70f6907n;

/** Only when a ring is built, so that numbers of any size may be made. */
export function murmurHash2(bytes: Uint8Array, out: Hash64): void {
  const n = bytes.length;
  const aligned = n & ~7;
  const view = new DataView(bytes.buffer, bytes.byteOffset, n);
  let hash = SEED ^ ((BigInt(n) * MUL) & MASK);
  for (let i = 0; i < aligned; i += 8) {
    const data = (shiftMix((view.getBigUint64(i, true) * MUL) & MASK) * MUL) & MASK;
    hash = ((hash ^ data) * MUL) & MASK;
  }
  if (n > aligned) {
    let rest = 0n;
    for (let i = n - 1; i >= aligned; i--) rest = (rest << 8n) | BigInt(bytes[i]);
    hash = ((hash ^ rest) * MUL) & MASK;
  }
  hash = (shiftMix(hash) * MUL) & MASK;
  hash = shiftMix(hash);
  out.hi = Number(hash >> 32n);
  out.lo = Number(hash & 0xffffffffn);
}

function shiftMix(v: bigint): bigint {
  return v ^ (v >> 47n);
}
