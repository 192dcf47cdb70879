/**
 * Paths by URI template (envoy.path.match.uri_template, envoy.path.rewrite.uri_template): `/media/{kind}/{file}.json`. `*` and a plain variable stand for
 * characters of one segment, `**` for any number of segments. Rules and refusals are those of Envoy's
 * source/extensions/path/uri_template_lib; every segment has one operator at most, so the expression made of it cannot backtrack far.
 */

const MAX_VARIABLES = 5;
const MAX_NAME = 16;
/** RFC 3986's pchar without `=` and `*`. */
const LITERAL = "a-zA-Z0-9\\-._~%!$&'()+,;:@";
const PRINTABLE = /^\/[!-~]*$/;
const LITERAL_TEXT = new RegExp(`^[${LITERAL}]+$`);
const REWRITE_TEXT = new RegExp(`^[${LITERAL}/]+$`);
const NAME = /^[a-zA-Z][a-zA-Z0-9_]*$/;
const OPERATORS: Readonly<Record<string, string>> = { '*': `[${LITERAL}]+`, '**': `[${LITERAL}/]*` };

export interface PathTemplate {
  readonly text: string;
  /** What every path that fits begins with. */
  readonly beginning: string;
  /** Of a path without its query. */
  readonly pattern: RegExp;
  /** In the order of the groups. */
  readonly variables: readonly string[];
}

/** Reads one piece after the other; throws for what Envoy refuses. */
class Reader {
  rest: string;
  private textGlob = false;
  private literalOnly = true;
  beginning = '/';
  readonly variables: string[] = [];

  constructor(rest: string) {
    this.rest = rest;
  }

  /** The expression for one segment. */
  segment(): string {
    if (this.rest.startsWith('{')) return this.variable();
    return this.rest.startsWith('*') ? this.operator() : this.literal();
  }

  literal(): string {
    const slash = this.rest.indexOf('/');
    const text = slash < 0 ? this.rest : this.rest.slice(0, slash);
    if (!LITERAL_TEXT.test(text)) throw new Error('Invalid literal');
    this.rest = this.rest.slice(text.length);
    if (this.literalOnly) this.beginning += text;
    return text.replace(/[.$()+]/g, '\\$&');
  }

  slash(): string {
    if (this.literalOnly) this.beginning += '/';
    return '/';
  }

  private operator(): string {
    this.literalOnly = false;
    const operator = this.rest.startsWith('**') ? '**' : '*';
    this.rest = this.rest.slice(operator.length);
    return this.glob(operator);
  }

  private glob(operator: '*' | '**'): string {
    if (this.textGlob) throw new Error('Glob after text glob.');
    this.textGlob = operator === '**';
    return OPERATORS[operator];
  }

  private variable(): string {
    this.literalOnly = false;
    const close = this.rest.indexOf('}');
    if (close < 0) throw new Error('Unmatched variable bracket');
    const inside = this.rest.slice(1, close);
    const behind = this.rest.slice(close + 1);
    const equals = inside.indexOf('=');
    const name = equals < 0 ? inside : inside.slice(0, equals);
    if (!NAME.test(name)) throw new Error('Invalid variable name');
    if (this.variables.length >= MAX_VARIABLES) throw new Error('Exceeded variable count limit');
    if (name.length > MAX_NAME) throw new Error('Invalid variable length');
    if (this.variables.includes(name)) throw new Error('Repeated variable name');
    this.variables.push(name);
    if (equals < 0) {
      if (this.textGlob) throw new Error('Implicit variable path glob after text glob.');
      this.rest = behind;
      return `(${OPERATORS['*']})`;
    }
    this.rest = inside.slice(equals + 1);
    if (this.rest === '') throw new Error('Empty variable match');
    let out = '';
    for (;;) {
      out += this.rest.startsWith('*') ? this.operator() : this.literal();
      if (this.rest === '') break;
      if (this.rest[0] !== '/' || this.rest.length === 1) throw new Error('Invalid variable match');
      this.rest = this.rest.slice(1);
      out += '/';
    }
    this.rest = behind;
    return `(${out})`;
  }
}

/** Throws Envoy's reason for a template it refuses. */
export function parseTemplate(template: string): PathTemplate {
  if (!PRINTABLE.test(template)) throw new Error('Invalid pattern');
  const reader = new Reader(template.slice(1));
  let out = '/';
  while (reader.rest !== '') {
    out += reader.segment();
    if (reader.rest === '') break;
    if (reader.rest[0] === '/') {
      out += reader.slash();
      reader.rest = reader.rest.slice(1);
    } else {
      // Text right behind an operator or a variable: only at the very end.
      out += reader.literal();
      if (reader.rest !== '') throw new Error('Prefix match not supported.');
    }
  }
  return { text: template, beginning: reader.beginning, pattern: new RegExp(`^${out}$`), variables: reader.variables };
}

/** Literal text, or the number of a variable. */
export type TemplatePart = string | number;

/** What a rewrite puts together; throws for what Envoy refuses. */
export function parseTemplateRewrite(rewrite: string, template: PathTemplate): TemplatePart[] {
  if (!rewrite.startsWith('/')) throw new Error('Invalid rewrite variable placement');
  if (rewrite.includes('//')) throw new Error('Invalid rewrite literal');
  const parts: TemplatePart[] = [];
  for (let rest = rewrite; rest !== ''; ) {
    const open = rest.indexOf('{');
    const text = open < 0 ? rest : rest.slice(0, open);
    if (text !== '') {
      if (!REWRITE_TEXT.test(text)) throw new Error('Invalid rewrite literal pattern');
      parts.push(text);
    }
    if (open < 0) break;
    const close = rest.indexOf('}', open);
    if (close < 0) throw new Error('Unmatched variable bracket');
    const name = rest.slice(open + 1, close);
    if (!NAME.test(name)) throw new Error('Invalid variable name');
    const index = template.variables.indexOf(name);
    if (index < 0) {
      throw new Error(
        `mismatch between variables in path_match_policy ${template.text} and path_rewrite_policy ${rewrite}`,
      );
    }
    parts.push(index);
    rest = rest.slice(close + 1);
  }
  return parts;
}
