/** What a template left behind: Envoy replaces no variables, so a value such as `${PORT}` is wrong because a step before it was not run. */
import type { ProblemDraft } from './problem.ts';

const SHELL = /\$\{[A-Za-z_]\w*[^}\n]*\}|\$[A-Z_][A-Z\d_]*\b/;
const TEMPLATE = /\{\{.*?\}\}/;

/** The draft with a hint where its own place, or the line of a syntax error, holds a placeholder. */
export function withPlaceholderHint(draft: ProblemDraft): ProblemDraft {
  const { source, offset } = draft;
  const text =
    draft.code === 'syntax' ? source.position(offset).text : source.text.slice(offset, offset + (draft.width ?? 0));
  const shell = SHELL.exec(text);
  if (shell !== null) {
    return {
      ...draft,
      hint: `${shell[0]} is still in the file: Envoy replaces no variables, and envsubst was not run`,
    };
  }
  const template = TEMPLATE.exec(text);
  if (template === null) return draft;
  return { ...draft, hint: `${template[0]} is still in the file: the template it stands in was not filled in` };
}
