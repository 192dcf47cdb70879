/**
 * Message and enum types by name, from the generated chunks. A chunk is loaded when a name is first asked for: the asker gets
 * undefined and the chunk's name is noted; load() fetches what was noted, then the work is done again.
 */
import { loadSupport } from '../support/support.ts';
import { chunkOf, type EnumRecord, type FieldRecord, type MessageRecord, type Rules } from './format.ts';
import core from './generated/core.ts';
import coreSuccessors from './generated/successors-core.ts';

type Chunk = Record<string, string>;

const LOADERS: Record<string, () => Promise<{ default: Chunk }>> = {
  bootstrap: () => import('./generated/bootstrap.ts'),
  common: () => import('./generated/common.ts'),
  expr: () => import('./generated/expr.ts'),
  extensions: () => import('./generated/extensions.ts'),
  filters: () => import('./generated/filters.ts'),
  http: () => import('./generated/http.ts'),
  'http-filters': () => import('./generated/http-filters.ts'),
  legacy: () => import('./generated/legacy.ts'),
  'network-filters': () => import('./generated/network-filters.ts'),
  observability: () => import('./generated/observability.ts'),
  services: () => import('./generated/services.ts'),
  'transport-sockets': () => import('./generated/transport-sockets.ts'),
  upstream: () => import('./generated/upstream.ts'),
  xds: () => import('./generated/xds.ts'),
};

export type FieldKind = 'scalar' | 'wrapper' | 'message' | 'enum' | 'well-known';

/** Letters: see format.ts. */
export class Field {
  /** Proto name, snake_case. */
  readonly name: string;
  /** Name in typed config and JSON, camelCase. */
  readonly key: string;
  readonly number: number;
  readonly kind: FieldKind;
  /** Letter of a scalar, wrapped scalar or well-known type; '' for messages and enums. */
  readonly letter: string;
  /** Full name of a message or enum, or ''. */
  readonly typeName: string;
  readonly repeated: boolean;
  /** Letter of the key's type, '' when this is no map. */
  readonly mapKey: string;
  /** Index into the message's oneofs, or -1. */
  readonly oneof: number;
  readonly rules: Rules | undefined;
  readonly v2Name: string | undefined;
  readonly v2Only: boolean;
  readonly deprecated: boolean;
  readonly disallowed: boolean;
  readonly sensitive: boolean;

  constructor(record: FieldRecord, packageName: string) {
    const [name, number, type, options] = record;
    let rest = type;
    this.repeated = rest.startsWith('*');
    this.mapKey = rest.startsWith('%') ? rest[1] : '';
    if (this.repeated) rest = rest.slice(1);
    else if (this.mapKey !== '') rest = rest.slice(2);
    const first = rest[0];
    this.name = name;
    this.key = camelCase(name);
    this.number = number;
    this.kind = KINDS[first] ?? 'scalar';
    this.letter = this.kind === 'wrapper' ? rest[1] : this.kind === 'message' || this.kind === 'enum' ? '' : first;
    this.typeName = this.letter !== '' ? '' : rest[1] === '~' ? `${packageName}.${rest.slice(2)}` : rest.slice(1);
    this.oneof = options?.o ?? -1;
    this.rules = options?.r;
    this.v2Name = options?.p;
    this.v2Only = options?.v === 1;
    this.deprecated = options?.d === 1;
    this.disallowed = options?.n === 1;
    this.sensitive = options?.s === 1;
  }
}

const KINDS: Record<string, FieldKind> = {
  '.': 'message',
  '#': 'enum',
  w: 'wrapper',
  A: 'well-known',
  D: 'well-known',
  E: 'well-known',
  L: 'well-known',
  M: 'well-known',
  S: 'well-known',
  T: 'well-known',
  V: 'well-known',
};

/** As protobuf makes JSON names: an underscore goes, the letter after it is raised. */
export function camelCase(name: string): string {
  let at = name.indexOf('_');
  if (at < 0) return name;
  let out = '';
  let from = 0;
  for (; at >= 0; at = name.indexOf('_', from)) {
    out += name.slice(from, at) + name.slice(at + 1, at + 2).toUpperCase();
    from = at + 2;
  }
  return out + name.slice(from);
}

