/** cookies of a route's match (Envoy: ConfigUtility::CookieMatcher). A cookie that is missing matches only where the match is inverted. */
import type { Headers } from '../../codec/headers.ts';
import type { CookieMatcher as CookieMatcherMessage } from '../../config/schema/types.ts';
import { toWire } from '../../platform/wire-text.ts';
import { cookieValue } from '../headers/cookies.ts';
import { stringTest } from '../headers/header-matcher.ts';
import type { RegexCompiler, StringTest } from '../headers/regex.ts';

export class CookieMatcher {
  private readonly name: string;
  private readonly test: StringTest;
  private readonly invert: boolean;

  constructor(config: CookieMatcherMessage, regex: RegexCompiler) {
    this.name = toWire(config.name ?? '');
    this.test = stringTest(config.stringMatch ?? {}, regex);
    this.invert = config.invertMatch ?? false;
  }

  matches(headers: Headers): boolean {
    const value = cookieValue(headers, this.name);
    return (value !== undefined && this.test(value)) !== this.invert;
  }
}
