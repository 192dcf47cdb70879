/** The path of a request without its query and fragment, and whether a PathMatcher takes it. Role of Matchers::PathMatcher. */
import type { PathMatcher } from '../../config/schema/types.ts';
import { stringTest } from '../headers/header-matcher.ts';
import type { RegexCompiler, StringTest } from '../headers/regex.ts';

export function urlPath(path: string): string {
  const end = path.search(/[?#]/);
  return end < 0 ? path : path.slice(0, end);
}

export function urlPathTest(m: PathMatcher | undefined, regex: RegexCompiler): StringTest {
  const test = stringTest(m?.path ?? {}, regex);
  return (path) => test(urlPath(path));
}
