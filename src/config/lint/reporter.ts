/** Where checks of a finished config put what they find: the message says which object and field, the origin knows the place. */
import type { Origin } from '../origin.ts';
import { placeOfField } from '../places.ts';
import { MAX_PROBLEMS, type ProblemDraft } from '../problem.ts';

export interface LintOptions {
  /** Messages in which something was refused, and is missing now. */
  readonly broken: ReadonlySet<object>;
  /** Where Envoy and this release judge differently: as Envoy. */
  readonly asEnvoy: boolean;
}

export class Reporter {
  readonly problems: ProblemDraft[] = [];
  readonly warnings: ProblemDraft[] = [];
  readonly asEnvoy: boolean;
  readonly #origins: ReadonlyMap<object, Origin>;
  readonly #broken: ReadonlySet<object>;

  constructor(origins: ReadonlyMap<object, Origin>, options: LintOptions) {
    this.#origins = origins;
    this.#broken = options.broken;
    this.asEnvoy = options.asEnvoy;
  }

  /** False where a part was refused before: that something is not there says nothing then. */
  isWhole(message: object | undefined): boolean {
    return message === undefined || !this.#broken.has(message);
  }

  /** Texts that stand in a message, those of refused fields too. */
  textsOf(message: object): string[] {
    const entries = this.#origins.get(message)?.node.entries ?? [];
    return entries.flatMap(({ value }) => (value.kind === 'scalar' ? [String(value.value)] : []));
  }

  /** `envoy` is Envoy's sentence, which is the message as well; `field` may be `domains[1]`. */
  problem(about: object, field: string, envoy: string, hint?: string): void {
    this.#add(this.problems, 'semantic', about, field, envoy, hint);
  }

  warning(about: object, field: string, message: string, hint?: string): void {
    this.#add(this.warnings, 'suspicious', about, field, message, hint);
  }

  #add(
    list: ProblemDraft[],
    code: ProblemDraft['code'],
    about: object,
    field: string,
    message: string,
    hint?: string,
  ): void {
    const origin = this.#origins.get(about);
    // What an upgrade of v2 fields made has no place of its own; whoever builds from it knows what it stands in.
    if (origin === undefined) return;
    if (list.length >= MAX_PROBLEMS) return;
    const envoy = code === 'semantic' ? message : undefined;
    list.push({ code, ...placeOfField(origin, field), message, envoy, hint });
  }
}
