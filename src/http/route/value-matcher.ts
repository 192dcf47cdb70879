/**
 * ValueMatcher and MetadataMatcher (envoy.type.matcher.v3), compiled: what a value of a metadata Struct must be. Role of
 * source/common/common/matchers.cc.
 */
import type { MetadataMatcher, ValueMatcher } from '../../config/schema/types.ts';
import { memberOf } from '../../config/struct.ts';
import { toWire } from '../../platform/wire-text.ts';
import { stringTest } from '../headers/header-matcher.ts';
import type { RegexCompiler } from '../headers/regex.ts';

/** `undefined`: there is no such value. */
export type ValueTest = (value: unknown) => boolean;

const never: ValueTest = () => false;

export function valueTest(m: ValueMatcher | undefined, regex: RegexCompiler): ValueTest {
  if (m === undefined) return never;
  if (m.nullMatch !== undefined) return (v) => v === null;
  if (m.doubleMatch !== undefined) {
    const { range, exact } = m.doubleMatch;
    if (range === undefined) return (v) => v === exact;
    const { start = 0, end = 0 } = range;
    return (v) => typeof v === 'number' && v >= start && v < end;
  }
  if (m.stringMatch !== undefined) {
    const test = stringTest(m.stringMatch, regex);
    return (v) => typeof v === 'string' && test(toWire(v));
  }
  if (m.boolMatch !== undefined) return (v) => v === m.boolMatch;
  if (m.presentMatch !== undefined) return (v) => (v !== undefined) === m.presentMatch;
  if (m.listMatch !== undefined) {
    const test = valueTest(m.listMatch.oneOf, regex);
    return (v) => Array.isArray(v) && v.some(test);
  }
  if (m.orMatch !== undefined) {
    const tests = (m.orMatch.valueMatchers ?? []).map((one) => valueTest(one, regex));
    return (v) => tests.some((test) => test(v));
  }
  return never;
}

/** Metadata by namespace. */
export interface MetadataSource {
  dynamicMetadata(namespace: string): Readonly<Record<string, unknown>> | undefined;
}

export function metadataTest(m: MetadataMatcher, regex: RegexCompiler): (source: MetadataSource) => boolean {
  const filter = m.filter ?? '';
  const path = (m.path ?? []).map((segment) => segment.key ?? '');
  const test = valueTest(m.value, regex);
  const invert = m.invert ?? false;
  return (source) => {
    return test(memberOf(source.dynamicMetadata(filter), path)) !== invert;
  };
}
