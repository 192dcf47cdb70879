/**
 * The constraints written in Envoy's protos (protoc-gen-validate), checked on the finished typed config with Envoy's words for
 * each. Rules come from the generated schema; nothing here knows a particular message.
 */

import { formatDuration } from './duration.ts';
import { type AnyValue, joinPath, type Message, type Origin, place } from './origin.ts';
import { MAX_PROBLEMS, type ProblemDraft } from './problem.ts';
import { brokenRule } from './rules.ts';
import type { Field, MessageType, SchemaRegistry } from './schema/registry.ts';
import type { MappingNode, TreeNode } from './tree.ts';

/** Envoy keeps durations as int64 nanoseconds (protobuf/utility.cc, kMaxInt64Nanoseconds). */
const MAX_DURATION_MS = 9_223_372_036_000;
const REGEX = 'envoy.type.matcher.v3.RegexMatcher';

export class Validator {
  readonly problems: ProblemDraft[] = [];
  /** Every regular expression met, to be compiled once. */
  readonly regexes: { text: string; path: string; node: TreeNode }[] = [];
  readonly #schema: SchemaRegistry;
  readonly #origins: ReadonlyMap<object, Origin>;
  readonly #broken: ReadonlySet<object>;
  /** From the root of this message's own check down to where we are; put into words only for a report. */
  #chain: Link[] = [];
  /** Proto names and `[index]` from the bootstrap on. */
  readonly #path: string[] = [];
  /** The innermost message with a place in a file. */
  #origin: Origin | undefined;

  /** Extensions whose rules do not count. */
  readonly #unruled: RegExp | undefined;

  constructor(
    schema: SchemaRegistry,
    origins: ReadonlyMap<object, Origin>,
    broken: ReadonlySet<object>,
    unruled?: RegExp,
  ) {
    this.#schema = schema;
    this.#origins = origins;
    this.#broken = broken;
    this.#unruled = unruled;
  }

  message(type: MessageType, message: Message): void {
    if (!type.validated) return;
    const outer = this.#origin;
    this.#origin = this.#origins.get(message) ?? outer;
    const broken = this.#broken.has(message);
    for (const key of Object.keys(message)) {
      const field = type.field(key);
      const value = message[key];
      if (field === undefined || value === undefined) continue;
      this.#path.push(field.name);
      this.#chain.push({ type, field, index: '' });
      this.#field(field, value, message);
      this.#chain.pop();
      this.#path.pop();
    }
    if (!broken) {
      for (const index of type.demanding)
        if (message[type.at(index).key] === undefined) this.#absent(type, type.at(index));
      this.#oneofs(type, message);
    }
    if (type.name === REGEX) this.#regex(message);
    this.#origin = outer;
  }

  #regex(message: Message): void {
    const node = this.#origin?.node.entries.find((e) => e.key === 'regex')?.value ?? this.#origin?.node;
    if (node === undefined || typeof message['regex'] !== 'string') return;
    this.regexes.push({ text: message['regex'], path: joinPath([...this.#path, 'regex']), node });
  }

  #field(field: Field, value: unknown, message: Message): void {
    const { rules } = field;
    if (field.mapKey !== '') {
      const map = value as Map<unknown, unknown>;
      if (rules !== undefined && map.size < (rules.min_pairs ?? 0)) {
        this.#broke(field, message, `map must be at least ${rules.min_pairs} entries`);
      }
      for (const [key, item] of map) {
        this.#item(`[${JSON.stringify(key)}]`, field, item, message, rules?.values);
      }
      return;
    }
    if (field.repeated) {
      const list = value as unknown[];
      const reason = rules === undefined ? undefined : brokenRule(field, rules, list);
      if (reason !== undefined) this.#broke(field, message, reason);
      for (let i = 0; i < list.length; i++) this.#item(`[${i}]`, field, list[i], message, rules?.items);
      return;
    }
    this.#one(field, value, message, rules);
  }

  #item(index: string, field: Field, value: unknown, message: Message, rules: Field['rules']): void {
    if (rules === undefined && field.kind !== 'message' && field.letter !== 'A') return;
    const link = this.#chain[this.#chain.length - 1];
    link.index = index;
    this.#path.push(index);
    this.#one(field, value, message, rules);
    this.#path.pop();
    link.index = '';
  }

  #one(field: Field, value: unknown, message: Message, rules: Field['rules']): void {
    // Before any rule: Envoy reads the whole config for these first.
    if (field.letter === 'D' && ((value as number) < 0 || (value as number) >= MAX_DURATION_MS)) {
      this.#unusableDuration(field, message, value as number);
      return;
    }
    if (rules !== undefined) {
      const values = field.kind === 'enum' ? this.#schema.enum(field.typeName) : undefined;
      const reason = brokenRule(field, rules, value, values ?? undefined);
      if (reason !== undefined) this.#broke(field, message, reason);
    }
    if (rules?.skip) return;
    if (field.kind === 'message') {
      const type = this.#schema.message(field.typeName);
      if (type) this.message(type, value as Message);
    } else if (field.letter === 'A') this.#any(value as AnyValue);
  }

