/** GrpcJsonTranscoder, compiled: which requests are transcoded, and how. Also what a route says instead. */
import { readFileSync } from 'node:fs';
import type { DescMessage } from '@bufbuild/protobuf';
import { refuse } from '../../../config/refusal.ts';
import type { GrpcJsonTranscoder } from '../../../config/schema/types.ts';
import { toWire } from '../../../platform/wire-text.ts';
import { httpRules, type MethodInfo, methodInfo, readDescriptors, statusMessage } from './descriptors.ts';
import type { RequestSettings } from './json-request.ts';
import { JsonPrinter } from './json-response.ts';
import { PathMatcher } from './path-matcher.ts';

export interface TranscoderSettings {
  readonly matcher: PathMatcher<MethodInfo>;
  readonly request: RequestSettings;
  readonly printer: JsonPrinter;
  /** convert_grpc_status: google.rpc.Status. */
  readonly status: DescMessage | null;
  readonly keepsRoute: boolean;
  readonly ignoresUnknown: boolean;
  readonly capturesUnknown: boolean;
  /** Bytes; 0: the stream's buffer. */
  readonly maxRequestBytes: number;
  readonly maxResponseBytes: number;
}

/** Of the filter alone, whatever a route says. */
export interface RejectSettings {
  readonly unknownMethod: boolean;
  readonly unknownParameters: boolean;
}

export function rejectSettings({ requestValidationOptions: o = {} }: GrpcJsonTranscoder): RejectSettings {
  return {
    unknownMethod: o.rejectUnknownMethod ?? false,
    unknownParameters: o.rejectUnknownQueryParameters ?? false,
  };
}

/** Null: it transcodes nothing. */
export function compileTranscoder(config: GrpcJsonTranscoder): TranscoderSettings | null {
  const services = config.services ?? [];
  if (services.length === 0) return null;
  const convert = config.convertGrpcStatus ?? false;
  const registry = readDescriptors(descriptorBytes(config), convert);
  const matcher = new PathMatcher<MethodInfo>({
    unescape: config.urlUnescapeSpec ?? 'ALL_CHARACTERS_EXCEPT_RESERVED',
    plusIsBlank: config.queryParamUnescapePlus ?? false,
    unregisteredVerbs: config.matchUnregisteredCustomVerb ?? false,
    ignoredParameters: new Set((config.ignoredQueryParameters ?? []).map(toWire)),
  });
  for (const [i, name] of services.entries()) {
    const service = registry.getService(name);
    if (service === undefined) {
      const message = `transcoding_filter: Could not find '${name}' in the proto descriptor`;
      return refuse(config, `services[${i}]`, message);
    }
    for (const method of service.methods) {
      const fullName = `${name}.${method.name}`;
      for (const rule of httpRules(method, config.autoMapping ?? false)) {
        const info = within(fullName, () => methodInfo(method, rule));
        if (!matcher.register(rule.method, toWire(rule.path), info)) {
          throw new Error(`transcoding_filter: Cannot register '${fullName}' to path matcher`);
        }
      }
    }
  }
  const print = config.printOptions ?? {};
  return {
    matcher,
    request: {
      registry,
      anyCaseEnums: config.caseInsensitiveEnumParsing ?? false,
      rejectCollisions: config.requestValidationOptions?.rejectBindingBodyFieldCollisions ?? false,
    },
    printer: new JsonPrinter(
      {
        whitespace: print.addWhitespace ?? false,
        primitives: print.alwaysPrintPrimitiveFields ?? false,
        enumsAsInts: print.alwaysPrintEnumsAsInts ?? false,
        protoNames: print.preserveProtoFieldNames ?? false,
        newlineDelimited: print.streamNewlineDelimited ?? false,
        sse: print.streamSseStyleDelimited ?? false,
      },
      registry,
    ),
    status: convert ? (statusMessage(registry) ?? null) : null,
    keepsRoute: config.matchIncomingRequestRoute ?? false,
    ignoresUnknown: config.ignoreUnknownQueryParameters ?? false,
    capturesUnknown: config.captureUnknownQueryParameters ?? false,
    maxRequestBytes: config.maxRequestBodySize ?? 0,
    maxResponseBytes: config.maxResponseBodySize ?? 0,
  };
}

function descriptorBytes(config: GrpcJsonTranscoder): Uint8Array {
  const { protoDescriptor, protoDescriptorBin } = config;
  if (protoDescriptorBin !== undefined) return protoDescriptorBin;
  try {
    return readFileSync(protoDescriptor ?? '');
  } catch (e) {
    const reason = (e as NodeJS.ErrnoException).code === 'ENOENT' ? 'Invalid path' : 'unable to read file';
    return refuse(config, 'proto_descriptor', `${reason}: ${protoDescriptor}`, { here: true });
  }
}

function within<T>(method: string, build: () => T): T {
  try {
    return build();
  } catch (e) {
    throw new Error(`transcoding_filter: Cannot register '${method}': ${(e as Error).message}`);
  }
}
