/**
 * How the replies to the parts of one request become its reply: what differs among the request classes of Envoy's
 * redis_proxy/command_splitter_impl.cc. A row of the command table names one.
 */
import type { Split } from './split.ts';

const COLON = 58;
const MINUS = 45;
const STAR = 42;
/** A map of RESP3. */
const PERCENT = 37;
const ZERO = 48;
const LF = 10;
const OK = '+OK\r\n';

export interface Aggregator {
  /** Bytes that a part's reply may have, where they are fixed: a longer one is an error whatever it says, and is not kept. */
  readonly longest: number | null;
  /** The replies are kept until all are in. */
  readonly gathers: boolean;
  /** With one part its reply is the reply. */
  readonly passesOne: boolean;
  /** Then, too, an array and nothing else. */
  readonly onlyArrays?: true;
  /** The reply to part `i`, and its first byte; null: it was too long. False counts as an error. */
  take(split: Split, i: number, type: number, reply: Buffer | null): boolean;
  /** All parts were answered, or failed. */
  reply(split: Split): string | Buffer;
}

/** An answer to a key of DEL or SET is this short. */
const SHORT = 64;

/** Integers, added up. */
export const SUM: Aggregator = {
  longest: SHORT,
  gathers: false,
  passesOne: false,
  take(split, _i, type, reply) {
    if (type !== COLON || reply === null) return false;
    split.total += integerOf(reply);
    return true;
  },
  reply: (split) => (split.errors > 0 ? finishedWith(split.errors) : `:${split.total}\r\n`),
};

/** One OK for so many. */
export const OKS: Aggregator = {
  longest: SHORT,
  gathers: false,
  passesOne: false,
  take: (_split, _i, _type, reply) => reply !== null && reply.toString('latin1') === OK,
  reply: (split) => (split.errors > 0 ? finishedWith(split.errors) : OK),
};

export function finishedWith(errors: number): string {
  return `-finished with ${errors} error(s)\r\n`;
}

// --- of all hosts: the first error, in the order of the hosts, is the reply ----------------------------------------------

export const TOO_LONG = Buffer.from('-ERR the reply of a host is longer than per_connection_buffer_limit_bytes\r\n');

/** `join` gets replies that are none of them errors; a string is an error of ours. */
export function ofAllHosts(passesOne: boolean, join: (replies: readonly Buffer[]) => Buffer | string): Aggregator {
  return {
    longest: null,
    gathers: true,
    passesOne,
    take(split, i, type, reply) {
      split.replies[i] = reply ?? TOO_LONG;
      return type !== MINUS && reply !== null;
    },
    reply(split) {
      const joined = split.replies.find((r) => r[0] === MINUS) ?? join(split.replies);
      if (typeof joined === 'string') split.errors++;
      return joined;
    },
  };
}

/** They must be equal. */
export const SAME: Aggregator = ofAllHosts(true, (replies) => {
  const [first] = replies;
  return replies.every((r) => r.equals(first)) ? first : '-all responses not same\r\n';
});

const NO_ARRAY = '-non-array response received from shard\r\n';

/** The elements of all arrays. */
export const CONCATENATED: Aggregator = ofAllHosts(true, (replies) => {
  let elements = 0;
  const bodies: Buffer[] = [];
  for (const r of replies) {
    if (r[0] !== STAR && r[0] !== PERCENT) return NO_ARRAY;
    const end = r.indexOf(LF) + 1;
    elements += Number(r.toString('latin1', 1, end - 2)) * (r[0] === PERCENT ? 2 : 1);
    bodies.push(r.subarray(end));
  }
  return Buffer.concat([Buffer.from(`*${elements}\r\n`), ...bodies]);
});

/** An array of the arrays. */
export const ARRAYS: Aggregator = ofAllHosts(false, (replies) => {
  if (replies.some((r) => r[0] !== STAR)) return NO_ARRAY;
  return Buffer.concat([Buffer.from(`*${replies.length}\r\n`), ...replies]);
});

/** Integers, added up. */
export const SUM_OF_HOSTS: Aggregator = ofAllHosts(true, (replies) => {
  const odd = replies.find((r) => r[0] !== COLON || r[1] === MINUS);
  if (odd !== undefined)
    return odd[0] === COLON
      ? '-negative value received from upstream\r\n'
      : '-non-integer response received from shard\r\n';
  return Buffer.from(`:${replies.reduce((sum, r) => sum + integerOf(r), 0)}\r\n`);
});

/** Of one host: its reply. */
export const ITS_OWN: Aggregator = ofAllHosts(false, ([reply]) => reply);

/** Redis gave it, so it is `:`, digits, CRLF. */
function integerOf(reply: Buffer): number {
  let n = 0;
  let p = 1;
  const negative = reply[p] === MINUS;
  if (negative) p++;
  for (; p < reply.length - 2; p++) n = n * 10 + (reply[p] - ZERO);
  return negative ? -n : n;
}
