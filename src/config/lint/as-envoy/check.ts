/**
 * `--for envoy`: what Envoy's factories refuse, for every message of a config, whether this proxy carries it out or not. Each sentence is
 * 1.40's (measured: test/config/as-envoy.test.ts). Loaded for that only.
 */
import type { AnyValue, Message, Origin } from '../../origin.ts';
import type { ProblemDraft } from '../../problem.ts';
import type { MessageType, SchemaRegistry } from '../../schema/registry.ts';
import { Reporter } from '../reporter.ts';
import { BOOTSTRAP_RULES } from './bootstrap.ts';
import { CLUSTER_RULES } from './clusters.ts';
import { FORMAT_RULES } from './formats.ts';
import { HTTP_RULES } from './http.ts';
import { LISTENER_RULES } from './listeners.ts';
import { part, parts, type RuleContext, type Rules, text } from './rule.ts';
import { TLS_RULES } from './tls.ts';

const RULES: Rules = {
  ...BOOTSTRAP_RULES,
  ...CLUSTER_RULES,
  ...FORMAT_RULES,
  ...HTTP_RULES,
  ...LISTENER_RULES,
  ...TLS_RULES,
};
const byType = new Map(Object.entries(RULES));

export function checkAsEnvoy(
  schema: SchemaRegistry,
  root: MessageType,
  message: Message,
  origins: ReadonlyMap<object, Origin>,
  broken: ReadonlySet<object>,
): ProblemDraft[] {
  const report = new Reporter(origins, { broken, asEnvoy: true });
  const resources = part(message, 'staticResources');
  const clusters = parts(resources, 'clusters');
  const ctx: RuleContext = {
    report,
    root: message,
    clusters: new Set(clusters.filter((c) => c['type'] !== 'EDS').map((c) => text(c, 'name'))),
    allClusters: new Set(clusters.map((c) => text(c, 'name'))),
    secrets: new Set(parts(resources, 'secrets').map((s) => text(s, 'name'))),
  };
  visit(schema, root, message, ctx);
  return report.problems;
}

function visit(schema: SchemaRegistry, type: MessageType, message: Message, ctx: RuleContext): void {
  byType.get(type.name)?.(message, ctx);
  for (const key of Object.keys(message)) {
    const field = type.field(key);
    const value = message[key];
    if (field === undefined || value === undefined) continue;
    if (field.kind !== 'message' && field.letter !== 'A') continue;
    const values =
      field.mapKey !== '' ? (value as Map<unknown, unknown>).values() : field.repeated ? (value as unknown[]) : [value];
    for (const one of values) {
      const any = field.letter === 'A' ? (one as AnyValue) : null;
      const inner = schema.message(any === null ? field.typeName : any.typeUrl);
      if (inner) visit(schema, inner, (any === null ? one : any.value) as Message, ctx);
    }
  }
}
