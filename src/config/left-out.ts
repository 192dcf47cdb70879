/**
 * What `--allow-unsupported` may leave out, and what it never does. A field stands in the table only if neither a client, an upstream nor
 * an attacker could tell that it is gone; whatever is not in the table (all that Envoy adds later among it) is refused with the flag as
 * well: transport sockets, matches, routes, filters, limits. Envoy has no such flag. Loaded when something unsupported was met.
 */
import { type Message, type Origin, place } from './origin.ts';
import { MAX_PROBLEMS, type ProblemDraft } from './problem.ts';
import type { Field, MessageType, SchemaRegistry } from './schema/registry.ts';
import type { MappingEntry, TreeNode } from './tree.ts';
import { whyNot } from './why-not.ts';
import { whyNotField } from './why-not-fields.ts';

/** A message that is being read and the one around it. */
export interface Frame {
  readonly outer: Frame | undefined;
  readonly origin: Origin;
  readonly message: Message;
  /** The one whose value is being read. */
  field: Field | undefined;
}

/** A use of something that this release does not do. */
export interface Unsupported {
  /** A field, an extension, or a value of a field whose other values are done. */
  readonly kind: 'field' | 'extension' | 'value';
  readonly at: TreeNode | MappingEntry;
  readonly path: string;
  readonly message: string;
  readonly frame: Frame;
  readonly field: Field | undefined;
  /** Instead of what would have to go. */
  readonly hint: string | undefined;
  /** Of the extension; '' for a field. */
  readonly type: string;
}

const BOOTSTRAP = 'envoy.config.bootstrap.v3';
const ROUTE = 'envoy.config.route.v3';
const CLUSTER = 'envoy.config.cluster.v3';
const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';

const LOG = 'what is logged; requests and answers stay the same';
const SPANS = 'spans for a collector, and the headers that link them; requests are routed and answered the same';
const STATS = 'which statistics there are and what they are called';

/** Message → field → why nobody outside can tell. Of a field whose message has a row of its own, only that row's fields may be set. */
export const LEFT_OUT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [`${BOOTSTRAP}.Bootstrap`]: {
    deferred_stat_options: STATS,
  },
  [HCM]: {
    record_route_resolution_stats: STATS,
  },
  [`${ROUTE}.Route`]: { stat_prefix: STATS },
  [`${CLUSTER}.Cluster`]: { track_timeout_budgets: STATS, track_cluster_stats: STATS },
  [`${CLUSTER}.UpstreamConnectionOptions`]: { set_local_interface_name_on_upstream_connections: LOG },
  'envoy.config.endpoint.v3.Endpoint': { observability_name: STATS },
  'envoy.extensions.filters.http.router.v3.Router': {
    suppress_grpc_request_failure_code_stats: STATS,
  },
};

/** Messages that are left out whole where a part of them is not done: half of one would do something else. */
export const LEFT_OUT_WHOLE: Readonly<Record<string, string>> = {
  'envoy.config.accesslog.v3.AccessLog': LOG,
  // A tracer: requests are sampled without it.
  'envoy.config.trace.v3.Tracing.Http': SPANS,
};

/** Why it may be left out, and, where it is more than the field itself, the message that goes. */
interface Verdict {
  readonly reason: string;
  readonly whole: Frame | undefined;
}

function judge(found: Unsupported, schema: SchemaRegistry): Verdict | undefined {
  const { frame, field } = found;
  if (found.kind === 'field' && field !== undefined) {
    const reason = reasonFor(schema, frame.origin.type, field, frame.message);
    if (reason !== undefined) return { reason, whole: undefined };
  }
  for (let f: Frame | undefined = frame; f !== undefined; f = f.outer) {
    const { name } = f.origin.type;
    if (Object.hasOwn(LEFT_OUT_WHOLE, name)) return { reason: LEFT_OUT_WHOLE[name], whole: f };
  }
  return undefined;
}

/** Undefined: never. */
function reasonFor(schema: SchemaRegistry, type: MessageType, field: Field, message: Message): string | undefined {
  const row = Object.hasOwn(LEFT_OUT, type.name) ? LEFT_OUT[type.name] : undefined;
  if (row === undefined || !Object.hasOwn(row, field.name)) return undefined;
  const inner = Object.hasOwn(LEFT_OUT, field.typeName) ? LEFT_OUT[field.typeName] : undefined;
  if (inner === undefined) return row[field.name];
  const value = message[field.key] as Message | undefined;
  const innerType = schema.message(field.typeName);
  if (value === undefined || !innerType || field.repeated || field.mapKey !== '') return undefined;
  const covered = Object.keys(value).every((key) => Object.hasOwn(inner, innerType.field(key)?.name ?? ''));
  return covered ? row[field.name] : undefined;
}

