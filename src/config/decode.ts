/**
 * Tree → typed config: v3 messages as plain objects with camelCase keys, absent = undefined, Durations in ms, enums as v3 names,
 * wrappers unwrapped, Any as { typeUrl, value }. Reads what Envoy's JSON-to-proto conversion reads and refuses what it refuses,
 * but goes on after a mistake, so that all of them are reported at once.
 */
import { type DecodeOptions, DecodeReport } from './decode-report.ts';
import { extensionNames, NAMED_EXTENSIONS, TYPED_STRUCTS } from './extension-names.ts';
import type { Frame, Unsupported } from './left-out.ts';
import { type AnyValue, type Message, Origin } from './origin.ts';
import type { Field, MessageType, SchemaRegistry } from './schema/registry.ts';
import { type SupportEntry, supportOf } from './support/support.ts';
import type { MappingEntry, MappingNode, TreeNode } from './tree.ts';
import { upgradeMessage } from './upgrade.ts';
import { decodeScalar, decodeWrapper, describe, structValue, type ValueError, wellKnown } from './values.ts';

/** How the support table is applied below here; an entry: instead of the one of the message's type. */
type Checking = 'checked' | 'unchecked' | SupportEntry;

const ANY_PREFIX = /^.*\//;
const POLICY = 'envoy.config.cluster.v3.LoadBalancingPolicy.Policy';
/** Types of clusters whose settings are fields of the cluster itself. */
const BARE_CLUSTER = /^envoy\.cluster\.(?:static|strict_dns|logical_dns|original_dst|dns)$/;

export class Decoder {
  readonly report: DecodeReport;
  readonly origins = new Map<object, Origin>();
  /** Messages in which something was refused: their constraints are not checked again. */
  readonly broken = new Set<object>();
  usedV2 = false;
  readonly #schema: SchemaRegistry;
  /** v2 and extensions by name alone are unknown. */
  readonly #strict: boolean;
  /** The message being read; its `outer` are those around it. */
  #frame: Frame | undefined;

  constructor(schema: SchemaRegistry, root: string, options: DecodeOptions) {
    this.#schema = schema;
    this.#strict = options.strict ?? false;
    this.report = new DecodeReport(root, options);
  }

  /** Undefined when the schema must be loaded first or the root is no mapping. */
  decode(node: TreeNode): Message | undefined {
    const type = this.#schema.message(this.report.root);
    if (type === undefined) return undefined;
    if (type === null) throw new Error(`no message type ${this.report.root}`);
    return this.#message(type, node, 'checked');
  }

