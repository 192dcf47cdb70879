/**
 * HeaderMutationRules: which headers a service that is asked may change. Mirrors source/extensions/filters/common/mutation_rules/mutation_rules.cc;
 * its defaults forbid what decides on routes, and x-envoy-*.
 */
import type { HeaderMutationRules } from '../../config/schema/types.ts';
import type { RegexCompiler, StringTest } from '../headers/regex.ts';

export const ALLOWED = 0;
export const IGNORED = 1;
/** The service's whole answer is wrong. */
export const REFUSED = 2;
export type Verdict = typeof ALLOWED | typeof IGNORED | typeof REFUSED;

const ROUTING: readonly string[] = ['host', ':authority', ':method', ':scheme'];

export class MutationRules {
  private readonly rules: HeaderMutationRules;
  private readonly allow: StringTest | null;
  private readonly disallow: StringTest | null;

  constructor(rules: HeaderMutationRules, regex: RegexCompiler) {
    this.rules = rules;
    this.allow = rules.allowExpression === undefined ? null : regex(rules.allowExpression.regex ?? '');
    this.disallow = rules.disallowExpression === undefined ? null : regex(rules.disallowExpression.regex ?? '');
  }

  /** `name` in lower case. Removing or appending to a pseudo-header is never allowed; nor is a value that is none. */
  check(name: string, operation: 'set' | 'append' | 'remove', sound: boolean): Verdict {
    if (this.allowed(name, operation, sound)) return ALLOWED;
    return this.rules.disallowIsError === true ? REFUSED : IGNORED;
  }

  private allowed(name: string, operation: 'set' | 'append' | 'remove', sound: boolean): boolean {
    if (!sound) return false;
    const pseudo = name.startsWith(':');
    if (operation !== 'set' && (pseudo || name === 'host')) return false;
    const { rules } = this;
    if (this.disallow?.(name) === true) return false;
    if (this.allow?.(name) === true) return true;
    if (rules.disallowAll === true) return false;
    if (rules.allowAllRouting !== true && ROUTING.includes(name)) return false;
    if (rules.disallowSystem === true && pseudo) return false;
    return rules.allowEnvoy === true || !name.startsWith('x-envoy');
  }
}
