/** custom_match of a predicate: tests of a value beside those of a text. Mirrors extensions/matching/input_matchers. */
import { cidrText } from '../../config/cidr-range.ts';
import { refuse, refuseUnregistered } from '../../config/refusal.ts';
import type { ConsistentHashing, Ip, RuntimeFraction } from '../../config/schema/types.ts';
import { IpRanges } from '../../platform/ip.ts';
import { fractionIn, fractionOf, RuntimeValue } from '../../runtime/runtime.ts';
import { type Hash64, xxHash64 } from '../../upstream/load-balancers/xxhash64.ts';
import type { StringTest } from '../headers/regex.ts';
import type { TypedConfig } from './match-tree.ts';

const MATCHERS = 'envoy.extensions.matching.input_matchers';

export function inputMatcher(config: TypedConfig): StringTest {
  const { typedConfig } = config;
  switch (typedConfig?.typeUrl) {
    case `${MATCHERS}.ip.v3.Ip`:
      return inRanges(typedConfig.value as Ip);
    case `${MATCHERS}.runtime_fraction.v3.RuntimeFraction`:
      return inShare(typedConfig.value as RuntimeFraction);
    case `${MATCHERS}.consistent_hashing.v3.ConsistentHashing`:
      return aboveThreshold(typedConfig.value as ConsistentHashing);
    default:
      return refuseUnregistered(config);
  }
}

function inRanges(config: Ip): StringTest {
  const ranges = new IpRanges();
  for (const c of config.cidrRanges ?? []) ranges.add(cidrText(c));
  return (value) => ranges.has(value);
}

const hash: Hash64 = { hi: 0, lo: 0 };

/** The value's hash modulo `modulo`. */
function bucket(value: string, seed: Hash64, modulo: number): number {
  xxHash64(Buffer.from(value, 'latin1'), hash, seed.lo, seed.hi);
  return Number(((BigInt(hash.hi >>> 0) << 32n) | BigInt(hash.lo >>> 0)) % BigInt(modulo));
}

/** The same value is always in, or always out. */
function inShare(config: RuntimeFraction): StringTest {
  const { runtimeKey = '', defaultValue } = config.runtimeFraction ?? {};
  const seed = seedOf(config);
  const fraction = new RuntimeValue(runtimeKey, fractionOf(defaultValue), fractionIn);
  return (value) => {
    const { numerator, denominator } = fraction.value;
    return bucket(value, seed, denominator) < numerator;
  };
}

function aboveThreshold(config: ConsistentHashing): StringTest {
  const { threshold = 0, modulo = 1 } = config;
  if (threshold > modulo)
    refuse(config, 'threshold', `threshold cannot be greater than modulo: ${threshold} > ${modulo}`);
  const seed = seedOf(config);
  return (value) => bucket(value, seed, modulo) >= threshold;
}

function seedOf(config: RuntimeFraction | ConsistentHashing): Hash64 {
  if ((config.seed ?? 0) > Number.MAX_SAFE_INTEGER) {
    refuse(config, 'seed', 'a seed of more than 53 bits is not supported yet');
  }
  const seed = BigInt(config.seed ?? 0);
  return { hi: Number((seed >> 32n) & 0xffffffffn), lo: Number(seed & 0xffffffffn) };
}