/**
 * Built for speed at start: nothing is prepared for the nine tenths of fields that a config does not use, and a name is looked
 * for from front to back, which for a handful of lookups costs less than an index.
 */
export class MessageType {
  readonly name: string;
  readonly oneofs: readonly { readonly name: string; readonly required: boolean }[];
  readonly validated: boolean;
  /** Indexes of fields whose absence may break a constraint. */
  readonly demanding: readonly number[];
  readonly #package: string;
  readonly #records: readonly FieldRecord[];
  readonly #fields: (Field | undefined)[];
  /** Fields built so far, by proto name and by JSON name. */
  readonly #built = new Map<string, Field>();
  /** Every name there is, made for the first key that is no proto name. */
  #index: Map<string, number> | undefined;
  /** Indexes of fields that v2 called otherwise. */
  #renamed: readonly number[] | undefined;

  constructor(name: string, record: MessageRecord) {
    this.name = name;
    this.oneofs = record.o?.map((o) => ({ name: o.replace('!', ''), required: o.endsWith('!') })) ?? [];
    this.validated = record.x !== 1;
    this.demanding = record.q ?? [];
    this.#package = packageOf(name);
    this.#records = record.f;
    this.#fields = new Array<Field | undefined>(record.f.length).fill(undefined);
  }

  /** By proto name, v2's older name, or JSON name. */
  field(key: string): Field | undefined {
    const built = this.#built.get(key);
    if (built !== undefined) return built;
    const index = this.#find(key);
    return index < 0 ? undefined : this.at(index);
  }

