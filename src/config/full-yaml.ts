/**
 * YAML text → tree, from js-yaml's event stream (its offsets give us positions without a second parser). Aliases are expanded
 * against our own limits; several documents: the first counts, as for Envoy; merge keys (`<<`) are not known to Envoy either.
 */
import {
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml';
import { plainScalar } from './scalars.ts';
import type { Source } from './source.ts';
import {
  INDEXED_ENTRIES,
  keyIndex,
  LIMITS,
  type MappingEntry,
  SyntaxProblem,
  setEntry,
  type TreeNode,
} from './tree.ts';
import { ShiftedText, YamlScan } from './yaml-scan.ts';

/** Any escape; the group is that of a surrogate. */
const ESCAPE = /\\(?:u([dD][89a-fA-F][\da-fA-F]{2})|U0000([dD][89a-fA-F][\da-fA-F]{2})|.)/gs;

export function parseYaml(source: Source): TreeNode {
  const { text } = source;
  // js-yaml makes its events before anybody can count them.
  if (text.length > LIMITS.nodes && new YamlScan(text, LIMITS.nodes).values > LIMITS.nodes) throw tooLarge(source, 0);
  try {
    return build(source, text, (offset) => offset);
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const scan = new YamlScan(text);
    if (error.reason !== DEFICIENT) throw syntaxProblem(source, error, error.mark?.position ?? 0, scan);
    return buildShifted(source, scan, error);
  }
}

/** js-yaml wants lines inside brackets and quotes to be deeper than what they belong to; yaml-cpp, so Envoy, does not mind. */
const DEFICIENT = 'deficient indentation';

function buildShifted(source: Source, scan: YamlScan, first: YAMLException): TreeNode {
  const shifted = new ShiftedText(source.text, scan.innerLines);
  const at = (offset: number): number => shifted.original(offset);
  try {
    if (!shifted.isShifted) throw first;
    return build(source, shifted.text, at);
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const position = error.mark?.position ?? 0;
    throw syntaxProblem(source, error, error === first ? position : at(position), scan);
  }
}

/** Throws YAMLException and SyntaxProblem. `at`: where an offset of `text` is in the source. */
function build(source: Source, text: string, at: (offset: number) => number): TreeNode {
  let events: Event[];
  try {
    events = parseEvents(text, { maxDepth: LIMITS.depth });
  } catch (error) {
    if (error instanceof YAMLException) throw error;
    // Beyond its own exceptions the library may only run out of stack.
    throw new SyntaxProblem(source, 0, 'yaml: the text cannot be read');
  }
  return new TreeBuilder(source, text, at, events).build();
}

/** A quote that is not closed on its line swallows what follows: the library stumbles where the next quote ends it, or at the end. */
function syntaxProblem(source: Source, error: YAMLException, position: number, scan: YamlScan): SyntaxProblem {
  const quote = scan.quoteEndingAt(position);
  if (quote === undefined) return new SyntaxProblem(source, position, `yaml: ${error.reason}`);
  const { line, column } = source.position(quote.close);
  const closed = quote.close >= source.text.length ? 'never' : `only in line ${line}, column ${column}`;
  return new SyntaxProblem(source, quote.start, `yaml: this quote is closed ${closed} (${error.reason})`);
}

class TreeBuilder {
  readonly #source: Source;
  readonly #text: string;
  /** Where an offset of the text is in the source. */
  readonly #place: (offset: number) => number;
  readonly #events: Event[];
  readonly #anchors = new Map<string, { node: TreeNode; size: number; depth: number }>();
  #next = 0;
  #nodes = 0;
  /** Deepest level reached below the node built last, for aliases. */
  #deepest = 0;
  #inFlow = false;

  constructor(source: Source, text: string, place: (offset: number) => number, events: Event[]) {
    this.#source = source;
    this.#text = text;
    this.#place = place;
    this.#events = events;
  }

  build(): TreeNode {
    // The first event opens the document; without any there is nothing but comments.
    if (this.#events.length === 0 || this.#events[1]?.type === EVENT_ID.POP) return this.#null(0);
    this.#next = 1;
    return this.#node(0);
  }

  #node(depth: number): TreeNode {
    const event = this.#events[this.#next++];
    this.#count(1, event);
    if (depth > this.#deepest) this.#deepest = depth;
    switch (event.type) {
      case EVENT_ID.SCALAR:
        return this.#anchored(event, this.#scalar(event), 1, 0);
      case EVENT_ID.ALIAS:
        return this.#alias(event, depth);
      case EVENT_ID.SEQUENCE:
      case EVENT_ID.MAPPING: {
        const before = this.#nodes;
        const outer = this.#deepest;
        this.#deepest = depth;
        const inFlow = this.#inFlow;
        this.#inFlow = event.style === COLLECTION_STYLE.FLOW;
        const node =
          event.type === EVENT_ID.SEQUENCE ? this.#sequence(event.start, depth) : this.#mapping(event.start, depth);
        this.#inFlow = inFlow;
        const height = this.#deepest - depth;
        this.#deepest = Math.max(outer, this.#deepest);
        return this.#anchored(event, node, this.#nodes - before + 1, height);
      }
      default:
        throw new SyntaxProblem(this.#source, 0, 'yaml: the text cannot be read');
    }
  }

  #sequence(start: number, depth: number): TreeNode {
    const items: TreeNode[] = [];
    while (this.#events[this.#next].type !== EVENT_ID.POP) items.push(this.#node(depth + 1));
    this.#next++;
    return { kind: 'sequence', source: this.#source, start: this.#place(start), items };
  }

  #mapping(start: number, depth: number): TreeNode {
    const entries: MappingEntry[] = [];
    let index: Map<string, number> | undefined;
    while (this.#events[this.#next].type !== EVENT_ID.POP) {
      const keyEvent = this.#events[this.#next];
      const ignored = keyEvent.type === EVENT_ID.SCALAR && this.#tag(keyEvent) === '!ignore';
      const key = this.#node(depth + 1);
      if (key.kind !== 'scalar')
        throw new SyntaxProblem(this.#source, key.start, 'yaml: a key must be a plain word or a string');
      const value = this.#node(depth + 1);
      if (ignored) continue;
      const entry: MappingEntry = { key: this.#key(keyEvent, key.value), keyStart: key.start, keyEnd: key.end, value };
      if (index === undefined && entries.length >= INDEXED_ENTRIES) index = keyIndex(entries);
      setEntry(entries, entry, index);
    }
    this.#next++;
    return { kind: 'mapping', source: this.#source, start: this.#place(start), entries };
  }

  /** Keys are text whatever they look like (`5`, `yes`); an empty or `~` key is called null, as Envoy calls it. */
  #key(event: Event, value: unknown): string {
    if (value === null) return 'null';
    return event.type === EVENT_ID.SCALAR ? getScalarValue(this.#text, event) : String(value);
  }

  #scalar(event: ScalarEvent): TreeNode {
    const text = getScalarValue(this.#text, event);
    const plain = event.style === SCALAR_STYLE.PLAIN;
    if (plain && this.#inFlow) this.#refuseQuestion(event);
    else if (event.style === SCALAR_STYLE.DOUBLE_QUOTED) this.#refuseSurrogates(event);
    // To Envoy quotes mean the tag `!`, and `!` means "a string"; any other tag, whatever it says, takes that away from the quotes.
    const tag = this.#tag(event);
    const quoted = tag === '' ? !plain : tag === '!';
    const value = quoted ? text : plain ? plainScalar(text) : (plainScalar(text) ?? text);
    const empty = event.valueStart < 0;
    // The offsets are those of the text inside quotes.
    const inQuotes = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED ? 1 : 0;
    const start = empty ? Math.max(event.tagStart, event.anchorStart, 0) : event.valueStart - inQuotes;
    const end = this.#place(Math.max(event.valueEnd + inQuotes, start));
    return { kind: 'scalar', source: this.#source, start: this.#place(start), end, value };
  }

  /** yaml-cpp ends an unquoted text inside brackets at a question mark, and then does not know what that is. */
  #refuseQuestion(event: ScalarEvent): void {
    if (event.valueStart < 0) return;
    const at = this.#text.slice(event.valueStart, event.valueEnd).indexOf('?');
    if (at < 0) return;
    const hint = 'inside brackets a text with a question mark must be in quotes';
    throw new SyntaxProblem(this.#source, this.#place(event.valueStart + at), 'yaml: unknown token', hint);
  }

  /** yaml-cpp refuses halves of UTF-16 pairs in escapes, paired or not. */
  #refuseSurrogates(event: ScalarEvent): void {
    const raw = this.#text.slice(event.valueStart, event.valueEnd);
    for (const { index, 1: short, 2: long } of raw.matchAll(ESCAPE)) {
      const digits = short ?? long;
      if (digits === undefined) continue;
      const message = `yaml: invalid unicode: ${Number.parseInt(digits, 16)}`;
      throw new SyntaxProblem(this.#source, this.#place(event.valueStart + index), message);
    }
  }

  #tag(event: ScalarEvent): string {
    return event.tagStart < 0 ? '' : this.#text.slice(event.tagStart, event.tagEnd);
  }

  #alias(event: Event & { type: typeof EVENT_ID.ALIAS }, depth: number): TreeNode {
    const name = this.#text.slice(event.anchorStart, event.anchorEnd);
    const target = this.#anchors.get(name);
    if (target === undefined) {
      const message = `yaml: the referenced anchor is not defined: ${name}`;
      throw new SyntaxProblem(this.#source, this.#place(event.anchorStart), message);
    }
    this.#count(target.size - 1, event);
    if (depth + target.depth > LIMITS.depth) throw tooDeep(this.#source, this.#place(event.anchorStart));
    if (depth + target.depth > this.#deepest) this.#deepest = depth + target.depth;
    return target.node;
  }

  #anchored(event: Event, node: TreeNode, size: number, depth: number): TreeNode {
    if ('anchorStart' in event && event.anchorStart >= 0) {
      this.#anchors.set(this.#text.slice(event.anchorStart, event.anchorEnd), { node, size, depth });
    }
    return node;
  }

  #count(nodes: number, event: Event): void {
    this.#nodes += nodes;
    if (this.#nodes <= LIMITS.nodes) return;
    const offset = 'start' in event ? event.start : 'anchorStart' in event ? event.anchorStart : 0;
    throw tooLarge(this.#source, this.#place(offset));
  }

  #null(start: number): TreeNode {
    return { kind: 'scalar', source: this.#source, start, end: start, value: null };
  }
}

export function tooLarge(source: Source, offset: number): SyntaxProblem {
  return new SyntaxProblem(
    source,
    offset,
    `the file is too large: more than ${LIMITS.nodes} values (aliases counted each time they are used)`,
  );
}

export function tooDeep(source: Source, offset: number): SyntaxProblem {
  return new SyntaxProblem(source, offset, `nested deeper than ${LIMITS.depth} levels`);
}
