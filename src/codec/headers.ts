/**
 * HTTP header lists as every layer passes them: a flat list of lower-cased names and values, pseudo-headers as fields.
 * Mirrors what Envoy's HeaderMap means (source/common/http/header_map_impl.h), not how it is built.
 *
 * Values are wire text (platform/wire-text.ts): one char per byte, so bytes survive any hop unchanged. What could end a line or a
 * head, or is no byte at all, cannot get in: codecs check what they read, `add` and `set` what everybody else brings, and the
 * pseudo-headers are looked at when they are written.
 */
import { shorten } from '../platform/shorten.ts';
import { isWritableName, isWritableTarget, isWritableValue } from '../platform/wire-text.ts';

/** How HTTP/1 writes the names, where that is not as they stand in the list: http1/kept-names.ts. */
export interface WrittenNames {
  readonly reason: string;
  lineStart(name: string): string;
}

/** Names that have been looked at; then all are forgotten. */
const MAX_KEPT_NAMES = 1024;
const MAX_KEPT_LENGTH = 64;
const soundNames = new Set<string>();

/** One header block: request, response, 1xx or trailers. Unused pseudo-header fields are ''. */
export class Headers {
  /** The list itself, for codecs and for those who only move what is in it: nobody looks at what is put here. */
  unchecked: string[];
  method: string;
  path: string;
  authority: string;
  scheme: string;
  /** Response status; 0 on requests and trailers. */
  status: number;
  /** RFC 8441 `:protocol`; '' when absent. */
  protocol: string;
  /** Null: as they stand in the list. A copy has none, as in Envoy. */
  written: WrittenNames | null;

  constructor() {
    this.unchecked = [];
    this.method = '';
    this.path = '';
    this.authority = '';
    this.scheme = '';
    this.status = 0;
    this.protocol = '';
    this.written = null;
  }

  /** Alternating name, value, name, value … Names are lower-case. */
  get list(): readonly string[] {
    return this.unchecked;
  }
  /** The list becomes this one's. */
  set list(list: readonly string[]) {
    for (let i = 0; i < list.length; i += 2) check(list[i], list[i + 1]);
    this.unchecked = list as string[];
  }

  /** The first value of `name` (lower-case), or undefined. */
  get(name: string): string | undefined {
    const l = this.unchecked;
    for (let i = 0; i < l.length; i += 2) if (l[i] === name) return l[i + 1];
    return undefined;
  }

  has(name: string): boolean {
    const l = this.unchecked;
    for (let i = 0; i < l.length; i += 2) if (l[i] === name) return true;
    return false;
  }

  /** All values of `name`, joined with ',' as Envoy does for matching; undefined when there is none. */
  getAll(name: string): string | undefined {
    const l = this.unchecked;
    let out: string | undefined;
    for (let i = 0; i < l.length; i += 2) {
      if (l[i] === name) out = out === undefined ? l[i + 1] : `${out},${l[i + 1]}`;
    }
    return out;
  }

  /** Append without looking for an earlier value. Throws for what cannot stand on the wire, as `set` does. */
  add(name: string, value: string): void {
    check(name, value);
    this.addUnchecked(name, value);
  }

  /** Replace the first value in place and drop the others, or append. */
  set(name: string, value: string): void {
    check(name, value);
    this.setUnchecked(name, value);
  }

  /** `add` and `set` for what the proxy makes itself for every message: numbers, dates, values of the config that were checked once. */
  addUnchecked(name: string, value: string): void {
    this.unchecked.push(name, value);
  }
  setUnchecked(name: string, value: string): void {
    const l = this.unchecked;
    for (let i = 0; i < l.length; i += 2) {
      if (l[i] === name) {
        l[i + 1] = value;
        this.removeFrom(name, i + 2);
        return;
      }
    }
    l.push(name, value);
  }

  /** Remove every value of `name`; true when there was one. */
  remove(name: string): boolean {
    return this.removeFrom(name, 0);
  }

  private removeFrom(name: string, from: number): boolean {
    const l = this.unchecked;
    let w = from;
    for (let r = from; r < l.length; r += 2) {
      if (l[r] !== name) {
        if (w !== r) {
          l[w] = l[r];
          l[w + 1] = l[r + 1];
        }
        w += 2;
      }
    }
    if (w === l.length) return false;
    shorten(l, w);
    return true;
  }

  /** A copy of its own. */
  clone(): Headers {
    const h = new Headers();
    h.method = this.method;
    h.path = this.path;
    h.scheme = this.scheme;
    h.authority = this.authority;
    h.protocol = this.protocol;
    h.status = this.status;
    h.unchecked = this.unchecked.slice();
    return h;
  }

  /** Number of header fields, pseudo-headers not counted. */
  get count(): number {
    return this.unchecked.length >>> 1;
  }

  /** For writers, before the first byte of a request. Throws for a pseudo-header that cannot stand on the wire. */
  checkPseudo(): void {
    if (!isWritableTarget(this.path)) throw unwritable(':path');
    if (!isWritableTarget(this.authority)) throw unwritable(':authority');
    if (this.method !== 'GET' && this.method !== 'POST') checkWord(':method', this.method);
    if (this.scheme !== 'http' && this.scheme !== 'https') checkWord(':scheme', this.scheme);
    if (this.protocol !== '') checkWord(':protocol', this.protocol);
  }
}

function check(name: string, value: string): void {
  if (!soundNames.has(name)) checkName(name);
  if (!isWritableValue(value)) throw unwritable(name);
}

function checkName(name: string): void {
  if (!isWritableName(name)) throw unwritable(name);
  if (name.length > MAX_KEPT_LENGTH) return;
  if (soundNames.size === MAX_KEPT_NAMES) soundNames.clear();
  soundNames.add(name);
}

function checkWord(name: string, value: string): void {
  if (!isWritableTarget(value)) throw unwritable(name);
}

/** Not with the value: it may be a secret. */
function unwritable(name: string): Error {
  return new Error(`header ${JSON.stringify(name)} has a character that cannot stand on the wire`);
}
