/** Operators about metadata, of filters and of the config, and about what filters share (MetadataFormatter, FilterStateFormatter). */
import type { Metadata } from '../config/schema/types.ts';
import { memberOf } from '../config/struct.ts';
import { fromWire, toWire } from '../platform/wire-text.ts';
import { type FormatBuild, type FormatContext, Json, type Operator } from './format-context.ts';
import { jsonString, jsonText, structText } from './json-text.ts';
import { cut, type OperatorRow, type OperatorRows, plain } from './operator-rows.ts';
import { FieldsOnly, SharedMessage } from './shared-message.ts';

type Find = (c: FormatContext, namespace: string) => unknown;

/** `namespace:key:key…`: a text as it is, anything else as JSON. */
function metadata(find: Find, argument: string, length: number): Operator {
  const [namespace, ...keys] = (fromWire(argument) ?? '').split(':');
  return (c) => {
    const value = memberOf(find(c, namespace), keys);
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string') return cut(toWire(value), length);
    const json = structText(sorted(value));
    return new Json(json, cut(json, length));
  };
}

/** Names in their order, as Envoy writes structs. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([k, v]) => [k, sorted(v)]));
}

const ofConfig = (m: Metadata | null | undefined, namespace: string): unknown => m?.filterMetadata?.get(namespace);

const FINDERS: Readonly<Record<string, Find>> = {
  DYNAMIC: (c, namespace) => c.info.dynamicMetadata(namespace),
  UPSTREAM_HOST: (c, namespace) => ofConfig(c.info.upstreamHost?.metadata, namespace),
  CLUSTER: (c, namespace) => ofConfig(c.info.cluster?.config.metadata, namespace),
  ROUTE: (c, namespace) => ofConfig(c.info.route?.metadata, namespace),
  VIRTUAL_HOST: (c, namespace) => ofConfig(c.info.route?.virtualHost.metadata, namespace),
};

const row = (kind: string): OperatorRow => ({
  make: (argument, length) => metadata(FINDERS[kind], argument, length),
});

/** What is the same for all connections of a filter chain. */
function ofListener(kind: string, build: FormatBuild): Find {
  const m = kind === 'LISTENER' ? build.listenerMetadata : build.filterChainMetadata;
  return (_, namespace) => ofConfig(m, namespace);
}

/** METADATA(DYNAMIC:…) and its kin. */
function anyMetadata(argument: string, length: number, build: FormatBuild): Operator {
  const colon = argument.indexOf(':');
  const kind = colon < 0 ? argument : argument.slice(0, colon);
  return metadata(FINDERS[kind] ?? ofListener(kind, build), colon < 0 ? '' : argument.slice(colon + 1), length);
}

/** `key:PLAIN`, `key:TYPED` or `key:FIELD:name`. A text is a value of its own; of an object PLAIN and TYPED show its JSON, unless it has a short form. */
function filterState(argument: string, length: number): Operator {
  const [key, kind = 'TYPED', field = ''] = (fromWire(argument) ?? '').split(':');
  return (c) => {
    let value = c.info.filterState(key);
    if (value instanceof SharedMessage) return messageText(value, kind, length);
    if (kind !== 'FIELD' && value instanceof FieldsOnly) return undefined;
    if (kind === 'FIELD' && typeof value === 'object' && value !== null) {
      value = Object.hasOwn(value, field) ? (value as Record<string, unknown>)[field] : undefined;
    }
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number') return value;
    // Of fields, as Envoy has them.
    if (kind === 'FIELD' && typeof value === 'boolean') return Number(value);
    if (kind === 'PLAIN' && hasShortForm(value)) value = String(value);
    if (typeof value !== 'string') return new Json(jsonText(value));
    const wire = cut(toWire(value), length) as string;
    return kind === 'TYPED' ? new Json(jsonString(wire)) : wire;
  };
}

function messageText(message: SharedMessage, kind: string, length: number): string | Json | undefined {
  if (kind === 'FIELD') return undefined;
  if (kind === 'PLAIN') return cut(toWire(message.plain()), length);
  const json = jsonText(message.json());
  return new Json(json, cut(json, length));
}
/** Objects of a class of their own say what they are as a text. */

const hasShortForm = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.hasOwn(Object.getPrototypeOf(value) ?? {}, 'toString') &&
  Object.getPrototypeOf(value) !== Object.prototype;

export const METADATA_OPERATORS: OperatorRows = {
  DYNAMIC_METADATA: row('DYNAMIC'),
  UPSTREAM_METADATA: row('UPSTREAM_HOST'),
  CLUSTER_METADATA: row('CLUSTER'),
  METADATA: { make: anyMetadata },
  FILTER_STATE: { make: filterState },
  // Filters of an upstream connection; there is none.
  UPSTREAM_FILTER_STATE: plain(() => undefined),
};
