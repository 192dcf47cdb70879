/** Where the messages of a loaded config stand in its files: turns what a builder refuses into problems with a position. */
import { type Origin, place } from './origin.ts';
import { ConfigError, type ConfigProblem, fileProblem, locate, MAX_PROBLEMS, type ProblemDraft } from './problem.ts';
import { type Reason, Refusal } from './refusal.ts';
import type { TreeNode } from './tree.ts';

/** `field` may be `domains[1]`, and '' for the message as a whole. */
export function placeOfField(
  origin: Origin,
  field: string,
): Pick<ProblemDraft, 'source' | 'offset' | 'width' | 'path'> {
  const [name, index] = field.replace(']', '').split('[');
  const type = origin.type.field(name);
  const entry = origin.node.entries.find(
    (e) => e.key === name || (type !== undefined && origin.type.field(e.key) === type),
  );
  let at: TreeNode | undefined = entry?.value;
  if (at?.kind === 'sequence' && index !== undefined) at = at.items[Number(index)];
  const path = field === '' ? origin.path : origin.path === '' ? field : `${origin.path}.${field}`;
  return { ...place(at ?? origin.node), path };
}

export class Places {
  /** What is said of a message that no file has. */
  readonly #file: string;
  #origins: ReadonlyMap<object, Origin>;

  constructor(file: string, origins: ReadonlyMap<object, Origin>) {
    this.#file = file;
    this.#origins = origins;
  }

  /** The trees of the files go; nothing has a place from now on. */
  forget(): void {
    this.#origins = new Map();
  }

  /** `static_resources.clusters[0]`; '' for what no file has. */
  pathOf(message: object): string {
    return this.#origins.get(message)?.path ?? '';
  }

  /** A Refusal as a ConfigError; any other error as it is. */
  explain(error: unknown): unknown {
    return error instanceof Refusal ? new ConfigError(this.problems(error.reasons)) : error;
  }

  problems(reasons: readonly Reason[]): ConfigProblem[] {
    const problems = new Map<string, ConfigProblem>();
    for (const { message, envoy, about, field, hint, here } of reasons.slice(0, MAX_PROBLEMS)) {
      const code = here === true ? 'machine' : 'semantic';
      // What an upgrade of v2 fields made has no place of its own; what it stands in has.
      const known = about.find((m) => this.#origins.has(m));
      if (known === undefined) problems.set(message, fileProblem(this.#file, code, message, hint));
      else {
        const at = placeOfField(this.#origins.get(known) as Origin, known === about[0] ? field : '');
        // A header added by a virtual host is compiled for each of its routes.
        const key = `${at.offset} ${at.source.name} ${message}`;
        problems.set(key, locate({ code, ...at, message, envoy: envoy ?? message, hint }));
      }
    }
    return [...problems.values()];
  }
}
