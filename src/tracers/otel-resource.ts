/** Who sends spans or metrics, as OpenTelemetry has it: a resource's attributes. Mirrors source/extensions/tracers/opentelemetry/resource_detectors/. */
import { refuse } from '../config/refusal.ts';
import type {
  OpenTelemetryConfig,
  StaticConfigResourceDetectorConfig,
  TypedExtensionConfig,
} from '../config/schema/types.ts';
import { WireWriter } from '../grpc/wire-writer.ts';
import { logger } from '../log/logger.ts';
import { toWire } from '../platform/wire-text.ts';
import { BUILD_STRING } from '../version.ts';

const log = logger('tracing');
const DETECTORS = 'envoy.extensions.tracers.opentelemetry.resource_detectors.v3';

/** Wire text. A detector's word counts more than ours. */
export function resourceAttributes(config: OpenTelemetryConfig): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  if (config.setServiceNameResourceAttribute ?? true) {
    attributes.set('service.name', toWire(config.serviceName || 'unknown_service:envoy'));
  }
  if (config.setTelemetrySdkResourceAttributes ?? true) {
    attributes.set('telemetry.sdk.language', 'cpp');
    attributes.set('telemetry.sdk.name', 'envoy');
    attributes.set('telemetry.sdk.version', BUILD_STRING);
  }
  for (const detector of config.resourceDetectors ?? []) {
    for (const [key, value] of detect(detector)) attributes.set(toWire(key), toWire(value));
  }
  return attributes;
}

/** opentelemetry.proto.resource.v1.Resource; empty where there are no attributes. */
export function resourceMessage(attributes: ReadonlyMap<string, string>): Buffer {
  const w = new WireWriter();
  for (const [key, value] of attributes) {
    const at = w.begin(1);
    w.latin1(1, key);
    const inner = w.begin(2);
    w.latin1(1, value);
    w.end(inner);
    w.end(at);
  }
  return w.finish();
}

function detect(m: TypedExtensionConfig): Iterable<readonly [string, string]> {
  const { typeUrl, value } = m.typedConfig ?? { typeUrl: '', value: {} };
  switch (typeUrl) {
    case `${DETECTORS}.EnvironmentResourceDetectorConfig`:
      return fromEnvironment(process.env[VARIABLE] ?? '');
    case `${DETECTORS}.StaticConfigResourceDetectorConfig`:
      return [...((value as StaticConfigResourceDetectorConfig).attributes ?? [])].filter(
        ([k, v]) => k !== '' && v !== '',
      );
    default:
      return refuse(m, 'typed_config', `Resource detector factory not found: '${m.name ?? ''}'`);
  }
}

const VARIABLE = 'OTEL_RESOURCE_ATTRIBUTES';

/** `key=value,key=value` */
export function fromEnvironment(text: string): (readonly [string, string])[] {
  if (text === '') {
    log.warn(`Failed to detect resource attributes from the environment: ${VARIABLE} is not set`);
    return [];
  }
  const pairs: (readonly [string, string])[] = [];
  for (const part of text.split(',')) {
    if (part === '') continue;
    const words = part.split('=').filter((word) => word !== '');
    if (words.length !== 2) {
      log.warn(
        `Failed to detect resource attributes from the environment: ${VARIABLE} has '${part}', which is no key=value`,
      );
      return [];
    }
    pairs.push([words[0], words[1]]);
  }
  return pairs;
}
