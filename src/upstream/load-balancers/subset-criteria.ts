/**
 * What a request asks of the metadata of hosts: pairs in the order of their names, values compared by what they hold. Roles of
 * MetadataMatchCriteriaImpl (source/common/router/metadatamatchcriteria_impl.cc) and HashedValue.
 */
import type { LbMetadata } from './load-balancer.ts';

export interface Criteria {
  readonly names: readonly string[];
  /** Texts that are the same for the same values. */
  readonly values: readonly string[];
}

/** A text of a value of google.protobuf.Struct: different values have different ones. */
export function valueKey(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(valueKey).join()}]`;
  const fields = value as LbMetadata;
  return `{${Object.keys(fields)
    .sort(byBytes)
    .map((name) => `${JSON.stringify(name)}:${valueKey(fields[name])}`)
    .join()}}`;
}

export function criteriaOf(metadata: LbMetadata): Criteria {
  const names = Object.keys(metadata).sort(byBytes);
  return { names, values: names.map((name) => valueKey(metadata[name])) };
}

/** Only what is asked under these names. */
export function only({ names, values }: Criteria, wanted: ReadonlySet<string>): Criteria {
  const at = names.map((_, i) => i).filter((i) => wanted.has(names[i]));
  return { names: at.map((i) => names[i]), values: at.map((i) => values[i]) };
}

/** As std::string is ordered. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