export interface Settled {
  readonly problems: ProblemDraft[];
  readonly warnings: ProblemDraft[];
  /** Messages that are left out whole. */
  readonly gone: ReadonlySet<object>;
}

/**
 * `allowed`: --allow-unsupported was given. `alone`: nothing else is wrong with the config, so that a hint that names the flag is true
 * if everything found may be left out.
 */
export function settle(
  found: readonly Unsupported[],
  schema: SchemaRegistry,
  allowed: boolean,
  alone: boolean,
): Settled {
  const problems: ProblemDraft[] = [];
  const warnings: ProblemDraft[] = [];
  const gone = new Set<object>();
  const verdicts = found.map((f) => judge(f, schema));
  const starts = alone && verdicts.every((v) => v !== undefined);
  for (let i = 0; i < found.length; i++) {
    const f = found[i];
    const verdict = verdicts[i];
    if (allowed && verdict !== undefined) {
      if (verdict.whole !== undefined) gone.add(verdict.whole.message);
      const what = verdict.whole === undefined ? '' : ` ${verdict.whole.origin.path}`;
      const message = `${f.message}:${what} is left out (${verdict.reason})`;
      if (warnings.length < MAX_PROBLEMS) warnings.push({ code: 'unsupported', ...place(f.at), path: f.path, message });
    } else if (problems.length < MAX_PROBLEMS) {
      problems.push({
        code: 'unsupported',
        ...place(f.at),
        path: f.path,
        message: explained(f),
        hint: hint(f, allowed && problems.length === 0, starts),
      });
    }
  }
  return { problems, warnings, gone };
}

function explained({ message, type, field, frame }: Unsupported): string {
  const why = type === '' && field !== undefined ? whyNotField(frame.origin.type.name, field.name) : whyNot(type);
  return why === undefined ? message : `${message}: ${why}`;
}

/** `explain`: what the flag does, which was given and did not help. */
function hint(f: Unsupported, explain: boolean, starts: boolean): string {
  if (f.hint !== undefined) return f.hint;
  // An extension goes with the message that names it, unless it is one of a map.
  const named = f.kind === 'extension' && !f.field?.mapKey;
  const path = named ? f.frame.origin.path : f.path;
  const out = `this release would start without ${path} (${lines(named ? f.frame.origin.node : f.at)})`;
  if (starts) return `${out}; --allow-unsupported does`;
  return explain ? `${out}; --allow-unsupported leaves out only logs, spans and statistics` : out;
}

/** `line 4` or `lines 4 to 9`: what would be deleted. */
function lines(node: TreeNode | MappingEntry): string {
  const { source, offset } = place(node);
  const first = source.position(offset).line;
  const last = source.position(endOf('keyStart' in node ? node.value : node)).line;
  return last > first ? `lines ${first} to ${last}` : `line ${first}`;
}

/** Where its last scalar ends. */
function endOf(node: TreeNode): number {
  let end = node.kind === 'scalar' ? node.end : node.start;
  if (node.kind === 'mapping') for (const e of node.entries) end = Math.max(end, e.keyEnd, endOf(e.value));
  if (node.kind === 'sequence') for (const item of node.items) end = Math.max(end, endOf(item));
  return end;
}

/** Takes out of a finished config what settle() said is left out. */
export function leaveOut(schema: SchemaRegistry, type: MessageType, message: Message, gone: ReadonlySet<object>): void {
  const row = Object.hasOwn(LEFT_OUT, type.name) ? LEFT_OUT[type.name] : {};
  for (const key of Object.keys(message)) {
    const field = type.field(key);
    const value = message[key];
    if (field === undefined || value === undefined) continue;
    if (Object.hasOwn(row, field.name)) {
      delete message[key];
      continue;
    }
    if (field.kind !== 'message' && field.letter !== 'A') continue;
    if (field.repeated) message[key] = (value as object[]).filter((item) => !gone.has(item));
    else if (gone.has(value as object)) delete message[key];
    for (const item of itemsOf(field.repeated, field.mapKey, message[key])) {
      const any = field.letter === 'A' ? (item as { typeUrl: string; value: unknown }) : undefined;
      const inner = schema.message(any?.typeUrl ?? field.typeName);
      if (inner) leaveOut(schema, inner, (any?.value ?? item) as Message, gone);
    }
  }
}

function itemsOf(repeated: boolean, mapKey: string, value: unknown): Iterable<unknown> {
  if (value === undefined) return [];
  if (repeated) return value as unknown[];
  return mapKey === '' ? [value] : (value as Map<unknown, unknown>).values();
}
