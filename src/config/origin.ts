/** Decoded messages and where they came from: what checks after decoding point at. */
import type { ProblemDraft } from './problem.ts';
import type { MessageType } from './schema/registry.ts';
import type { MappingEntry, MappingNode, TreeNode } from './tree.ts';

/** A decoded message: its keys come from the schema, never from the file. */
export type Message = { [key: string]: unknown };

export interface AnyValue {
  /** Full v3 message name, or '' when there was neither a type nor a registered name. */
  typeUrl: string;
  value: unknown;
}

/** Where a message came from: what checks after decoding point at. */
export class Origin {
  readonly type: MessageType;
  readonly node: MappingNode;
  readonly #segments: readonly string[];

  constructor(type: MessageType, node: MappingNode, segments: readonly string[]) {
    this.type = type;
    this.node = node;
    this.#segments = segments;
  }

  get path(): string {
    return joinPath(this.#segments);
  }
}

export function joinPath(segments: readonly string[]): string {
  let path = '';
  for (const s of segments)
    path += s.startsWith('[') || path === '' ? s : /^[\w@]+$/.test(s) ? `.${s}` : `[${JSON.stringify(s)}]`;
  return path;
}

/** A key is pointed at by its name, a scalar by all of it, a collection by its beginning. */
export function place(at: TreeNode | MappingEntry): Pick<ProblemDraft, 'source' | 'offset' | 'width'> {
  if ('keyStart' in at) return { source: at.value.source, offset: at.keyStart, width: at.keyEnd - at.keyStart };
  return { source: at.source, offset: at.start, width: at.kind === 'scalar' ? at.end - at.start : 1 };
}
