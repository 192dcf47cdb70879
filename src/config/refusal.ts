/**
 * What a builder finds wrong with the config it builds from: a sentence and the message it is about, whose place in the file the
 * server knows (places.ts). `within` gives a place to every error thrown below it, `Gather`, `together` and `each` go on with the next one, so
 * that one start reports what is wrong everywhere. Envoy stops at the first and has no places.
 */

export interface Reason {
  readonly message: string;
  /** The message meant and those around it, innermost first. */
  readonly about: readonly object[];
  /** Of the innermost one, as the schema calls it; '' for all of it. */
  readonly field: string;
  /** Where Envoy says it in other words; absent: in the same. */
  readonly envoy?: string | undefined;
  readonly hint?: string | undefined;
  /** It is so on this machine; elsewhere it may be otherwise. */
  readonly here?: boolean;
}

export class Refusal extends Error {
  readonly reasons: readonly Reason[];

  constructor(reasons: readonly Reason[]) {
    super(reasons[0].envoy ?? reasons[0].message);
    this.name = 'Refusal';
    this.reasons = reasons;
  }
}

/** Throws what is wrong with `field` of `about`; '' for the message as a whole. */
export function refuse(
  about: object,
  field: string,
  message: string,
  more?: Pick<Reason, 'envoy' | 'hint' | 'here'>,
): never {
  throw new Refusal([{ message, about: [about], field, ...more }]);
}

/** An extension whose type is none of those that its place takes; the sentence is Envoy's. */
export function refuseUnregistered(extension: {
  readonly name?: string;
  readonly typedConfig?: { readonly typeUrl: string };
}): never {
  const { name = '', typedConfig } = extension;
  const type = typedConfig?.typeUrl ?? '';
  return refuse(extension, '', `Didn't find a registered implementation for '${name}' with type URL: '${type}'`);
}

/** Whatever is thrown while `about` is built is about it, or about what stands in it. */
export function within<T>(about: object, build: () => T): T {
  try {
    return build();
  } catch (error) {
    throw placed(error, about);
  }
}

export async function withinAsync<T>(about: object, build: () => Promise<T>): Promise<T> {
  try {
    return await build();
  } catch (error) {
    throw placed(error, about);
  }
}

/** As `within`, about one field. */
export function about<T>(message: object, field: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    throw placed(error, message, field);
  }
}

function placed(error: unknown, about: object, field = ''): unknown {
  if (error instanceof Refusal) return new Refusal(error.reasons.map((r) => ({ ...r, about: [...r.about, about] })));
  if (isDefect(error)) return error;
  return new Refusal([{ message: (error as Error).message, about: [about], field }]);
}

/** Thrown by a mistake in the program rather than by a builder. */
const isDefect = (error: unknown): boolean =>
  !(error instanceof Error) ||
  error instanceof TypeError ||
  error instanceof ReferenceError ||
  error instanceof RangeError;

/** Runs one builder after the other and keeps what they refuse. */
export class Gather {
  readonly reasons: Reason[] = [];

  run(build: () => void): void {
    try {
      build();
    } catch (error) {
      this.add(error);
    }
  }

  async runAsync(build: () => Promise<void>): Promise<void> {
    try {
      await build();
    } catch (error) {
      this.add(error);
    }
  }

  private add(error: unknown): void {
    if (error instanceof Refusal) this.reasons.push(...error.reasons);
    else if (isDefect(error)) throw error;
    else this.reasons.push({ message: (error as Error).message, about: [], field: '' });
  }

  /** Throws one Refusal with everything. */
  done(): void {
    if (this.reasons.length > 0) throw new Refusal(this.reasons);
  }
}

/** What each of these builds; throws after the last what was wrong with any of them. */
export function together<T extends object>(builders: { readonly [K in keyof T]: () => T[K] }): T {
  const built: Partial<T> = {};
  const found = new Gather();
  for (const key of Object.keys(builders) as (keyof T)[]) {
    found.run(() => {
      built[key] = builders[key]();
    });
  }
  found.done();
  return built as T;
}

/** One result for each message; throws after the last what was wrong with any of them. */
export function each<T extends object, R>(messages: readonly T[] | undefined, build: (message: T) => R): R[] {
  const results: R[] = [];
  if (messages === undefined) return results;
  const found = new Gather();
  for (const m of messages) {
    found.run(() => {
      results.push(within(m, () => build(m)));
    });
  }
  found.done();
  return results;
}

export async function eachAsync<T extends object, R>(
  messages: readonly T[] | undefined,
  build: (message: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  if (messages === undefined) return results;
  const found = new Gather();
  for (const m of messages) {
    await found.runAsync(async () => {
      results.push(await withinAsync(m, () => build(m)));
    });
  }
  found.done();
  return results;
}
