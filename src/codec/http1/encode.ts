/** Writes field sections as text, one string per head, in Envoy's order: the list's own, framing fields last. */

import type { WrittenNames } from '../headers.ts';
import { connectionTokens, TOKEN_CLOSE, TOKEN_UPGRADE } from './connection-header.ts';
import { parseContentLength } from './framing.ts';

export const CRLF = '\r\n';
/** Ends a head behind its last line. */
export const HEAD_END = '\r\n\r\n';
export const LAST_CHUNK = '0\r\n\r\n';
/** Behind a chunk's data when it is the last. */
export const CHUNK_END_AND_LAST = '\r\n0\r\n\r\n';

/** What the last `encodeFields` came across; one for the process, read at once. */
export class Encoded {
  /** Of the content-length field; -1 when there is none. */
  contentLength: number;
  /** `connection: close` is among the fields. */
  close: boolean;
  /** Both `upgrade` and `connection: upgrade` are. */
  upgrade: boolean;

  constructor() {
    this.contentLength = -1;
    this.close = false;
    this.upgrade = false;
  }
}
export const encoded = new Encoded();

/** Names whose beginning of a line is kept, in each of the two cases; then all are forgotten. Longer names are worked out every time. */
const MAX_KEPT_NAMES = 1024;
const MAX_KEPT_LENGTH = 64;
const plainStarts = new Map<string, string>();
const properStarts = new Map<string, string>();

/**
 * The end of the line before, `name` and what stands between it and its value. `proper`: as Envoy's ProperCaseHeaderKeyFormatter,
 * `content-type` → `Content-Type`. Kept by name: a head of six fields would otherwise be joined from twice as many pieces.
 */
export function lineStart(name: string, proper: boolean): string {
  return (proper ? properStarts : plainStarts).get(name) ?? newLineStart(name, proper);
}

function newLineStart(name: string, proper: boolean): string {
  const start = `${CRLF}${proper ? properCase(name) : name}: `;
  if (name.length > MAX_KEPT_LENGTH) return start;
  const starts = proper ? properStarts : plainStarts;
  if (starts.size === MAX_KEPT_NAMES) starts.clear();
  starts.set(name, start);
  return start;
}

function properCase(name: string): string {
  return name.replace(/(^|[^a-z0-9'])([a-z])/g, (_, before: string, letter: string) => before + letter.toUpperCase());
}

/**
 * `head`, which ends without its CRLF, with a line for each field of `list`, the last without its CRLF too; transfer-encoding is left
 * out, as the codec decides about framing. `written`: how the names came, where that is kept.
 */
export function encodeFields(
  head: string,
  list: readonly string[],
  proper: boolean,
  written: WrittenNames | null,
): string {
  const e = encoded;
  e.contentLength = -1;
  e.close = false;
  e.upgrade = false;
  let upgradeField = false;
  let upgradeToken = false;
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i];
    const value = list[i + 1];
    // Only four names matter here, and their lengths tell them from nearly all others.
    switch (name.length) {
      case 7:
        if (name === 'upgrade') upgradeField = true;
        break;
      case 10:
        if (name === 'connection') {
          const tokens = connectionTokens(value);
          if ((tokens & TOKEN_CLOSE) !== 0) e.close = true;
          if ((tokens & TOKEN_UPGRADE) !== 0) upgradeToken = true;
        }
        break;
      case 14:
        if (name === 'content-length') {
          // Two would be a framing error of our own: the first counts.
          if (e.contentLength >= 0) continue;
          e.contentLength = parseContentLength(value);
          if (e.contentLength < 0) continue;
        }
        break;
      case 17:
        if (name === 'transfer-encoding') continue;
        break;
    }
    head = head + (written === null ? lineStart(name, proper) : written.lineStart(name)) + value;
  }
  e.upgrade = upgradeField && upgradeToken;
  return head;
}

/** `lineStart` of what the codec itself says. */
export function framingLine(name: string, proper: boolean, written: WrittenNames | null): string {
  return written === null ? lineStart(name, proper) : written.lineStart(name);
}

/** Trailer lines; Envoy never formats their names. */
export function encodeTrailerFields(list: readonly string[]): string {
  let text = '0\r\n';
  for (let i = 0; i < list.length; i += 2) text += list[i] + ': ' + list[i + 1] + CRLF;
  return text + CRLF;
}
