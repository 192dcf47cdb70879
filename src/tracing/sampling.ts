/**
 * Which requests are traced, and why: decided once, told to the next proxies by a digit of x-request-id. Mirrors
 * ConnectionManagerUtility::mutateTracingRequestHeader and UUIDRequestIDExtension.
 */
import type { Headers } from '../codec/headers.ts';
import type { FractionalPercent, Percent } from '../config/schema/types.ts';
import { byChance, type Fraction, fractionIn, fractionOf, RuntimeValue } from '../runtime/runtime.ts';

export type TraceReason = 'not traceable' | 'sampling' | 'service forced' | 'client forced';

export interface Sampling {
  readonly client: Share;
  readonly random: Share;
  readonly overall: Share;
}

type Share = RuntimeValue<Fraction>;

const ALL: Fraction = { numerator: 100, denominator: 100 };

/** By the keys that Envoy reads by itself. */
const sampling = (client: Fraction, random: Fraction, overall: Fraction): Sampling => ({
  client: new RuntimeValue('tracing.client_enabled', client, fractionIn),
  random: new RuntimeValue('tracing.random_sampling', random, fractionIn),
  overall: new RuntimeValue('tracing.global_enabled', overall, fractionIn),
});

/** A connection manager's: whole percents of clients, hundredths of a percent of the others. */
export function managerSampling(m: {
  clientSampling?: Percent;
  randomSampling?: Percent;
  overallSampling?: Percent;
}): Sampling {
  const fine = (p: Percent | undefined): Fraction => ({
    numerator: p === undefined ? 10_000 : Math.round((p.value ?? 0) * 100),
    denominator: 10_000,
  });
  const client = m.clientSampling === undefined ? 100 : Math.floor(m.clientSampling.value ?? 0);
  return sampling({ numerator: client, denominator: 100 }, fine(m.randomSampling), fine(m.overallSampling));
}

/** A route's, which takes the place of the connection manager's as a whole. */
export function routeSampling(m: {
  clientSampling?: FractionalPercent;
  randomSampling?: FractionalPercent;
  overallSampling?: FractionalPercent;
}): Sampling {
  const share = (p: FractionalPercent | undefined): Fraction => (p === undefined ? ALL : fractionOf(p));
  return sampling(share(m.clientSampling), share(m.randomSampling), share(m.overallSampling));
}

const isOneOf = ({ numerator, denominator }: Fraction, number: number): boolean => number % denominator < numerator;

/** Where a version 4 UUID has its `4`. */
const REASON_AT = 14;
const UUID_LENGTH = 36;
const DIGITS: Readonly<Record<TraceReason, string>> = {
  'not traceable': '4',
  sampling: '9',
  'service forced': 'a',
  'client forced': 'b',
};

/** Its first eight digits decide, so that all proxies on its way decide alike. */
const HEAD = /^(?:0x[0-9a-f]{6}|[0-9a-f]{8})/i;
const HEAD_DIGITS = 8;
const SAMPLED_OF = 10_000;

/** Decides, and notes it in x-request-id. `packs`: unless nothing is to be noted there. */
export function decide(h: Headers, s: Sampling, packs = true): TraceReason {
  const id = h.get('x-request-id');
  if (id === undefined || !HEAD.test(id)) return 'not traceable';
  const number = Number.parseInt(id.slice(0, HEAD_DIGITS), 16) % SAMPLED_OF;
  const before = packs ? reasonOf(id) : 'not traceable';
  let reason = before;
  if (reason === 'not traceable') {
    if (h.has('x-client-trace-id') && byChance(s.client.value)) {
      reason = 'client forced';
    } else if (h.has('x-envoy-force-trace')) reason = 'service forced';
    else if (isOneOf(s.random.value, number)) reason = 'sampling';
  }
  if (reason !== 'not traceable' && !isOneOf(s.overall.value, number)) reason = 'not traceable';
  if (packs && reason !== before && id.length === UUID_LENGTH) {
    h.setUnchecked('x-request-id', id.slice(0, REASON_AT) + DIGITS[reason] + id.slice(REASON_AT + 1));
  }
  return reason;
}

function reasonOf(id: string): TraceReason {
  if (id.length !== UUID_LENGTH) return 'not traceable';
  switch (id[REASON_AT]) {
    case '9':
      return 'sampling';
    case 'a':
      return 'service forced';
    case 'b':
      return 'client forced';
    default:
      return 'not traceable';
  }
}