  #message(type: MessageType, node: TreeNode, checking: Checking): Message | undefined {
    if (node.kind !== 'mapping') {
      if (node.kind === 'scalar' && node.value === null) return undefined;
      this.report.refuse(
        node,
        `message ${type.name}`,
        `unexpected ${describe(node)}; expected '{'`,
        'A mapping is wanted here.',
      );
      return undefined;
    }
    const message: Message = {};
    const support = checking === 'checked' ? supportOf(type.name) : checking === 'unchecked' ? undefined : checking;
    const origin = new Origin(type, node, this.report.segments.slice());
    this.origins.set(message, origin);
    const outer = this.#frame;
    const frame: Frame = { outer, origin, message, field: undefined };
    this.#frame = frame;
    const oneofs: (Field | undefined)[] = [];
    let old = false;
    for (const entry of node.entries) {
      const field = this.#field(type, entry);
      this.report.segments.push(entry.key);
      if (field === undefined) {
        if (this.report.unknownField(type, entry)) this.broken.add(message);
      } else if (!isNull(entry.value)) {
        if (field.oneof >= 0) this.#oneof(type, field, oneofs, entry, message);
        old ||= field.v2Only;
        this.#noteAge(type, field, entry);
        frame.field = field;
        const below = this.#support(type, field, entry, support, checking);
        const value = this.#value(field, entry.value, node, below);
        if (value === undefined) this.broken.add(message);
        else {
          this.#set(message, field, value);
          if (checking !== 'unchecked') this.#values(field, value, entry, support);
        }
        frame.field = undefined;
      }
      this.report.segments.pop();
    }
    if (old) upgradeMessage(type.name, message);
    if (NAMED_EXTENSIONS.has(type.name)) this.#fillTypedConfig(message, node, checking);
    this.#frame = outer;
    return message;
  }

  /** v2's RouteAction.host_rewrite is v3's host_rewrite_literal; v3's own host_rewrite is a format, the same where it has no %. */
  #field(type: MessageType, entry: MappingEntry): Field | undefined {
    if (this.#strict) {
      const field = type.field(entry.key);
      return field === undefined || isOld(field, entry.key) ? undefined : field;
    }
    const older = type.olderField(entry.key);
    if (older !== undefined && entry.value.kind === 'scalar' && !String(entry.value.value).includes('%')) return older;
    return type.field(entry.key);
  }

  #set(message: Message, field: Field, value: unknown): void {
    // The same field under two spellings: lists and maps add up, as in protobuf; otherwise the last one counts.
    const before = message[field.key];
    if (field.repeated && Array.isArray(before)) (before as unknown[]).push(...(value as unknown[]));
    else message[field.key] = value;
  }

  #value(field: Field, node: TreeNode, parent: MappingNode, checking: Checking): unknown {
    if (field.v2Only && field.name === 'config') return this.#untypedConfig(node, parent, checking);
    if (field.v2Only && (field.name === 'per_filter_config' || field.name === 'extension_protocol_options')) {
      return this.#untypedMap(field.name, node, checking);
    }
    if (field.mapKey !== '') return this.#map(field, node, parent, checking);
    if (!field.repeated) return this.#single(field, node, parent, checking);
    if (node.kind !== 'sequence') {
      const one = this.#single(field, node, parent, checking);
      return one === undefined ? undefined : [one];
    }
    const list: unknown[] = [];
    for (let i = 0; i < node.items.length; i++) {
      this.report.segments.push(`[${i}]`);
      const item = node.items[i];
      const value = isNull(item) ? this.#nullItem(field, item, checking) : this.#single(field, item, parent, checking);
      this.report.segments.pop();
      if (value !== undefined) list.push(value);
      // Envoy takes the first policy that it has and looks at no other.
      if (field.typeName === POLICY && isChosen(value)) checking = 'unchecked';
    }
    return list;
  }

  /** A null in a list is the type's default, as in protobuf. */
  #nullItem(field: Field, item: TreeNode, checking: Checking): unknown {
    if (field.kind === 'message') {
      return this.#single(
        field,
        { kind: 'mapping', source: item.source, start: item.start, entries: [] },
        undefined,
        checking,
      );
    }
    this.report.refuse(item, field.typeName || field.letter, "unexpected 'null' in a list");
    return undefined;
  }

  #single(field: Field, node: TreeNode, parent: MappingNode | undefined, checking: Checking): unknown {
    switch (field.kind) {
      case 'message': {
        const type = this.#schema.message(field.typeName);
        if (type === undefined || type === null) return undefined;
        return this.#message(type, node, checking);
      }
      case 'enum':
        return this.#enum(field, node);
      case 'wrapper':
        return this.#checked(node, decodeWrapper(field.letter, node));
      case 'well-known':
        if (field.letter === 'A') return this.#any(node, parent, checking);
        return this.#checked(node, wellKnown(field.letter, node));
      default:
        return this.#checked(node, decodeScalar(field.letter, node));
    }
  }

  #checked(node: TreeNode, result: { value: unknown } | ValueError): unknown {
    if ('value' in result) return result.value;
    this.report.refuse(result.node ?? node, result.type, result.reason, result.hint, result.envoy);
    return undefined;
  }

  #map(field: Field, node: TreeNode, parent: MappingNode, checking: Checking): Map<unknown, unknown> | undefined {
    if (node.kind !== 'mapping') {
      this.report.refuse(node, 'map', `unexpected ${describe(node)}; expected '{'`, 'A mapping is wanted here.');
      return undefined;
    }
    const map = new Map<unknown, unknown>();
    for (const entry of node.entries) {
      this.report.segments.push(entry.key);
      const keyNode: TreeNode = {
        kind: 'scalar',
        source: node.source,
        start: entry.keyStart,
        end: entry.keyEnd,
        value: entry.key,
      };
      const key = this.#checked(keyNode, decodeScalar(field.mapKey, keyNode));
      const value = this.#single(field, entry.value, field.letter === 'A' ? undefined : parent, checking);
      if (key !== undefined && value !== undefined) map.set(key, value);
      this.report.segments.pop();
    }
    return map;
  }

  #enum(field: Field, node: TreeNode): string | undefined {
    const type = this.#schema.enum(field.typeName);
    if (type === undefined || type === null) return undefined;
    const raw = node.kind === 'scalar' ? node.value : undefined;
    if (typeof raw === 'string' || typeof raw === 'number') {
      const number = typeof raw === 'number' || /^-?\d+$/.test(raw) ? Number(raw) : undefined;
      const value = number === undefined ? type.byName(raw as string) : type.byNumber(number);
      if (value !== undefined && !(value.v2Only && this.#strict)) {
        if (value.v2Only) this.usedV2 = true;
        return (
          (value.v2Only ? type.values.find((v) => v.number === value.number && !v.v2Only)?.name : undefined) ??
          value.name
        );
      }
      // An open enum keeps a number it does not know; constraints refuse it where they do.
      if (number !== undefined && (number | 0) === number) return String(number);
    }
    if (typeof raw !== 'string' && typeof raw !== 'number') {
      this.report.refuse(node, `enum ${field.typeName}`, 'expected number or string');
      return undefined;
    }
    const near = this.report.nearest(
      String(raw),
      type.values.map((v) => v.name),
    );
    const names = type.values.filter((v) => !v.v2Only).map((v) => v.name);
    this.report.add('bad-value', node, {
      message: `unknown enum value: '${raw}'`,
      envoy: `Protobuf message (type ${this.report.root} reason INVALID_ARGUMENT: unknown enum value: '${raw}') has unknown fields`,
      hint:
        near === undefined
          ? `one of ${names.slice(0, 12).join(', ')}${names.length > 12 ? ' …' : ''}`
          : `did you mean ${near}?`,
    });
    return undefined;
  }

  #any(node: TreeNode, parent: MappingNode | undefined, checking: Checking): AnyValue | undefined {
    if (node.kind !== 'mapping') {
      this.report.refuse(node, 'message google.protobuf.Any', `unexpected ${describe(node)}; expected '{'`);
      return undefined;
    }
    const typeEntry = node.entries.find((e) => e.key === '@type');
    if (typeEntry !== undefined) {
      const rest: MappingNode = { ...node, entries: node.entries.filter((e) => e !== typeEntry) };
      return this.#typed(typeEntry, rest, checking, parent);
    }
    const name = parent === undefined ? undefined : stringEntry(parent, 'name');
    const guess = name === undefined ? undefined : this.#registered(name);
    if (node.entries.length > 0) {
      const reason = 'in legacy mode, missing @type in Any is only allowed for an empty object';
      const type = guess ?? '<message>';
      this.report.refuse(node, 'message google.protobuf.Any', reason, `add "@type": type.googleapis.com/${type}`);
      return undefined;
    }
    // Envoy 1.16 takes the registered type of the name here; 1.40 refuses it.
    if (guess !== undefined && !this.#strict) return this.#named(guess, node, checking, { name });
    if (name === undefined) return { typeUrl: '', value: {} };
    this.report.unregistered(name, node, guess);
    return undefined;
  }

  #typed(
    typeEntry: MappingEntry,
    rest: MappingNode,
    checking: Checking,
    parent: MappingNode | undefined,
  ): AnyValue | undefined {
    const url = typeEntry.value.kind === 'scalar' ? String(typeEntry.value.value ?? '') : '';
    const name = url.replace(ANY_PREFIX, '');
    const extension = parent === undefined ? undefined : stringEntry(parent, 'name');
    // 1.16 asks the extension's name what the fields are; 1.40 does so for cluster types alone.
    const byName =
      !this.#strict || this.#frame?.origin.type.name === 'envoy.config.cluster.v3.Cluster.CustomClusterType';
    if (name === 'google.protobuf.Struct' && extension !== undefined && byName) {
      const guess = this.#registered(extension);
      const fields = rest.entries.find((e) => e.key === 'value')?.value;
      if (guess !== undefined && fields?.kind === 'mapping') {
        this.report.segments.push('value');
        const any = this.#named(guess, fields, checking, { name: extension });
        this.report.segments.pop();
        return any;
      }
    }
    if (name.startsWith('google.protobuf.')) return this.#wellKnownAny(name, rest, typeEntry);
    if (TYPED_STRUCTS.has(name)) return this.#typedStruct(rest, typeEntry, checking, extension);
    if (!/[^/]\/[^/]/.test(url)) {
      const reason = `@type must contain at least one / and a nonempty host; got: ${url}`;
      this.report.refuse(
        typeEntry.value,
        'message google.protobuf.Any',
        reason,
        `"@type": type.googleapis.com/${name}`,
      );
      return undefined;
    }
    return this.#named(name, rest, checking, { name: extension, at: typeEntry.value, url });
  }

  /** `what.name`: the extension's; `what.at` and `what.url`: the "@type" as written. */
  #named(
    name: string,
    node: MappingNode,
    checking: Checking,
    what: { name?: string; at?: TreeNode; url?: string },
  ): AnyValue | undefined {
    const { at = node, url = name } = what;
    const resolved = this.#schema.resolve(name);
    if (resolved === undefined) return undefined;
    if (resolved === null || (resolved.old && this.#strict)) {
      const reason = url.includes('/')
        ? `could not find @type '${url}'`
        : `@type must contain at least one / and a nonempty host; got: ${url}`;
      this.report.segments.push('@type');
      const near = resolved === null ? this.report.nearestType(name, this.#schema.loadedNames(name)) : undefined;
      const hint = near === undefined ? undefined : `did you mean ${near}?`;
      this.report.add('unknown-type', at, {
        message: reason,
        envoy: this.report.sentence('message google.protobuf.Any', reason),
        hint: resolved === null ? hint : `v3: ${resolved.type.name}`,
      });
      this.report.segments.pop();
      return undefined;
    }
    if (resolved.old) this.usedV2 = true;
    const { type } = resolved;
    let below = checking;
    if (checking === 'checked' && supportOf(type.name) === undefined) {
      below = 'unchecked';
      extensionNames.wantKnown();
      const called = what.name === undefined ? type.name : `'${what.name}' (${type.name})`;
      this.#unsupported('extension', at, `${called} is not supported yet`, undefined, type.name);
    }
    const value = this.#message(type, node, below);
    return value === undefined ? undefined : { typeUrl: type.name, value };
  }

  /** Well-known types inside an Any stand under `value`, Struct included. */
  #wellKnownAny(name: string, rest: MappingNode, typeEntry: MappingEntry): AnyValue | undefined {
    const inner = rest.entries.find((e) => e.key === 'value')?.value;
    if (name === 'google.protobuf.Struct' || name === 'google.protobuf.Value') {
      return { typeUrl: name, value: structValue(inner ?? rest) };
    }
    if (name === 'google.protobuf.Empty') return { typeUrl: name, value: {} };
    if (inner?.kind === 'scalar') return { typeUrl: name, value: inner.value };
    this.report.refuse(typeEntry.value, 'message google.protobuf.Any', `'value' is missing for ${name}`);
    return undefined;
  }

  /** {udpa.type.v1,xds.type.v3}.TypedStruct: the type's name and its fields apart. */
  #typedStruct(
    rest: MappingNode,
    typeEntry: MappingEntry,
    checking: Checking,
    name: string | undefined,
  ): AnyValue | undefined {
    const url = stringEntry(rest, 'type_url') ?? stringEntry(rest, 'typeUrl');
    const value = rest.entries.find((e) => e.key === 'value')?.value;
    if (url === undefined) {
      this.report.refuse(typeEntry.value, 'message google.protobuf.Any', "TypedStruct needs a 'type_url'");
      return undefined;
    }
    const fields: MappingNode = value?.kind === 'mapping' ? value : { ...rest, entries: [] };
    const type = url.replace(ANY_PREFIX, '');
    // Somebody else's policy; the next of the list may be ours.
    if (this.#frame?.outer?.origin.type.name === POLICY && this.#schema.resolve(type) === null) {
      return { typeUrl: type, value: {} };
    }
    this.report.segments.push('value');
    const result = this.#named(type, fields, checking, { name, at: typeEntry.value, url });
    this.report.segments.pop();
    return result;
  }

  /** v2's `config:`, a Struct whose type only the extension's name tells. */
  #untypedConfig(node: TreeNode, parent: MappingNode, checking: Checking): AnyValue | undefined {
    const name = stringEntry(parent, 'name') ?? '';
    const guess = this.#registered(name);
    if (guess === undefined) {
      this.report.unregistered(name, node);
      return undefined;
    }
    if (node.kind === 'mapping') return this.#named(guess, node, checking, { name });
    this.report.refuse(node, 'message google.protobuf.Struct', `unexpected ${describe(node)}; expected '{'`);
    return undefined;
  }

  #untypedMap(
    place: 'per_filter_config' | 'extension_protocol_options',
    node: TreeNode,
    checking: Checking,
  ): Map<string, AnyValue> | undefined {
    if (node.kind !== 'mapping') return undefined;
    const map = new Map<string, AnyValue>();
    for (const entry of node.entries) {
      const guess = extensionNames.typeInMap(entry.key, place);
      this.report.segments.push(entry.key);
      if (guess === undefined) this.report.unregistered(entry.key, entry.value);
      else if (entry.value.kind === 'mapping') {
        const value = this.#named(guess, entry.value, checking, { name: entry.key });
        if (value !== undefined) map.set(entry.key, value);
      }
      this.report.segments.pop();
    }
    return map;
  }

  /** A filter written by name alone: 1.16 gives it its registered type's defaults. */
  #fillTypedConfig(message: Message, node: MappingNode, checking: Checking): void {
    if (message['typedConfig'] !== undefined || message['configDiscovery'] !== undefined || this.broken.has(message))
      return;
    if (
      typeof message['name'] !== 'string' ||
      node.entries.some((e) => e.key === 'typed_config' || e.key === 'typedConfig')
    )
      return;
    const guess = this.#registered(message['name']);
    if (BARE_CLUSTER.test(message['name']) && (guess === undefined || this.#strict)) return;
    if (guess === undefined || this.#strict) {
      this.report.unregistered(message['name'], node.entries.find((e) => e.key === 'name')?.value ?? node, guess);
      return;
    }
    const any = this.#named(guess, { ...node, entries: [] }, checking, { name: message['name'] });
    if (any !== undefined) message['typedConfig'] = any;
  }

  /** The type of the extension whose message is being read. */
  #registered(name: string): string | undefined {
    const frame = this.#frame;
    return extensionNames.typeOf(name, frame?.origin.type.name, frame?.outer?.origin.type.name);
  }

  #oneof(type: MessageType, field: Field, seen: (Field | undefined)[], entry: MappingEntry, message: Message): void {
    const other = seen[field.oneof];
    seen[field.oneof] = field;
    if (other === undefined || other === field) return;
    // Envoy sorts the keys first, so the later name is the one it complains about.
    const reason = `'${field.name}' has already been set (either directly or as part of a oneof)`;
    this.broken.add(message);
    this.report.add('bad-value', entry, {
      message: reason,
      envoy: this.report.sentence(`message ${type.name}`, reason),
      hint: `only one of ${type.fields
        .filter((f) => f.oneof === field.oneof && !f.v2Only)
        .map((f) => f.name)
        .join(', ')} may be set`,
    });
  }

  #support(
    type: MessageType,
    field: Field,
    entry: MappingEntry,
    support: SupportEntry | undefined,
    checking: Checking,
  ): Checking {
    if (checking === 'unchecked') return checking;
    if (support === undefined || !support.has(field.name)) {
      // To protobuf it is not there.
      if (isDefault(this.#schema, field, entry.value)) return 'checked';
      this.#unsupported('field', entry, `${called(field, entry)} of ${type.name} is not supported yet`);
      return 'unchecked';
    }
    if (support.isInert(field.name)) return 'unchecked';
    return support.within(field.name) ?? 'checked';
  }

  /** A field of which only some values are done. */
  #values(field: Field, value: unknown, entry: MappingEntry, support: SupportEntry | undefined): void {
    const done = support?.values(field.name);
    if (done === undefined || isDefault(this.#schema, field, entry.value)) return;
    for (const one of field.repeated ? (value as unknown[]) : [value]) {
      if (done.has(String(one))) continue;
      const message = `'${written(field, entry)}: ${one}' is not supported yet`;
      this.#unsupported('value', entry.value, message, `supported: ${[...done].join(', ')}`);
    }
  }

  #unsupported(
    kind: Unsupported['kind'],
    at: TreeNode | MappingEntry,
    message: string,
    hint?: string,
    type = '',
  ): void {
    const frame = this.#frame!;
    this.report.unsupported.push({
      kind,
      at,
      path: this.report.path(),
      message,
      frame,
      field: frame.field,
      hint,
      type,
    });
  }

  #noteAge(type: MessageType, field: Field, entry: MappingEntry): void {
    const old = isOld(field, entry.key);
    if (old) this.usedV2 = true;
    if (!old && !field.deprecated) return;
    const message = field.v2Only
      ? `'${field.name}' is of the v2 API`
      : old
        ? `'${entry.key}' is v2's name of '${field.name}'`
        : `Using deprecated option '${type.name}.${field.name}'`;
    this.report.warn('deprecated', entry, message);
  }
}

