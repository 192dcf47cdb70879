/**
 * What this release does with Envoy's API, one entry per v3 message: `does` lists the fields that are carried out, `inert` those
 * accepted without effect (harmless to ignore; docs/support-matrix.md lists them), `values` the enum values a field may have.
 * A field of Envoy's API that is not here is "known but not supported yet": its value may only be what protobuf takes for absent
 * (false, 0, '', the first name of an enum, an empty list). Whoever adds a feature adds its fields in the file that is called as
 * the chunk of the schema its message is in (test/config/schema.test.ts says which), then runs `npm run docs:matrix`. Inert is only
 * what neither a client nor an upstream can notice and what is no limit; left-out.ts says what may be left out on demand.
 */
import core from './core.ts';

export interface Entry {
  /** Field names separated by blanks; `*` means all. Fields of the v2 API stand here under their v2 names. */
  readonly does?: string;
  readonly inert?: string;
  /** The only values a field of `does` may have: names of an enum, or `true` and `false`. */
  readonly values?: Readonly<Record<string, string>>;
  /** What holds for the message in one field, instead of what holds for its type elsewhere. */
  readonly within?: Readonly<Record<string, Entry>>;
}

/** One message's entry; lists are searched as text, which for a few lookups at start is cheaper than an index. */
export class SupportEntry {
  readonly #does: string;
  readonly #inert: string;
  readonly #values: Readonly<Record<string, string>> | undefined;
  readonly #within: Readonly<Record<string, Entry>> | undefined;

  constructor(entry: Entry) {
    this.#does = ` ${entry.does ?? ''} `;
    this.#inert = ` ${entry.inert ?? ''} `;
    this.#values = entry.values;
    this.#within = entry.within;
  }

  has(field: string): boolean {
    return this.#does === ' * ' || this.#does.includes(` ${field} `) || this.isInert(field);
  }

  isInert(field: string): boolean {
    return this.#inert.includes(` ${field} `);
  }

  /** What holds for the message in this field; undefined: what holds for its type. */
  within(field: string): SupportEntry | undefined {
    const entry = this.#within?.[field];
    return entry === undefined ? undefined : new SupportEntry(entry);
  }

  /** The values this release does; undefined = all. */
  values(field: string): ReadonlySet<string> | undefined {
    const list = this.#values?.[field];
    return list === undefined ? undefined : new Set(list.split(' '));
  }
}

/** Chunks beside `core`; each is loaded with the schema's chunk of its name. */
const LOADERS: Readonly<Record<string, () => Promise<{ default: Readonly<Record<string, Entry>> }>>> = {
  bootstrap: () => import('./bootstrap.ts'),
  http: () => import('./http.ts'),
  'http-filters': () => import('./http-filters.ts'),
  'network-filters': () => import('./network-filters.ts'),
  'transport-sockets': () => import('./transport-sockets.ts'),
  upstream: () => import('./upstream.ts'),
  observability: () => import('./observability.ts'),
  common: () => import('./common.ts'),
  extensions: () => import('./extensions.ts'),
  xds: () => import('./xds.ts'),
  filters: () => import('./filters.ts'),
  expr: () => import('./expr.ts'),
  services: () => import('./services.ts'),
};

const chunks: Readonly<Record<string, Entry>>[] = [core];
const entries = new Map<string, SupportEntry>();

/** `chunk`: of the schema; nothing is done with the messages of one that is not here. */
export async function loadSupport(chunk: string): Promise<void> {
  if (!Object.hasOwn(LOADERS, chunk)) return;
  const { default: more } = await LOADERS[chunk]();
  if (!chunks.includes(more)) chunks.push(more);
}

/** Undefined: nothing of this message is supported. Its chunk of the schema is loaded. */
export function supportOf(message: string): SupportEntry | undefined {
  let entry = entries.get(message);
  if (entry !== undefined) return entry;
  for (const chunk of chunks) {
    if (!Object.hasOwn(chunk, message)) continue;
    entry = new SupportEntry(chunk[message]);
    entries.set(message, entry);
    return entry;
  }
  return undefined;
}

/** All entries by the chunk they are in: for tests, the generated types and docs/support-matrix.md. */
export async function supportChunks(): Promise<Readonly<Record<string, Readonly<Record<string, Entry>>>>> {
  const all: Record<string, Readonly<Record<string, Entry>>> = { core };
  for (const [name, load] of Object.entries(LOADERS)) all[name] = (await load()).default;
  return all;
}