  /** The field v2 meant by a name that is another field's in v3. */
  olderField(key: string): Field | undefined {
    for (const i of (this.#renamed ??= this.#records.flatMap((r, i) => (r[3]?.p === undefined ? [] : [i])))) {
      if (this.#records[i][3]?.p === key) return this.at(i);
    }
    return undefined;
  }

  get fields(): readonly Field[] {
    return this.#records.map((_, i) => this.at(i));
  }

  at(index: number): Field {
    let field = this.#fields[index];
    if (field === undefined) {
      field = new Field(this.#records[index], this.#package);
      this.#fields[index] = field;
      this.#built.set(field.name, field);
      this.#built.set(field.key, field);
    }
    return field;
  }

  #find(key: string): number {
    const records = this.#records;
    if (this.#index === undefined) {
      for (let i = 0; i < records.length; i++) if (records[i][0] === key) return i;
      this.#index = nameIndex(records);
    }
    return this.#index.get(key) ?? -1;
  }
}

/** Proto names go before v2's, and both before JSON names. */
function nameIndex(records: readonly FieldRecord[]): Map<string, number> {
  const index = new Map<string, number>();
  const add = (name: string | undefined, i: number): void => {
    if (name !== undefined && !index.has(name)) index.set(name, i);
  };
  records.forEach((r, i) => {
    add(r[0], i);
  });
  records.forEach((r, i) => {
    add(r[3]?.p, i);
  });
  records.forEach((r, i) => {
    add(camelCase(r[0]), i);
  });
  records.forEach((r, i) => {
    add(r[3]?.p && camelCase(r[3].p), i);
  });
  return index;
}

/** Packages are lower-case, messages are not. */
function packageOf(name: string): string {
  const at = name.search(/\.[A-Z]/);
  return at < 0 ? '' : name.slice(0, at);
}

export interface EnumValue {
  readonly name: string;
  readonly number: number;
  readonly deprecated: boolean;
  readonly disallowed: boolean;
  readonly v2Only: boolean;
}

export class EnumType {
  readonly name: string;
  readonly values: readonly EnumValue[];
  readonly #byName = new Map<string, EnumValue>();
  readonly #byNumber = new Map<number, EnumValue>();

  constructor(name: string, record: EnumRecord) {
    this.name = name;
    let next = 0;
    this.values = record.split(' ').map((word) => {
      const [, text, number, flags] = /^(\w+)(?:=(-?\d+))?([!?~]*)$/.exec(word)!;
      const value: EnumValue = {
        name: text,
        number: number === undefined ? next : Number(number),
        deprecated: flags.includes('!'),
        disallowed: flags.includes('?'),
        v2Only: flags.includes('~'),
      };
      next = value.number + 1;
      return value;
    });
    for (const v of this.values) {
      this.#byName.set(v.name.toUpperCase(), v);
      if (!this.#byNumber.has(v.number)) this.#byNumber.set(v.number, v);
    }
  }

  /** In any case, as Envoy reads them. */
  byName(name: string): EnumValue | undefined {
    return this.#byName.get(name) ?? this.#byName.get(name.toUpperCase());
  }

  byNumber(number: number): EnumValue | undefined {
    return this.#byNumber.get(number);
  }
}

const SUCCESSORS = 'successors';

export class SchemaRegistry {
  readonly #messages = new Map<string, MessageType | null>();
  readonly #enums = new Map<string, EnumType | null>();
  readonly #chunks = new Map<string, Chunk>();
  readonly #wanted = new Set<string>();
  #successors: Chunk | undefined;

  /** The type; null when Envoy's API has none of that name; undefined when its chunk must be loaded first. */
  message(name: string): MessageType | null | undefined {
    const known = this.#messages.get(name);
    if (known !== undefined) return known;
    const record = this.#record(name);
    if (record === undefined) return undefined;
    const type =
      record === null || record[0] !== '{' ? null : new MessageType(name, JSON.parse(record) as MessageRecord);
    this.#messages.set(name, type);
    return type;
  }

  /** As message(). */
  enum(name: string): EnumType | null | undefined {
    const known = this.#enums.get(name);
    if (known !== undefined) return known;
    const record = this.#record(name);
    if (record === undefined) return undefined;
    const type = record === null || record[0] !== '"' ? null : new EnumType(name, record.slice(1, -1));
    this.#enums.set(name, type);
    return type;
  }

  /** The v3 name of a v2 message; null when it has none; undefined when the table must be loaded first. */
  successor(name: string): string | null | undefined {
    if (Object.hasOwn(coreSuccessors, name)) return coreSuccessors[name];
    if (this.#successors === undefined) {
      this.#wanted.add(SUCCESSORS);
      return undefined;
    }
    return Object.hasOwn(this.#successors, name) ? this.#successors[name] : null;
  }

  /**
   * The message an "@type" means: itself, or the successor of a v2 name. `old`: the name is v2's. null when Envoy has no such
   * message; undefined when more must be loaded first.
   */
  resolve(name: string): { type: MessageType; old: boolean } | null | undefined {
    const direct = Object.hasOwn(coreSuccessors, name) ? null : this.message(name);
    if (direct) return { type: direct, old: /\.v[12](alpha\d*)?\./.test(name) };
    const successor = this.successor(name);
    if (direct === undefined || successor === undefined) return undefined;
    if (successor === null) return null;
    const type = this.message(successor);
    return type === undefined ? undefined : type === null ? null : { type, old: true };
  }

  /** Names beside `name` in what is loaded: candidates for a did-you-mean. */
  loadedNames(name: string): string[] {
    const chunk = this.#chunks.get(chunkOf(name)) ?? {};
    return [...Object.keys(core), ...Object.keys(chunk)].filter((n) => n.startsWith('envoy.'));
  }

  #record(name: string): string | null | undefined {
    if (Object.hasOwn(core, name)) return core[name];
    const chunk = chunkOf(name);
    const loaded = this.#chunks.get(chunk);
    if (loaded === undefined) {
      this.#wanted.add(chunk);
      return undefined;
    }
    return Object.hasOwn(loaded, name) ? loaded[name] : null;
  }

  /** True when something was noted since the last load(): answers so far are incomplete. */
  get incomplete(): boolean {
    return this.#wanted.size > 0;
  }

  async load(): Promise<void> {
    const wanted = [...this.#wanted];
    this.#wanted.clear();
    await Promise.all(
      wanted.map(async (chunk) => {
        if (chunk === SUCCESSORS) this.#successors = (await import('./generated/successors.ts')).default;
        else {
          const [{ default: types }] = await Promise.all([LOADERS[chunk](), loadSupport(chunk)]);
          this.#chunks.set(chunk, types);
        }
      }),
    );
  }
}

/** One for the process: types are immutable. */
export const schema = new SchemaRegistry();
