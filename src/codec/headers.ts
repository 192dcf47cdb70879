/**
 * HTTP header lists as every layer passes them: a flat list of lower-cased names and values, pseudo-headers as fields.
 * Mirrors what Envoy's HeaderMap means (source/common/http/header_map_impl.h), not how it is built.
 *
 * Values are "binary" strings: one char per byte (latin1), so bytes survive any hop unchanged.
 */
import { shorten } from '../platform/shorten.ts';

/** One header block: request, response, 1xx or trailers. Unused pseudo-header fields are ''. */
export class Headers {
  /** Alternating name, value, name, value … Names are lower-case. */
  list: string[];
  method: string;
  path: string;
  authority: string;
  scheme: string;
  /** Response status; 0 on requests and trailers. */
  status: number;
  /** RFC 8441 `:protocol`; '' when absent. */
  protocol: string;

  constructor() {
    this.list = [];
    this.method = '';
    this.path = '';
    this.authority = '';
    this.scheme = '';
    this.status = 0;
    this.protocol = '';
  }

  /** The first value of `name` (lower-case), or undefined. */
  get(name: string): string | undefined {
    const l = this.list;
    for (let i = 0; i < l.length; i += 2) if (l[i] === name) return l[i + 1];
    return undefined;
  }

  has(name: string): boolean {
    const l = this.list;
    for (let i = 0; i < l.length; i += 2) if (l[i] === name) return true;
    return false;
  }

  /** All values of `name`, joined with ',' as Envoy does for matching; undefined when there is none. */
  getAll(name: string): string | undefined {
    const l = this.list;
    let out: string | undefined;
    for (let i = 0; i < l.length; i += 2) {
      if (l[i] === name) out = out === undefined ? l[i + 1] : `${out},${l[i + 1]}`;
    }
    return out;
  }

  /** Append without looking for an earlier value. */
  add(name: string, value: string): void {
    this.list.push(name, value);
  }

  /** Replace the first value in place and drop the others, or append. */
  set(name: string, value: string): void {
    const l = this.list;
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
    const l = this.list;
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

  /** Number of header fields, pseudo-headers not counted. */
  get count(): number {
    return this.list.length >>> 1;
  }
}
