/** Where checks of a finished config put what they find: the message says which object and field, the origin knows the place. */
import type { Origin } from '../origin.ts';
import { placeOfField } from '../places.ts';
import { MAX_PROBLEMS, type ProblemDraft } from '../problem.ts';

export class Reporter {
  readonly problems: ProblemDraft[] = [];
  readonly warnings: ProblemDraft[] = [];
  readonly #origins: ReadonlyMap<object, Origin>;

  constructor(origins: ReadonlyMap<object, Origin>) {
    this.#origins = origins;
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
    // What an upgrade of v2 fields made has no place of its own; its parent is checked as well.
    if (origin === undefined) return;
    if (list.length >= MAX_PROBLEMS) return;
    const envoy = code === 'semantic' ? message : undefined;
    list.push({ code, ...placeOfField(origin, field), message, envoy, hint });
  }
}
