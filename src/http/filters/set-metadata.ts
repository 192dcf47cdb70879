/** envoy.filters.http.set_metadata: values of the config as dynamic metadata. Mirrors source/extensions/filters/http/set_metadata/set_metadata_filter.cc. */
import { refuse } from '../../config/refusal.ts';
import type { SetMetadataConfig as Config } from '../../config/schema/types.ts';
import { isStruct } from '../../config/struct.ts';
import type { Counter } from '../../stats/store.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { CONTINUE, type HeadersStatus, type HttpFilterFactory, StreamFilter } from '../stream/filter.ts';

type Struct = Readonly<Record<string, unknown>>;

interface Entry {
  readonly namespace: string;
  readonly overwrite: boolean;
  readonly value: Struct;
}

class SetMetadataFilter extends StreamFilter {
  private readonly entries: readonly Entry[];
  private readonly overwriteDenied: Counter;

  constructor(entries: readonly Entry[], overwriteDenied: Counter) {
    super();
    this.entries = entries;
    this.overwriteDenied = overwriteDenied;
  }

  override decodeHeaders(): HeadersStatus {
    const { info } = this.stream;
    for (const { namespace, overwrite, value } of this.entries) {
      const there = info.dynamicMetadata(namespace);
      if (there === undefined) info.addMetadata(namespace, value);
      else if (overwrite) info.addMetadata(namespace, merged(there, value));
      else this.overwriteDenied.inc();
    }
    return CONTINUE;
  }
}

/** Structs are merged, lists joined, anything else is replaced (StructUtil::update). */
function merged(into: Struct, from: Struct): Struct {
  const out: Record<string, unknown> = { ...into };
  for (const [key, value] of Object.entries(from)) {
    const old = Object.hasOwn(out, key) ? out[key] : undefined;
    if (Array.isArray(old) && Array.isArray(value)) out[key] = [...old, ...value];
    else out[key] = isStruct(old) && isStruct(value) ? merged(old, value) : value;
  }
  return out;
}

export function create(c: Config, ctx: HttpFactoryContext): HttpFilterFactory {
  const entries: Entry[] = (c.metadata ?? []).map((m) => ({
    namespace: m.metadataNamespace ?? '',
    overwrite: m.allowOverwrite ?? false,
    value: (m.value as Struct | undefined) ?? {},
  }));
  for (const m of c.metadata ?? []) {
    if (m.typedValue !== undefined) refuse(m, 'typed_value', 'typed metadata is not supported yet');
  }
  // The old fields: they come first, and replace.
  if (c.value !== undefined) {
    entries.unshift({ namespace: c.metadataNamespace ?? '', overwrite: true, value: c.value as Struct });
  }
  const denied = ctx.httpStats.scope.counter('set_metadata.overwrite_denied');
  return { terminal: false, create: () => new SetMetadataFilter(entries, denied) };
}
