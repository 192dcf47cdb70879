/**
 * The runtime as one event loop sees it: what layers of the bootstrap (`layered_runtime`) say of a key, and what POST /runtime_modify has changed
 * since. A config names keys beside its defaults (`runtime_key`), and some Envoy reads by itself. Role of Runtime::Snapshot
 * (source/common/runtime/runtime_impl.cc). Without layers no key has a value, and a value's use costs one comparison.
 */
import type {
  FractionalPercent,
  RuntimeDouble,
  RuntimeFeatureFlag,
  RuntimeFractionalPercent,
  RuntimeUInt32,
} from '../config/schema/types.ts';

/** What a key says, in each way that it can be read; undefined where it cannot. */
export interface RuntimeEntry {
  /** As /runtime shows it. */
  readonly raw: string;
  readonly number?: number | undefined;
  /** At least 0, whole. */
  readonly uint?: number | undefined;
  readonly flag?: boolean | undefined;
  readonly fraction?: Fraction | undefined;
}

/** A share of requests; `numerator` may be above `denominator`: always. */
export interface Fraction {
  readonly numerator: number;
  readonly denominator: number;
}

export type RuntimeEntries = ReadonlyMap<string, RuntimeEntry>;

const NONE: RuntimeEntries = new Map();

class Runtime {
  /** Another one after each change; 0 until there are layers. */
  version = 0;
  private entries: RuntimeEntries = NONE;

  set(entries: RuntimeEntries): void {
    this.entries = entries;
    this.version++;
  }

  /** No layers: every value is its default. */
  clear(): void {
    if (this.version !== 0) this.set(NONE);
  }

  find(key: string): RuntimeEntry | undefined {
    return key === '' ? undefined : this.entries.get(key);
  }
}

/** One for everything in this event loop. */
export const runtime = new Runtime();

/** What a key says now, or else the config's default. */
export class RuntimeValue<T> {
  private readonly key: string;
  private readonly otherwise: T;
  private readonly read: (entry: RuntimeEntry) => T | undefined;
  private seen = 0;
  private known: T;

  constructor(key: string, otherwise: T, read: (entry: RuntimeEntry) => T | undefined) {
    this.key = key;
    this.otherwise = otherwise;
    this.read = read;
    this.known = otherwise;
  }

  get value(): T {
    return this.seen === runtime.version ? this.known : this.look();
  }

  private look(): T {
    this.seen = runtime.version;
    const entry = runtime.find(this.key);
    this.known = (entry === undefined ? undefined : this.read(entry)) ?? this.otherwise;
    return this.known;
  }
}

/** A share of requests by chance, 0 to 1. */
export class RuntimeShare extends RuntimeValue<number> {
  happens(): boolean {
    const share = this.value;
    return share >= 1 || (share > 0 && Math.random() < share);
  }
}

export const byChance = ({ numerator, denominator }: Fraction): boolean => Math.random() * denominator < numerator;

/** By the names of FractionalPercent.DenominatorType. */
export const DENOMINATORS: Readonly<Record<string, number>> = {
  HUNDRED: 100,
  TEN_THOUSAND: 10_000,
  MILLION: 1_000_000,
};

export function fractionOf(percent: FractionalPercent | undefined): Fraction {
  return { numerator: percent?.numerator ?? 0, denominator: DENOMINATORS[percent?.denominator ?? 'HUNDRED'] };
}

/** 0 to 1; 1 and above means always. */
export function share(percent: FractionalPercent | undefined): number {
  const { numerator, denominator } = fractionOf(percent);
  return numerator / denominator;
}

/** A whole number is one of a hundred. */
export function fractionIn({ fraction, uint }: RuntimeEntry): Fraction | undefined {
  return fraction ?? (uint === undefined ? undefined : { numerator: uint, denominator: 100 });
}

function shareIn(entry: RuntimeEntry): number | undefined {
  const fraction = fractionIn(entry);
  return fraction && fraction.numerator / fraction.denominator;
}

/** `absent`: the share where the config has no such message, 0 to 1. */
export function runtimeShare(config: RuntimeFractionalPercent | undefined, absent: number): RuntimeShare {
  if (config === undefined) return new RuntimeShare('', absent, shareIn);
  return new RuntimeShare(config.runtimeKey ?? '', share(config.defaultValue), shareIn);
}

/** Of what names its key otherwise. */
export function shareByKey(key: string, otherwise: FractionalPercent | undefined): RuntimeShare {
  return new RuntimeShare(key, share(otherwise), shareIn);
}

export function runtimeFlag(config: RuntimeFeatureFlag | undefined, absent: boolean): RuntimeValue<boolean> {
  return new RuntimeValue(config?.runtimeKey ?? '', config?.defaultValue ?? absent, (e) => e.flag);
}

export function runtimeUint(config: RuntimeUInt32 | undefined, absent: number): RuntimeValue<number> {
  return uintByKey(config?.runtimeKey ?? '', config?.defaultValue ?? absent);
}

export function uintByKey(key: string, otherwise: number): RuntimeValue<number> {
  return new RuntimeValue(key, otherwise, (e) => e.uint);
}

export function runtimeDouble(config: RuntimeDouble | undefined, absent: number): RuntimeValue<number> {
  return new RuntimeValue(config?.runtimeKey ?? '', config?.defaultValue ?? absent, (e) => e.number);
}
