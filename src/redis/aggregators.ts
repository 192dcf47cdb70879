/**
 * How the replies to the parts of one request become its reply: what differs among Envoy's FragmentedRequest classes
 * (redis_proxy/command_splitter_impl.cc). A row of the command table names one.
 */
import type { Split } from './split.ts';

const COLON = 58;
const MINUS = 45;
const ZERO = 48;
const OK = '+OK\r\n';

export interface Aggregator {
  /** Bytes that a part's reply may have; a longer one is an error whatever it says, and is not kept. */
  readonly longest: number;
  /** The reply to a part, and its first byte; null: it was too long. False counts as an error. */
  take(split: Split, type: number, reply: Buffer | null): boolean;
  /** All parts were answered, none of them with an error. */
  reply(split: Split): string;
}

/** An answer to a key of DEL or SET is this short. */
const SHORT = 64;

/** Integers, added up. */
export const SUM: Aggregator = {
  longest: SHORT,
  take(split, type, reply) {
    if (type !== COLON || reply === null) return false;
    split.total += integerOf(reply);
    return true;
  },
  reply: (split) => `:${split.total}\r\n`,
};

/** One OK for so many. */
export const OKS: Aggregator = {
  longest: SHORT,
  take: (_split, _type, reply) => reply !== null && reply.toString('latin1') === OK,
  reply: () => OK,
};

/** Redis gave it, so it is `:`, digits, CRLF. */
function integerOf(reply: Buffer): number {
  let n = 0;
  let p = 1;
  const negative = reply[p] === MINUS;
  if (negative) p++;
  for (; p < reply.length - 2; p++) n = n * 10 + (reply[p] - ZERO);
  return negative ? -n : n;
}
