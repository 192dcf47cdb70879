/** Messages of protobuf's that attributes are: metadata, a locality, the node. Their fields, and their text form (Message::ShortDebugString). */
import type { Locality, Metadata, Node } from '../config/schema/types.ts';
import { quoted } from '../format/proto-text.ts';
import { toWire } from '../platform/wire-text.ts';
import { realText } from './print.ts';
import { MapValue, Message, type MessageField, StructMap, type Value } from './values.ts';

/** Structs by namespace. */
type Namespaces = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

const NONE: Namespaces = new Map();

class NamespaceMap extends MapValue {
  private readonly namespaces: Namespaces;
  constructor(namespaces: Namespaces) {
    super();
    this.namespaces = namespaces;
  }
  get(key: Value): Value | undefined {
    const struct = typeof key === 'string' ? this.namespaces.get(Buffer.from(key, 'latin1').toString()) : undefined;
    return struct === undefined ? undefined : new StructMap(struct);
  }
  keys(): readonly Value[] {
    return [...this.namespaces.keys()].map(toWire);
  }
}

/** Of typed metadata there is none. */
class NoMap extends MapValue {
  get(): undefined {
    return undefined;
  }
  keys(): readonly Value[] {
    return [];
  }
}

export function metadataMessage(namespaces: Namespaces | null | undefined): Message {
  const all = namespaces ?? NONE;
  return new Message('envoy.config.core.v3.Metadata', [
    {
      name: 'filter_metadata',
      value: new NamespaceMap(all),
      present: all.size > 0,
      text: () =>
        [...all.keys()]
          .sort()
          .map(
            (name) => `filter_metadata { key: ${quoted(toWire(name))} value { ${structText(all.get(name) ?? {})}} } `,
          )
          .join(''),
    },
    { name: 'typed_filter_metadata', value: new NoMap(), present: false, text: () => '' },
  ]);
}

/** Undefined where the config has none: that is a message without anything. */
export const configMetadata = (m: Metadata | null | undefined): Message =>
  metadataMessage(m?.filterMetadata as Namespaces | undefined);

function textField(name: string, text = ''): MessageField {
  return {
    name,
    value: toWire(text),
    present: text !== '',
    text: () => (text === '' ? '' : `${name}: ${quoted(toWire(text))} `),
  };
}

export function localityMessage({ region, zone, subZone }: Locality): Message {
  return new Message('envoy.config.core.v3.Locality', [
    textField('region', region),
    textField('zone', zone),
    textField('sub_zone', subZone),
  ]);
}

/** What the config says of it. */
export function nodeMessage(node: Node): Message {
  const struct = (node.metadata ?? {}) as Readonly<Record<string, unknown>>;
  const locality = localityMessage(node.locality ?? {});
  return new Message('envoy.config.core.v3.Node', [
    textField('id', node.id),
    textField('cluster', node.cluster),
    {
      name: 'metadata',
      value: new StructMap(struct),
      present: node.metadata !== undefined,
      text: () => (node.metadata === undefined ? '' : `metadata { ${structText(struct)}} `),
    },
    {
      name: 'locality',
      value: locality,
      present: node.locality !== undefined,
      text: () => (node.locality === undefined ? '' : `locality { ${locality.fields.map((f) => f.text()).join('')}} `),
    },
    textField('user_agent_name', 'envoy'),
  ]);
}

function structText(struct: Readonly<Record<string, unknown>>): string {
  return Object.keys(struct)
    .sort()
    .map((key) => `fields { key: ${quoted(toWire(key))} value { ${valueText(struct[key])} } } `)
    .join('');
}

function valueText(v: unknown): string {
  if (typeof v === 'string') return `string_value: ${quoted(toWire(v))}`;
  if (typeof v === 'number') return `number_value: ${realText(v)}`;
  if (typeof v === 'boolean') return `bool_value: ${v}`;
  if (Array.isArray(v)) {
    return `list_value {${v.map((item) => ` values { ${valueText(item)} }`).join('')} }`;
  }
  if (typeof v === 'object' && v !== null) return `struct_value { ${structText(v as Record<string, unknown>)}}`;
  return 'null_value: NULL_VALUE';
}
