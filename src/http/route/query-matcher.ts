/**
 * query_parameters of a route's match. Nothing is decoded and of a repeated parameter the first value counts, as in Envoy
 * (ConfigUtility::matchQueryParams, Utility::QueryParamsMulti).
 */
import type { QueryParameterMatcher } from '../../config/schema/types.ts';
import { toWire } from '../../platform/wire-text.ts';
import { stringTest } from '../headers/header-matcher.ts';
import type { RegexCompiler, StringTest } from '../headers/regex.ts';

/** The first value of `name` in `target`'s query; '' for one without `=`; undefined where it is missing. `name` is wire text. */
export function queryValue(target: string, name: string): string | undefined {
  let at = target.indexOf('?');
  while (at >= 0) {
    const begin = at + 1;
    const next = target.indexOf('&', begin);
    const end = next < 0 ? target.length : next;
    if (target.startsWith(name, begin)) {
      const after = begin + name.length;
      if (after === end) return '';
      if (after < end && target.charCodeAt(after) === 61 /* = */) return target.slice(after + 1, end);
    }
    at = next;
  }
  return undefined;
}

export class QueryMatcher {
  private readonly name: string;
  /** Null: whether it is there. */
  private readonly test: StringTest | null;
  private readonly present: boolean;

  constructor(config: QueryParameterMatcher, regex: RegexCompiler) {
    this.name = toWire(config.name ?? '');
    this.test = config.stringMatch === undefined ? null : stringTest(config.stringMatch, regex);
    this.present = config.presentMatch ?? true;
  }

  matches(target: string): boolean {
    const value = queryValue(target, this.name);
    if (this.test === null) return (value !== undefined) === this.present;
    return value !== undefined && this.test(value);
  }
}
