/**
 * What is wrong with a config: coded problems with a position, all of a file at once, and the error that carries them to the
 * command line. Where Envoy has a sentence for it, that sentence comes along, so that what people search for is found.
 */
import type { Source } from './source.ts';

export type ProblemCode =
  /** The text is not YAML or JSON, or too large, deep or wide. */
  | 'syntax'
  | 'unreadable'
  /** Envoy's API has no such field. */
  | 'unknown-field'
  /** The value does not fit the field's type. */
  | 'bad-value'
  /** No message or extension of that name. */
  | 'unknown-type'
  /** Envoy knows it, this release does not do it. */
  | 'unsupported'
  /** A constraint of Envoy's protos is violated. */
  | 'constraint'
  /** A rule that spans several fields: duplicate clusters, routes to nowhere. */
  | 'semantic'
  /** True of this machine, where the file may be meant for another: a password's file that is not here. */
  | 'machine'
  /** Deprecated; only ever a warning. */
  | 'deprecated'
  /** Works, but surely not as meant; only ever a warning. */
  | 'suspicious';

export interface ConfigProblem {
  readonly code: ProblemCode;
  readonly file: string;
  /** From 1; 0 when there is no place to point at. */
  readonly line: number;
  readonly column: number;
  /** `static_resources.clusters[0].lb_policy` */
  readonly yamlPath: string;
  /** One short sentence. */
  readonly message: string;
  /** The sentence real Envoy stops with; undefined where it has none. */
  readonly envoy: string | undefined;
  readonly hint: string | undefined;
  /** The line pointed at. */
  readonly sourceLine: string;
  /** Length of what the caret underlines, at least 1. */
  readonly width: number;
}

/** A problem before its offset is turned into a line. */
export interface ProblemDraft {
  readonly code: ProblemCode;
  readonly source: Source;
  readonly offset: number;
  readonly width?: number;
  readonly path: string;
  readonly message: string;
  readonly envoy?: string;
  readonly hint?: string;
}

/** Of each kind of check no more than this many problems are kept. */
export const MAX_PROBLEMS = 1000;
/** More than this many are counted, not listed. */
const LISTED = 50;
/** Longer texts are cut: names in them are the file's. */
const TEXT_LENGTH = 1000;
/** Longer source lines are cut around the caret. */
const LINE_WIDTH = 160;

/** What stands in a config itself may be a key or a password: a line is shown without it, in its length. */
const INLINE =
  /((?:inline_?(?:string|bytes)|private_?key|password|pkcs12)['"]?\s*:\s*)("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s{}[\]][^}\]]*)/gi;

export function locate(draft: ProblemDraft): ConfigProblem {
  const at = draft.source.position(draft.offset);
  return {
    code: draft.code,
    file: draft.source.name,
    line: at.line,
    column: at.column,
    yamlPath: draft.path,
    message: draft.message,
    envoy: draft.envoy,
    hint: draft.hint,
    sourceLine: at.text.replace(INLINE, (_, key: string, value: string) => key + '*'.repeat(value.length)),
    width: Math.max(1, draft.width ?? 1),
  };
}

/** About a file as a whole. */
export function fileProblem(file: string, code: ProblemCode, message: string, hint?: string): ConfigProblem {
  const nowhere = { line: 0, column: 0, yamlPath: '', sourceLine: '', width: 1 };
  return { code, file, message, envoy: undefined, hint, ...nowhere };
}

/** Envoy stops at the first mistake it meets: reading, unknown fields, constraints, then what the server finds. */
const STAGES: Readonly<Record<ProblemCode, number>> = {
  syntax: 0,
  unreadable: 0,
  'bad-value': 1,
  'unknown-type': 1,
  'unknown-field': 2,
  constraint: 3,
  semantic: 4,
  machine: 5,
  unsupported: 5,
  deprecated: 6,
  suspicious: 6,
};

export class ConfigError extends Error {
  /** In file order, what is only not supported yet at the end. */
  readonly problems: readonly ConfigProblem[];
  /** The one Envoy would have stopped at. */
  readonly first: ConfigProblem;

  /** `message` is what Envoy would have said, then the whole list. */
  constructor(problems: readonly ConfigProblem[]) {
    super();
    this.name = 'ConfigError';
    this.problems = [...problems].sort(byPlace);
    this.first = this.problems.reduce((a, b) => (STAGES[b.code] < STAGES[a.code] ? b : a));
    this.message = [oneLine(this.first.envoy ?? this.first.message), this.details].filter((s) => s !== '').join('\n');
  }

  /** All of them; '' where the one sentence says everything there is to say. */
  get details(): string {
    const [only] = this.problems;
    const said = this.problems.length === 1 && only.line === 0 && only.hint === undefined;
    return said ? '' : this.format();
  }

  /** `file:line:column: message`, the path, the line with a caret and the hint, for each problem. */
  format(): string {
    const text = this.problems.slice(0, LISTED).map(formatProblem).join('\n');
    const more = this.problems.length - LISTED;
    const count = this.problems.length === 1 ? '1 problem' : `${this.problems.length} problems`;
    return `${text}\n${more > 0 ? `… and ${more} more\n` : ''}${count}`;
  }
}

function byPlace(a: ConfigProblem, b: ConfigProblem): number {
  const late = Number(a.code === 'unsupported') - Number(b.code === 'unsupported');
  return late || a.line - b.line || a.column - b.column;
}

/** `file:line:column` */
export function placeOf(p: ConfigProblem): string {
  return p.line > 0 ? `${p.file}:${p.line}:${p.column}` : p.file;
}

export function formatProblem(p: ConfigProblem): string {
  let text = `${placeOf(p)}: ${printable(p.message)}\n`;
  if (p.yamlPath !== '') text += `  at ${printable(p.yamlPath)}\n`;
  if (p.sourceLine.trim() !== '') text += snippet(p);
  if (p.hint !== undefined) text += `  ${printable(p.hint)}\n`;
  return text;
}

function snippet(p: ConfigProblem): string {
  const from = Math.max(0, p.column - LINE_WIDTH / 2);
  const line = printable(p.sourceLine.slice(from, from + LINE_WIDTH));
  const at = p.column - 1 - from;
  const width = Math.max(1, Math.min(p.width, line.length - at));
  const number = String(p.line);
  // Tabs are kept in front of the caret so that it stands where the terminal puts the character.
  const blank = line.slice(0, at).replace(/[^\t]/g, ' ');
  return `  ${number} | ${line}\n  ${' '.repeat(number.length)} | ${blank}${'^'.repeat(width)}\n`;
}

const oneLine = (text: string): string => printable(text).replace(/\n/g, ' ');

/** What came from the file must not be able to move the cursor or ring the bell. */
function printable(text: string): string {
  const cut = text.length > TEXT_LENGTH ? `${text.slice(0, TEXT_LENGTH)}…` : text;
  return cut.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]/g, '\ufffd');
}
