/** What a YAML or JSON text is read into before the schema is applied: plain nodes that know where they stand. */
import type { Source } from './source.ts';

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly source: Source;
  readonly start: number;
  readonly end: number;
  /** As Envoy's YAML reader types it before it knows the field: quoted text is always a string. */
  readonly value: string | number | boolean | null;
}

export interface SequenceNode {
  readonly kind: 'sequence';
  readonly source: Source;
  readonly start: number;
  readonly items: TreeNode[];
}

export interface MappingEntry {
  readonly key: string;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly value: TreeNode;
}

export interface MappingNode {
  readonly kind: 'mapping';
  readonly source: Source;
  readonly start: number;
  /** In file order; of duplicate keys only the last is kept. */
  readonly entries: MappingEntry[];
}

export type TreeNode = ScalarNode | SequenceNode | MappingNode;

/** A text that cannot be read at all. */
export class SyntaxProblem extends Error {
  readonly source: Source;
  readonly offset: number;
  readonly hint: string | undefined;

  constructor(source: Source, offset: number, message: string, hint?: string) {
    super(message);
    this.source = source;
    this.offset = offset;
    this.hint = hint;
  }
}

/**
 * Our own limits (Envoy has none, and a 1 KB alias bomb takes it down): far above any real bootstrap, low enough that a load at the limit
 * ends in a second or two of CPU and half a gigabyte (docs/reference/config.md).
 */
export const LIMITS = {
  /** Characters of one text. */
  size: 16 * 1024 * 1024,
  lines: 500_000,
  /** Collections inside collections, aliases followed. */
  depth: 100,
  /** Nodes of the tree, aliased ones counted each time they are used. */
  nodes: 500_000,
} as const;

/** Replaces an earlier entry of the same key, so that the last one wins; `index` maps key → place, made for long mappings only. */
export function setEntry(entries: MappingEntry[], entry: MappingEntry, index: Map<string, number> | undefined): void {
  if (index !== undefined) {
    const at = index.get(entry.key);
    if (at !== undefined) {
      replaceEntry(entries, at, entry);
      return;
    }
    index.set(entry.key, entries.length);
    entries.push(entry);
    return;
  }
  for (let i = 0; i < entries.length; i++) {
    if (entries[i].key === entry.key) {
      replaceEntry(entries, i, entry);
      return;
    }
  }
  entries.push(entry);
}

function replaceEntry(entries: MappingEntry[], at: number, entry: MappingEntry): void {
  const { repeated } = entry.value.source;
  if (repeated.size < MAX_REPEATED) repeated.set(entry.keyStart, entry.key);
  entries[at] = entry;
}
/** More repeated keys than this are not remembered. */
const MAX_REPEATED = 1000;

/** From this many entries on, duplicates are looked for in an index. */
export const INDEXED_ENTRIES = 32;

export function keyIndex(entries: readonly MappingEntry[]): Map<string, number> {
  return new Map(entries.map((e, i) => [e.key, i]));
}
