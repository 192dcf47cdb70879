/**
 * The path of an HTTP rule: `/v1/{name=shelves/*}/books/**:verb` (google/api/http.proto). Mirrors HttpTemplate of grpc-httpjson-transcoding.
 */

export const ANY = '*';
export const REST = '**';

export interface TemplateVariable {
  /** Names of fields, from the message inwards. */
  readonly fieldPath: readonly string[];
  /** Of the segments, `end` behind the last one. */
  readonly start: number;
  readonly end: number;
  /** It holds a `**`: `end` is counted from the last segment, -1 is all. */
  readonly rest: boolean;
}

export interface PathTemplate {
  /** Literals, ANY and REST; the verb is the last of them. */
  readonly segments: readonly string[];
  readonly verb: string;
  readonly variables: readonly TemplateVariable[];
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*/;
const LITERAL = /^[^/{}:*=]+/;

/** Null for what is no template. */
export function parseTemplate(text: string): PathTemplate | null {
  const parser = new Parser(text);
  return parser.parse();
}

class Parser {
  private rest: string;
  private readonly segments: string[] = [];
  private readonly variables: { fieldPath: string[]; start: number; end: number; rest: boolean }[] = [];

  constructor(text: string) {
    this.rest = text;
  }

  parse(): PathTemplate | null {
    if (!this.take('/')) return null;
    if (this.rest !== '' && !this.parseSegments(false)) return null;
    let verb = '';
    if (this.take(':')) {
      const match = LITERAL.exec(this.rest);
      if (match === null) return null;
      verb = match[0];
      this.rest = this.rest.slice(verb.length);
    }
    if (this.rest !== '') return null;
    // Nothing but a verb may stand behind **.
    const at = this.segments.indexOf(REST);
    if (at >= 0 && this.segments.indexOf(REST, at + 1) >= 0) return null;
    const behind = (n: number): number => n - this.segments.length - 1;
    const tail = verb === '' ? 0 : 1;
    const variables = this.variables.map((v) =>
      v.rest || (at >= 0 && v.end > at)
        ? {
            ...v,
            rest: true,
            start: v.start > at && at >= 0 ? behind(v.start) - tail : v.start,
            end: behind(v.end) - tail,
          }
        : v,
    );
    return { segments: verb === '' ? this.segments : [...this.segments, verb], verb, variables };
  }

  private parseSegments(inVariable: boolean): boolean {
    do {
      if (!this.parseSegment(inVariable)) return false;
    } while (this.take('/'));
    return true;
  }

  private parseSegment(inVariable: boolean): boolean {
    if (this.take(REST)) this.segments.push(REST);
    else if (this.take(ANY)) this.segments.push(ANY);
    else if (this.rest.startsWith('{')) return !inVariable && this.parseVariable();
    else {
      const match = LITERAL.exec(this.rest);
      if (match === null) return false;
      this.segments.push(match[0]);
      this.rest = this.rest.slice(match[0].length);
    }
    return true;
  }

  private parseVariable(): boolean {
    this.take('{');
    const fieldPath: string[] = [];
    do {
      const match = IDENTIFIER.exec(this.rest);
      if (match === null) return false;
      fieldPath.push(match[0]);
      this.rest = this.rest.slice(match[0].length);
    } while (this.take('.'));
    const start = this.segments.length;
    if (!this.take('=')) this.segments.push(ANY);
    else if (!this.parseSegments(true)) return false;
    const end = this.segments.length;
    this.variables.push({ fieldPath, start, end, rest: this.segments.slice(start, end).includes(REST) });
    return this.take('}');
  }

  private take(text: string): boolean {
    if (!this.rest.startsWith(text)) return false;
    this.rest = this.rest.slice(text.length);
    return true;
  }
}
