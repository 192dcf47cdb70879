/**
 * Merged model → the data modules in schema/generated/: one string per message, parsed when the message is first used, in
 * chunks that load on demand. What nearly every config uses is one small chunk, `core`.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EnumRecord, FieldOptions, FieldRecord, MessageRecord } from '../format.ts';
import { chunkOf } from '../format.ts';
import type { MergedEnum, MergedField, MergedMessage, MergedModel } from './merge.ts';

/** The messages of plain HTTP, gRPC, Redis and TCP proxying; what they refer to loads with them only if listed as well. */
const CORE = [
  /^envoy\.config\.bootstrap\.v3\.(Bootstrap|Bootstrap\.StaticResources|Admin)$/,
  /^envoy\.config\.core\.v3\.(Address|SocketAddress|Pipe|Node|Locality|Http1ProtocolOptions|Http2ProtocolOptions|HttpProtocolOptions|RuntimeFractionalPercent|RuntimeUInt32|TransportSocket|HeaderValue|HeaderValueOption|SocketAddress\.Protocol|HealthStatus|RoutingPriority)$/,
  /^envoy\.config\.listener\.v3\.(Listener|FilterChain|Filter|FilterChainMatch)$/,
  /^envoy\.config\.route\.v3\.(RouteConfiguration|VirtualHost|Route|RouteMatch|RouteMatch\.GrpcRouteMatchOptions|RouteAction|HeaderMatcher|WeightedCluster|WeightedCluster\.ClusterWeight)$/,
  /^envoy\.config\.cluster\.v3\.(Cluster|Cluster\.(DiscoveryType|LbPolicy|DnsLookupFamily|ClusterProtocolSelection|LeastRequestLbConfig)|CircuitBreakers|CircuitBreakers\.Thresholds)$/,
  /^envoy\.config\.endpoint\.v3\.(ClusterLoadAssignment|LocalityLbEndpoints|LbEndpoint|Endpoint)$/,
  /^envoy\.extensions\.filters\.network\.http_connection_manager\.v3\.(HttpConnectionManager|HttpFilter|HttpConnectionManager\.CodecType)$/,
  /^envoy\.extensions\.filters\.network\.redis_proxy\.v3\.(RedisProxy|RedisProxy\.(ConnPoolSettings|PrefixRoutes|PrefixRoutes\.Route))$/,
  /^envoy\.extensions\.filters\.network\.tcp_proxy\.v3\.TcpProxy$/,
  /^envoy\.extensions\.filters\.http\.(router\.v3\.Router|grpc_http1_bridge\.v3\.Config)$/,
  /^envoy\.extensions\.upstreams\.http\.v3\.HttpProtocolOptions(\.ExplicitHttpConfig)?$/,
];

const HEADER = `// Written by src/config/schema/generate/main.ts from Envoy's protos; do not edit.\n`;

export function writeChunks(model: MergedModel, dir: string): void {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const chunks = new Map<string, string[]>();
  const add = (name: string, text: string): void => {
    const chunk = CORE.some((r) => r.test(name)) ? 'core' : chunkOf(name);
    const lines = chunks.get(chunk) ?? [];
    if (lines.length === 0) chunks.set(chunk, lines);
    lines.push(`  '${name}': ${quote(text)},`);
  };
  for (const m of model.messages.values()) add(m.name, JSON.stringify(messageRecord(m, model)));
  for (const e of model.enums.values()) if (!/\.v4alpha\b/.test(e.name)) add(e.name, JSON.stringify(enumRecord(e)));
  for (const [chunk, lines] of chunks) {
    const body = `${HEADER}const types: Record<string, string> = {\n${lines.sort().join('\n')}\n};\nexport default types;\n`;
    writeFileSync(join(dir, `${chunk}.ts`), body);
  }
  writeSuccessors(model, dir);
}

/** v2 → v3 names: those of the core chunk load with it, the rest when another old name turns up. */
function writeSuccessors(model: MergedModel, dir: string): void {
  const lines = { core: [] as string[], rest: [] as string[] };
  for (const [from, to] of [...model.successors].sort()) {
    if (/^envoy\.(service|data|admin)\./.test(to)) continue;
    lines[CORE.some((r) => r.test(to)) ? 'core' : 'rest'].push(`  '${from}': '${to}',`);
  }
  for (const [kind, list] of Object.entries(lines)) {
    const name = kind === 'core' ? 'successors-core' : 'successors';
    const body = `${HEADER}const successors: Record<string, string> = {\n${list.join('\n')}\n};\nexport default successors;\n`;
    writeFileSync(join(dir, `${name}.ts`), body);
  }
}

const quote = (text: string): string => `'${text.replace(/[\\']/g, (c) => `\\${c}`)}'`;

function messageRecord(m: MergedMessage, model: MergedModel): MessageRecord {
  const record: MessageRecord = { f: m.fields.map((f) => fieldRecord(f, m, model)) };
  if (m.oneofs.some((_, i) => m.fields.some((f) => f.oneof === i))) {
    record.o = m.oneofs.map((o) => (o.required ? `${o.name}!` : o.name));
  }
  if (m.unvalidated) record.x = 1;
  const demanding = record.f.flatMap((f, i) => (isDemanding(f) ? [i] : []));
  if (demanding.length > 0) record.q = demanding;
  return record;
}

/** Absent, it has a default that its rules may refuse, or it is required. Members of oneofs never are. */
function isDemanding([, , type, options]: FieldRecord): boolean {
  const rules = options?.r;
  if (rules === undefined || options?.o !== undefined || rules.ignore_empty) return false;
  return rules.required === true || /^[*%sybdfiuIU]/.test(type);
}

function fieldRecord(f: MergedField, m: MergedMessage, model: MergedModel): FieldRecord {
  const options: FieldOptions = {};
  if (f.oneof !== undefined) options.o = f.oneof;
  if (f.rules !== undefined) options.r = f.rules;
  if (f.v2Name !== undefined) options.p = f.v2Name;
  if (f.v2Only) options.v = 1;
  if (f.deprecated) options.d = 1;
  if (f.disallowed) options.n = 1;
  if (f.sensitive) options.s = 1;
  const record: FieldRecord = [f.name, f.number, fieldType(f, m, model)];
  if (Object.keys(options).length > 0) record.push(options);
  return record;
}

/** Names of the message's own package are written with `~`; messages of foreign protos are kept as free-form values. */
function fieldType(f: MergedField, m: MergedMessage, model: MergedModel): string {
  let type = f.type;
  if (type.startsWith('.') || type.startsWith('#')) {
    const name = type.slice(1);
    if (!model.messages.has(name) && !model.enums.has(name)) type = 'V';
    else if (name.startsWith(`${m.package}.`)) type = `${type[0]}~${name.slice(m.package.length + 1)}`;
  }
  if (f.repeated) return `*${type}`;
  return f.mapKey === undefined ? type : `%${f.mapKey}${type}`;
}

/** `NAME`, or `NAME=number` where it is not one more than the value before, then `!` deprecated, `?` disallowed, `~` v2 only. */
function enumRecord(e: MergedEnum): EnumRecord {
  let next = 0;
  const words = e.values.map((v) => {
    const word = v.number === next ? v.name : `${v.name}=${v.number}`;
    next = v.number + 1;
    return word + (v.deprecated ? '!' : '') + (v.disallowed ? '?' : '') + (v.v2 ? '~' : '');
  });
  return words.join(' ');
}
