/**
 * One model of both API versions, keyed by v3 names. Envoy 1.16 upgrades v2 by field number, so a v2 field is either the v3
 * field of that number (perhaps under an older name) or one that v3 dropped; the latter are kept, marked, with v3's types.
 */
import type { EnumModel, FieldModel, MessageModel, Model } from './model.ts';

export interface MergedField extends FieldModel {
  /** v2's name, where it differs. */
  v2Name?: string;
  /** v3 has no field of this number. */
  v2Only?: boolean;
}

export interface MergedMessage extends MessageModel {
  fields: MergedField[];
  /** Only in the older module: a v2 message without a v3 successor, or a v3alpha that has gone since. */
  legacy?: boolean;
}

export interface MergedEnum extends EnumModel {
  values: (EnumModel['values'][number] & { v2?: boolean })[];
}

export interface MergedModel {
  messages: Map<string, MergedMessage>;
  enums: Map<string, MergedEnum>;
  /** v2 (or older alpha) message name → v3 message name. */
  successors: Map<string, string>;
}

export function mergeModels(newest: Model, old: Model): MergedModel {
  // The newest module still ships v2: what has a successor is an old message there as well.
  const successors = successorsOf(newest, old);
  const merged: MergedModel = {
    messages: new Map([...newest.messages].filter(([name]) => !successors.has(name))),
    enums: new Map([...newest.enums].filter(([name]) => !old.enums.has(name) || /\.v3\b/.test(name))),
    successors,
  };
  const enumPairs = new Map<string, string>();
  for (const [oldName, name] of successors) {
    const from = old.messages.get(oldName);
    const to = merged.messages.get(name);
    if (from !== undefined && to !== undefined) addOldFields(to, from, enumPairs);
  }
  for (const message of old.messages.values()) {
    if (successors.has(message.name) || merged.messages.has(message.name) || /\.v4alpha\b/.test(message.name)) continue;
    merged.messages.set(message.name, { ...message, legacy: true });
  }
  for (const message of merged.messages.values()) {
    for (const f of message.fields) f.type = renamed(f.type, successors, enumPairs);
  }
  mergeEnums(merged, old, enumPairs);
  return merged;
}

/** `previous_message_type` of both modules: the newest name wins, chains are followed to their end. */
function successorsOf(current: Model, old: Model): Map<string, string> {
  const next = new Map<string, string>();
  for (const model of [old, current]) {
    for (const m of model.messages.values()) {
      if (m.previous !== undefined && !/\.v4alpha\b/.test(m.name)) next.set(m.previous, m.name);
    }
  }
  const result = new Map<string, string>();
  for (const name of next.keys()) {
    let last = name;
    const seen = new Set<string>();
    while (next.has(last) && !seen.has(last)) {
      seen.add(last);
      last = next.get(last)!;
    }
    if (current.messages.has(last)) result.set(name, last);
  }
  // An alpha that became v3 without saying so: oauth2's.
  for (const name of old.messages.keys()) {
    const grown = name.replace('.v3alpha.', '.v3.');
    if (grown !== name && current.messages.has(grown) && !current.messages.has(name)) result.set(name, grown);
  }
  return result;
}

function addOldFields(to: MergedMessage, from: MessageModel, enumPairs: Map<string, string>): void {
  const byNumber = new Map(to.fields.map((f) => [f.number, f]));
  const names = new Set(to.fields.map((f) => f.name));
  for (const field of from.fields) {
    const present = byNumber.get(field.number);
    if (present === undefined) {
      if (names.has(field.name)) {
        console.warn(`${from.name}.${field.name}: same name, other number in v3; v3's meaning is kept`);
        continue;
      }
      const oneof = field.oneof === undefined ? undefined : oneofIndex(to, from.oneofs[field.oneof].name);
      to.fields.push({ ...field, oneof, v2Only: true });
      continue;
    }
    if (present.type.startsWith('#') && field.type.startsWith('#'))
      enumPairs.set(field.type.slice(1), present.type.slice(1));
    if (present.name !== field.name) {
      // RouteAction.host_rewrite names another field in v3 (a message); the decoder tells them apart by the value's shape.
      present.v2Name = field.name;
    }
  }
}

function oneofIndex(message: MergedMessage, name: string): number | undefined {
  const at = message.oneofs.findIndex((o) => o.name === name);
  return at < 0 ? undefined : at;
}

function renamed(type: string, successors: Map<string, string>, enumPairs: Map<string, string>): string {
  if (type.startsWith('.')) return `.${successors.get(type.slice(1)) ?? type.slice(1)}`;
  if (type.startsWith('#')) return `#${enumPairs.get(type.slice(1)) ?? type.slice(1)}`;
  return type;
}

function mergeEnums(merged: MergedModel, old: Model, pairs: Map<string, string>): void {
  for (const [oldName, name] of pairs) {
    const from = old.enums.get(oldName);
    const to = merged.enums.get(name);
    if (from === undefined || to === undefined || oldName === name) continue;
    const names = new Set(to.values.map((v) => v.name));
    for (const v of from.values) if (!names.has(v.name)) to.values.push({ ...v, v2: true });
  }
  for (const e of old.enums.values()) {
    if (!merged.enums.has(e.name) && !pairs.has(e.name)) merged.enums.set(e.name, e);
  }
}
