/** Regular expressions of a config must be RE2's; loaded only when a config has any. */
import { RE2JS, RE2JSException } from 're2js';
import { place } from '../origin.ts';
import type { ProblemDraft } from '../problem.ts';
import type { TreeNode } from '../tree.ts';

export function checkRegexes(regexes: readonly { text: string; path: string; node: TreeNode }[]): ProblemDraft[] {
  const problems: ProblemDraft[] = [];
  for (const { text, path, node } of regexes) {
    try {
      RE2JS.compile(text);
    } catch (error) {
      if (!(error instanceof RE2JSException)) throw error;
      const envoy = error.message
        .replace(/^error parsing regexp: /, '')
        .replace(/`/g, '')
        .replace('missing argument to', 'no argument for');
      problems.push({ code: 'semantic', ...place(node), path, message: `not an RE2 expression: ${envoy}`, envoy });
    }
  }
  return problems;
}