/** Written as v2 calls it, or of v2 alone. */
const isOld = (field: Field, key: string): boolean =>
  field.v2Only || (field.v2Name !== undefined && field.name !== key && field.v2Name === key);

/** The name in the file: v2's where it is that, else the proto's, however it is spelt. */
function written(field: Field, entry: MappingEntry): string {
  return field.v2Name !== undefined && entry.key !== field.name && entry.key !== field.key ? field.v2Name : field.name;
}

function called(field: Field, entry: MappingEntry): string {
  const name = written(field, entry);
  return name === field.name ? `'${name}'` : `'${name}' (v3: '${field.name}')`;
}

/** What proto3 cannot tell from an absent field: zero values outside of oneofs, and empty lists. */
function isDefault(schema: SchemaRegistry, field: Field, node: TreeNode): boolean {
  if (field.repeated) return node.kind === 'sequence' && node.items.length === 0;
  if (field.mapKey !== '') return node.kind === 'mapping' && node.entries.length === 0;
  if (field.oneof >= 0 || node.kind !== 'scalar') return false;
  if (field.kind === 'enum') {
    const type = schema.enum(field.typeName);
    return (type?.byName(String(node.value)) ?? type?.byNumber(Number(node.value)))?.number === 0;
  }
  if (field.kind !== 'scalar') return false;
  const decoded = decodeScalar(field.letter, node);
  return 'value' in decoded && (decoded.value === false || decoded.value === 0 || decoded.value === '');
}

const isNull = (node: TreeNode): boolean => node.kind === 'scalar' && node.value === null;

function stringEntry(node: MappingNode, key: string): string | undefined {
  const value = node.entries.find((e) => e.key === key)?.value;
  return value?.kind === 'scalar' && typeof value.value === 'string' ? value.value : undefined;
}

function isChosen(policy: unknown): boolean {
  const { typedConfig } = ((policy as Message | undefined)?.['typedExtensionConfig'] ?? {}) as {
    typedConfig?: AnyValue;
  };
  return typedConfig?.typeUrl.startsWith('envoy.extensions.load_balancing_policies.') === true;
}
