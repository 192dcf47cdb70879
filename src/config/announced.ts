/**
 * Whether something in a config is an expression of CEL, or may be: what compiles them is loaded for configs that say so, before anything is
 * built, as formats are compiled at once.
 */

/** What stands where there is one: an operator of a format, a type, a field of RBAC's. */
const WORDS = ['CEL(', 'CelMatcher', 'ExpressionFilter', 'formatter.cel.', 'rate_limit_descriptors.expr', 'condition'];
/** A format that stands elsewhere may have one. */
const ELSEWHERE = /ormat_?[sS]ource["']?\s*:[\s\S]{0,80}?(?:filename|nvironment_?[vV]ariable)/;

/** `text`: of a config, as a file has it. */
export function mayUseCel(text: string): boolean {
  return WORDS.some((word) => text.includes(word)) || ELSEWHERE.test(text);
}

/** Of a message that takes another one's place later. */
export function mentionsCel(message: unknown): boolean {
  if (typeof message === 'string') return WORDS.some((word) => message.includes(word));
  if (typeof message !== 'object' || message === null || ArrayBuffer.isView(message)) return false;
  if (message instanceof Map) return mentionsCel([...message.values()]);
  return Object.entries(message).some(([key, value]) => key === 'condition' || mentionsCel(value));
}
