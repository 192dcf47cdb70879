/**
 * The query of an admin request, decoded as Envoy does: percent sequences only, so `+` stays a plus (it is common in a
 * filter's regex); the first value of a name counts (source/common/http/utility.cc, QueryParamsMulti).
 */
import { percentDecode } from '../platform/wire-text.ts';

export class Query {
  /** In order of first appearance. */
  readonly params: ReadonlyMap<string, string>;

  constructor(text: string) {
    const params = new Map<string, string>();
    if (text !== '') {
      for (const pair of text.split('&')) {
        const equals = pair.indexOf('=');
        const name = decode(equals < 0 ? pair : pair.slice(0, equals));
        if (!params.has(name)) params.set(name, equals < 0 ? '' : decode(pair.slice(equals + 1)));
      }
    }
    this.params = params;
  }

  /** Present, with or without a value. */
  has(name: string): boolean {
    return this.params.has(name);
  }

  /** The value, or undefined when absent or empty. */
  get(name: string): string | undefined {
    return this.params.get(name) || undefined;
  }
}

/** Of wire text. What is no UTF-8 becomes U+FFFD. */
function decode(text: string): string {
  return Buffer.from(percentDecode(text), 'latin1').toString('utf8');
}
