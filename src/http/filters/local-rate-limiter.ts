/**
 * The buckets of one local_ratelimit config: the default one, and those of descriptors. Mirrors LocalRateLimiterImpl
 * (source/extensions/filters/common/local_ratelimit/local_ratelimit_impl.cc).
 */
import { each, refuse } from '../../config/refusal.ts';
import type {
  TokenBucket as BucketMessage,
  LocalRateLimit,
  LocalRateLimitDescriptor,
} from '../../config/schema/types.ts';
import { TokenBucket } from '../../platform/token-bucket.ts';
import { toWire } from '../../platform/wire-text.ts';
import type { Descriptor, DescriptorEntry } from '../route/rate-limits.ts';

/** Buckets of values that come with requests, for each descriptor with an entry without a value: LocalRateLimit.max_dynamic_descriptors. */
const DEFAULT_DYNAMIC = 20;
const MIN_FILL_MS = 50;

interface DescriptorBucket {
  readonly bucket: TokenBucket;
  /** Counts, and lets through. */
  readonly shadow: boolean;
}

export interface Verdict {
  readonly allowed: boolean;
  /** It would have been too much for a descriptor that only counts. */
  readonly shadow: boolean;
  /** The one that decided; null where there is none. */
  readonly bucket: TokenBucket | null;
}

function makeBucket(m: BucketMessage): TokenBucket {
  const interval = m.fillInterval ?? 0;
  if (interval < MIN_FILL_MS) refuse(m, 'fill_interval', 'local rate limit token bucket fill timer must be >= 50ms');
  return new TokenBucket(m.maxTokens ?? 0, m.tokensPerFill ?? 1, interval);
}

const keyOf = (entries: readonly DescriptorEntry[]): string => JSON.stringify(entries.map((e) => [e.key, e.value]));

/** A descriptor with entries that take any value: each combination has a bucket, the one not used for longest is given up for a new one. */
class DynamicDescriptor {
  private readonly message: LocalRateLimitDescriptor;
  /** Null: any. */
  private readonly pattern: readonly (readonly [key: string, value: string | null])[];
  private readonly buckets = new Map<string, DescriptorBucket>();
  private readonly max: number;

  constructor(message: LocalRateLimitDescriptor, max: number) {
    this.message = message;
    this.pattern = (message.entries ?? []).map((e) => [toWire(e.key ?? ''), e.value ? toWire(e.value) : null]);
    this.max = max;
  }

  find(entries: readonly DescriptorEntry[], id: string): DescriptorBucket | null {
    const { pattern, buckets } = this;
    if (entries.length !== pattern.length) return null;
    for (let i = 0; i < pattern.length; i++) {
      const [key, value] = pattern[i];
      if (entries[i].key !== key || (value !== null && value !== entries[i].value)) return null;
    }
    let found = buckets.get(id);
    if (found !== undefined) buckets.delete(id);
    else {
      if (buckets.size >= this.max) buckets.delete(buckets.keys().next().value as string);
      found = { bucket: makeBucket(this.message.tokenBucket ?? {}), shadow: this.message.shadowMode ?? false };
    }
    buckets.set(id, found);
    return found;
  }
}

export class LocalRateLimiter {
  private readonly fallback: TokenBucket | null;
  private readonly always: boolean;
  private readonly fixed: ReadonlyMap<string, DescriptorBucket>;
  private readonly dynamic: readonly DynamicDescriptor[];

  constructor(c: LocalRateLimit) {
    this.fallback = c.tokenBucket === undefined ? null : makeBucket(c.tokenBucket);
    this.always = c.alwaysConsumeDefaultTokenBucket ?? true;
    const max = c.maxDynamicDescriptors ?? DEFAULT_DYNAMIC;
    const fixed = new Map<string, DescriptorBucket>();
    const dynamic: DynamicDescriptor[] = [];
    each(c.descriptors, (d) => {
      const bucket = { bucket: makeBucket(d.tokenBucket ?? {}), shadow: d.shadowMode ?? false };
      const entries = d.entries ?? [];
      if (entries.some((e) => !e.value)) {
        dynamic.push(new DynamicDescriptor(d, max));
        return;
      }
      const key = keyOf(entries.map((e) => ({ key: toWire(e.key ?? ''), value: toWire(e.value ?? '') })));
      if (fixed.has(key)) refuse(d, 'entries', `duplicate descriptor in the local rate descriptor: ${describe(d)}`);
      fixed.set(key, bucket);
    });
    this.fixed = fixed;
    this.dynamic = dynamic;
  }

  get hasDescriptors(): boolean {
    return this.fixed.size > 0 || this.dynamic.length > 0;
  }

  ask(descriptors: readonly Descriptor[]): Verdict {
    const matched: (DescriptorBucket & { readonly hits: number })[] = [];
    for (const d of descriptors) {
      const key = keyOf(d.entries);
      const found = this.fixed.get(key) ?? this.findDynamic(d.entries, key);
      if (found !== null) matched.push({ ...found, hits: d.hitsAddend < 0 ? 1 : d.hitsAddend });
    }
    // The slowest one first.
    if (matched.length > 1) matched.sort((a, b) => a.bucket.rate - b.bucket.rate);
    let shadow = false;
    for (const m of matched) {
      if (m.bucket.take(m.hits)) continue;
      if (!m.shadow) return { allowed: false, shadow: false, bucket: m.bucket };
      shadow = true;
    }
    const first = matched.length === 0 ? null : matched[0].bucket;
    if ((first === null || this.always) && this.fallback !== null && !this.fallback.take()) {
      return { allowed: false, shadow: false, bucket: this.fallback };
    }
    return { allowed: true, shadow, bucket: first ?? this.fallback };
  }

  private findDynamic(entries: readonly DescriptorEntry[], key: string): DescriptorBucket | null {
    for (const d of this.dynamic) {
      const found = d.find(entries, key);
      if (found !== null) return found;
    }
    return null;
  }
}

const describe = (d: LocalRateLimitDescriptor): string =>
  (d.entries ?? []).map((e) => `${e.key ?? ''}=${e.value ?? ''}`).join(', ');
