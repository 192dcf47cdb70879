/**
 * SCAN. With one host it is that host's, as in Envoy's ScanRequest (redis_proxy/command_splitter_impl.cc). With several, Envoy asks all of them
 * with the client's cursor and joins their replies, which no client can go on from; here they are gone through one after the other, and the
 * cursor says which one is due (docs/behaviour.md R30).
 */
import { type Aggregator, finishedWith, ofAllHosts } from './aggregators.ts';
import type { HostsChoice } from './command-table.ts';

/** A client's cursor is a host's times this, plus the host's place; Redis's are far below 2^52. */
const PLACES = 4096n;
/** Cursors are unsigned 64-bit numbers to clients. */
const CURSORS = 1n << 64n;
const DIGITS = /^\d{1,20}$/;
const FIRST_ELEMENTS = /^\*2\r\n\$\d+\r\n(\d{1,20})\r\n/;
/** Digits and lengths of a reply up to the second element. */
const LONGEST_START = 64;
const NO_MORE = '*2\r\n$1\r\n0\r\n*0\r\n';

/** Its reply is the client's, but for errors. */
const OF_ONE_HOST: Aggregator = {
  ...ofAllHosts(true, ([reply]) => reply),
  onlyArrays: true,
};

export const scan: HostsChoice = (asked, hosts) => {
  if (hosts <= 1) return OF_ONE_HOST;
  const text = asked.word(1).toString('latin1', 0, 21);
  const cursor = DIGITS.test(text) ? BigInt(text) : CURSORS;
  if (cursor >= CURSORS || hosts > Number(PLACES)) return finishedWith(1);
  const host = Number(cursor % PLACES);
  // Hosts have left since.
  if (host >= hosts) return NO_MORE;
  const request = asked.replaced(1, `${cursor / PLACES}`);
  return { host, request, command: 'scan', aggregator: stepAt(host, hosts) };
};

/** The reply of one of several hosts, with a cursor that leads on to the next one. */
function stepAt(host: number, hosts: number): Aggregator {
  return {
    longest: null,
    gathers: true,
    passesOne: false,
    take(split, _i, _type, reply) {
      const next = reply === null ? null : withCursor(reply, host, hosts);
      if (next === null) return false;
      split.replies[0] = next;
      return true;
    },
    reply: (split) => (split.errors > 0 ? finishedWith(split.errors) : split.replies[0]),
  };
}

function withCursor(reply: Buffer, host: number, hosts: number): Buffer | null {
  const start = FIRST_ELEMENTS.exec(reply.toString('latin1', 0, LONGEST_START));
  if (start === null) return null;
  const theirs = BigInt(start[1]);
  let cursor = theirs * PLACES + BigInt(host);
  if (theirs === 0n) cursor = host + 1 < hosts ? BigInt(host + 1) : 0n;
  if (cursor >= CURSORS) return null;
  const text = `${cursor}`;
  return Buffer.concat([Buffer.from(`*2\r\n$${text.length}\r\n${text}\r\n`), reply.subarray(start[0].length)]);
}
