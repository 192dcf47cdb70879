/** Samplers of OpenTelemetry: asked where the connection manager has decided to trace. Mirrors source/extensions/tracers/opentelemetry/samplers/. */
import { refuse } from '../config/refusal.ts';
import type {
  FractionalPercent,
  ParentBasedSamplerConfig,
  TraceIdRatioBasedSamplerConfig,
  TypedExtensionConfig,
} from '../config/schema/types.ts';
import type { Traceparent } from './w3c.ts';

/** `traceId`: 32 digits; `parent`: null for a trace that begins here. */
export type Sampler = (traceId: string, parent: Traceparent | null) => boolean;

const SAMPLERS = 'envoy.extensions.tracers.opentelemetry.samplers.v3';

export function compileSampler(m: TypedExtensionConfig): Sampler {
  const { typeUrl, value } = m.typedConfig ?? { typeUrl: '', value: {} };
  switch (typeUrl) {
    case `${SAMPLERS}.AlwaysOnSamplerConfig`:
      return () => true;
    case `${SAMPLERS}.ParentBasedSamplerConfig`:
      return parentBased(value as ParentBasedSamplerConfig);
    case `${SAMPLERS}.TraceIdRatioBasedSamplerConfig`:
      return ratio((value as TraceIdRatioBasedSamplerConfig).samplingPercentage);
    default:
      return refuse(m, 'typed_config', `Sampler factory not found: '${m.name ?? ''}'`);
  }
}

function parentBased(m: ParentBasedSamplerConfig): Sampler {
  const { wrappedSampler } = m;
  if (wrappedSampler === undefined) {
    return refuse(m, 'wrapped_sampler', "Didn't find a registered implementation for '' with type URL: ''");
  }
  const root = compileSampler(wrappedSampler);
  return (traceId, parent) => (parent === null ? root(traceId, null) : parent.sampled);
}

const DENOMINATORS: Readonly<Record<string, bigint>> = { HUNDRED: 100n, TEN_THOUSAND: 10_000n, MILLION: 1_000_000n };
const WORD_DIGITS = 16;

/** By the first eight bytes of the trace's id, in the order of the machine. */
function ratio(m: FractionalPercent | undefined): Sampler {
  const numerator = BigInt(m?.numerator ?? 0);
  const denominator = DENOMINATORS[m?.denominator ?? 'HUNDRED'];
  return (traceId) => {
    const word = Buffer.from(traceId.slice(0, WORD_DIGITS), 'hex').readBigUInt64LE();
    return word % denominator < numerator;
  };
}
