/** What decoding finds wrong, at the path it has reached, with Envoy 1.40's sentence for each. */
import { extensionNames } from './extension-names.ts';
import type { Unsupported } from './left-out.ts';
import { joinPath, place } from './origin.ts';
import { MAX_PROBLEMS, type ProblemDraft } from './problem.ts';
import type { MessageType } from './schema/registry.ts';
import { nearest, nearestName } from './suggest.ts';
import type { MappingEntry, TreeNode } from './tree.ts';

export interface DecodeOptions {
  readonly allowUnknownFields: boolean;
  /** What 1.40 has forgotten is unknown: v2, and extensions by name alone. */
  readonly strict?: boolean;
}

/** Only the first problems get suggestions: finding one compares with every candidate. */
const MAX_SUGGESTIONS = 50;

export class DecodeReport {
  readonly problems: ProblemDraft[] = [];
  readonly warnings: ProblemDraft[] = [];
  /** All of them: what may be left out is judged when the whole file is known. */
  readonly unsupported: Unsupported[] = [];
  /** Keys and `[index]` down to where decoding is; the decoder pushes and pops. */
  readonly segments: string[] = [];
  /** The root message's name: Envoy's sentences begin with it. */
  readonly root: string;
  readonly #options: DecodeOptions;

  constructor(root: string, options: DecodeOptions) {
    this.root = root;
    this.#options = options;
  }

  /** False when unknown fields are let pass. */
  unknownField(type: MessageType, entry: MappingEntry): boolean {
    if (!this.#options.allowUnknownFields && this.problems.length >= MAX_PROBLEMS) return true;
    const reason = `no such field: '${entry.key}'`;
    const path = this.segments.slice(0, -1);
    const where = path.length === 0 ? '' : ` @ ${joinPath(path)}: message ${type.name}`;
    const envoy = `Protobuf message (type ${this.root} reason INVALID_ARGUMENT: invalid JSON in ${this.root}${where}: ${reason}) has unknown fields`;
    if (this.#options.allowUnknownFields) {
      this.warn('unknown-field', entry, reason, envoy);
      return false;
    }
    this.add('unknown-field', entry, {
      message: `${reason} in ${type.name}`,
      envoy,
      hint: this.#fieldHint(type, entry.key),
    });
    return true;
  }

  #fieldHint(type: MessageType, key: string): string | undefined {
    if (key === '<<')
      return 'Envoy does not know YAML merge keys; write the fields out or use an alias for the whole value';
    // Only where v2 counts as unknown.
    const old = type.olderField(key) ?? type.field(key);
    if (old?.v2Only) return 'of the v2 API, which Envoy left in 1.18';
    if (old !== undefined) return `v2's name of '${old.name}'`;
    const names = type.fields.filter((f) => !f.v2Only).map((f) => f.name);
    const near = this.nearest(key, names);
    if (near !== undefined) return `did you mean '${near}'?`;
    return names.length <= 8 && names.length > 0 ? `fields: ${names.join(', ')}` : undefined;
  }

  /** `type`: of what Envoy 1.16 registers under the name. */
  unregistered(name: string, node: TreeNode, type?: string): void {
    const message = `Didn't find a registered implementation for '${name}' with type URL: ''`;
    const near = type === undefined ? this.nearest(name, extensionNames.all()) : undefined;
    const written = type === undefined ? 'an "@type"' : `"@type": type.googleapis.com/${type}`;
    this.add('unknown-type', node, {
      message,
      envoy: message,
      hint: near === undefined ? `give typed_config with ${written}` : `did you mean '${near}'?`,
    });
  }

  refuse(node: TreeNode, type: string, reason: string, hint?: string, envoy = this.sentence(type, reason)): void {
    this.add('bad-value', node, { message: reason, envoy, hint });
  }

  sentence(type: string, reason: string): string {
    return `Unable to parse JSON as proto (INVALID_ARGUMENT: invalid JSON in ${this.root} @ ${this.path()}: ${type}: ${reason})`;
  }

  add(
    code: ProblemDraft['code'],
    at: TreeNode | MappingEntry,
    what: { message: string; envoy?: string; hint?: string },
  ): void {
    if (this.problems.length >= MAX_PROBLEMS) return;
    this.problems.push({ code, ...place(at), path: this.path(), ...what });
  }

  warn(code: ProblemDraft['code'], at: TreeNode | MappingEntry, message: string, envoy?: string): void {
    if (this.warnings.length >= MAX_PROBLEMS) return;
    this.warnings.push({ code, ...place(at), path: this.path(), message, envoy });
  }

  nearest(word: string, candidates: Iterable<string>): string | undefined {
    return this.problems.length < MAX_SUGGESTIONS ? nearest(word, candidates) : undefined;
  }

  nearestType(name: string, candidates: readonly string[]): string | undefined {
    return this.problems.length < MAX_SUGGESTIONS ? nearestName(name, candidates) : undefined;
  }

  path(): string {
    return joinPath(this.segments);
  }
}