  /** Envoy checks what an Any holds when its factory is made, as a config of its own. */
  #any(any: AnyValue): void {
    const type = this.#schema.message(any.typeUrl);
    if (!type || this.#unruled?.test(any.typeUrl)) return;
    const outer = this.#chain;
    this.#chain = [];
    this.message(type, any.value as Message);
    this.#chain = outer;
  }

  #absent(type: MessageType, field: Field): void {
    const rules = field.rules!;
    let reason: string | undefined;
    if (rules.required) reason = 'value is required';
    else if (field.repeated) reason = brokenRule(field, rules, []);
    else if (field.mapKey !== '') {
      if (rules.min_pairs) reason = `map must be at least ${rules.min_pairs} entries`;
    } else if (field.kind === 'scalar')
      reason = brokenRule(
        field,
        rules,
        field.letter === 's' || field.letter === 'y' ? '' : field.letter === 'b' ? false : 0,
      );
    if (reason === undefined) return;
    this.#chain.push({ type, field, index: '' });
    this.#path.push(field.name);
    this.#report(reason, this.#origin?.node, `'${field.name}' is missing: ${reason}`);
    this.#path.pop();
    this.#chain.pop();
  }

  #oneofs(type: MessageType, message: Message): void {
    for (let i = 0; i < type.oneofs.length; i++) {
      if (!type.oneofs[i].required) continue;
      if (Object.keys(message).some((key) => message[key] !== undefined && type.field(key)?.oneof === i)) continue;
      const names = type.fields.filter((f) => f.oneof === i && !f.v2Only).map((f) => f.name);
      const reason = `field: "${type.oneofs[i].name}", reason: is required`;
      this.#report(reason, this.#origin?.node, `one of ${names.join(', ')} is required`, true);
    }
  }

  #broke(field: Field, message: Message, reason: string): void {
    const node = this.#origins.get(message)?.node;
    this.#report(
      reason,
      nodeOf(node, field, this.#path[this.#path.length - 1]) ?? this.#origin?.node,
      `${field.name}: ${reason}`,
    );
  }

  /** Envoy finds these when it uses the value, one at a time. */
  #unusableDuration(field: Field, message: Message, value: number): void {
    const node = nodeOf(this.#origins.get(message)?.node, field, '') ?? this.#origin?.node;
    if (node === undefined) return;
    const wrong = value < 0 ? 'Expected positive duration' : 'Duration out-of-range';
    const envoy = `Invalid duration: ${wrong}: ${formatDuration(value)}`;
    this.problems.push({ code: 'constraint', ...place(node), path: joinPath(this.#path), message: envoy, envoy });
  }

  /** `alone`: the reason stands without a field's name before it. */
  #report(reason: string, at: TreeNode | undefined, message: string, alone = false): void {
    const origin = this.#origin;
    if (origin === undefined || this.problems.length >= MAX_PROBLEMS) return;
    const last = alone ? -1 : this.#chain.length - 1;
    const links = this.#chain.map(
      (link, i) => `${linkName(link)}: ${i === last ? reason : 'embedded message failed validation'}`,
    );
    if (alone) links.push(reason);
    this.problems.push({
      code: 'constraint',
      ...place(at ?? origin.node),
      path: joinPath(this.#path),
      message,
      envoy: `Proto constraint validation failed (${links.join(' | caused by ')})`,
    });
  }
}

interface Link {
  readonly type: MessageType;
  readonly field: Field;
  /** `[0]` or `["key"]` while an element is checked. */
  index: string;
}

/** `ClusterValidationError.HealthChecks[0]` */
function linkName({ type, field, index }: Link): string {
  return `${type.name.slice(type.name.lastIndexOf('.') + 1)}ValidationError.${pascal(field.name)}${index}`;
}

/** The value a rule speaks of, in the file. */
function nodeOf(node: MappingNode | undefined, field: Field, last: string): TreeNode | undefined {
  const value = node?.entries.find((e) => e.key === field.name || e.key === field.key || e.key === field.v2Name)?.value;
  if (value?.kind !== 'sequence') return value;
  const index = /^\[(\d+)\]$/.exec(last);
  return index === null ? value : (value.items[Number(index[1])] ?? value);
}

/** As protoc-gen-validate names fields in its errors: 5xx stays what it is, http2_x becomes Http2X. */
const pascal = (name: string): string => name.replace(/(?:^|_)(.)/g, (_, c: string) => c.toUpperCase());
