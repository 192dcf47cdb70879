/**
 * Which HTTP a cluster speaks and with what limits: the v3 typed HttpProtocolOptions, or the older fields on the cluster
 * itself. Mirrors Envoy's extensions/upstreams/http/config.cc and the checks of ClusterInfoImpl.
 */
import { refuse } from '../config/refusal.ts';
import type {
  Cluster as ClusterMessage,
  CoreHttpProtocolOptions,
  Http1ProtocolOptions,
  Http2ProtocolOptions,
  HttpHttpProtocolOptions,
  UpstreamHttpProtocolOptions,
} from '../config/schema/types.ts';

/** The HTTP part of a cluster's settings: fields are the proto's, defaults filled in. */
export interface ClusterHttpSettings {
  /** Which codec to speak: fixed, the downstream request's, or what the transport agreed on (HTTP/1.1 where it agrees on nothing). */
  readonly protocol: 'HTTP/1.1' | 'HTTP/2' | 'USE_DOWNSTREAM_PROTOCOL' | 'AUTO';
  /** Raw validated messages of the config (Http1ProtocolOptions, Http2ProtocolOptions), for the codec to read. */
  readonly http1: Http1ProtocolOptions;
  readonly http2: Http2ProtocolOptions;
  /** auto_sni and auto_san_validation: whom to ask for, and whom to expect, is what a request names; null where neither is on. */
  readonly namesFromHeader: NamesFromHeader | null;
  /** ms; 0 = never. Default 1 h. */
  readonly idleTimeoutMs: number;
  /** 0 = unlimited. */
  readonly maxRequestsPerConnection: number;
  /** ms until a connection takes no more requests; absent or 0 = no limit. */
  readonly maxConnectionDurationMs?: number;
  /** Of it, at random on top: 0 to 1. */
  readonly durationJitter?: number;
  /** ms that a stream to a host may last where its request asks for nothing else; absent or 0 = no limit. */
  readonly maxStreamDurationMs?: number;
  /** Limits of response heads; absent = the codec's default. */
  readonly maxHeadersCount?: number;
  readonly maxResponseHeadersKb?: number;
}

/** common_http_protocol_options.idle_timeout of upstream connections, ms (api: 1 hour; 0 = never). */
export const DEFAULT_IDLE_TIMEOUT_MS = 3_600_000;
export const HTTP_PROTOCOL_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

export function makeHttpSettings(c: ClusterMessage): ClusterHttpSettings {
  const any = c.typedExtensionProtocolOptions?.get(HTTP_PROTOCOL_OPTIONS);
  if (any !== undefined) return fromTyped(any.value as HttpHttpProtocolOptions);
  const downstream = c.protocolSelection === 'USE_DOWNSTREAM_PROTOCOL';
  if (!downstream && c.httpProtocolOptions !== undefined && c.http2ProtocolOptions !== undefined) {
    refuse(
      c,
      'http2_protocol_options',
      "cluster: Both HTTP1 and HTTP2 options may only be configured with non-default 'protocol_selection' values",
    );
  }
  const protocol = downstream
    ? 'USE_DOWNSTREAM_PROTOCOL'
    : c.http2ProtocolOptions !== undefined
      ? 'HTTP/2'
      : 'HTTP/1.1';
  const settings = make(
    protocol,
    c.httpProtocolOptions,
    c.http2ProtocolOptions,
    c.commonHttpProtocolOptions,
    c.maxRequestsPerConnection,
  );
  return withNames(settings, c.upstreamHttpProtocolOptions);
}

/** UpstreamHttpProtocolOptions. */
export interface NamesFromHeader {
  readonly sni: boolean;
  readonly san: boolean;
  /** Instead of `host`, where the request has it; '' for none. */
  readonly header: string;
}

function withNames(settings: ClusterHttpSettings, names: UpstreamHttpProtocolOptions = {}): ClusterHttpSettings {
  const { autoSni = false, autoSanValidation = false } = names;
  if (!autoSni && !autoSanValidation) return settings;
  const header = (names.overrideAutoSniHeader ?? '').toLowerCase();
  return { ...settings, namesFromHeader: { sni: autoSni, san: autoSanValidation, header } };
}

function fromTyped(o: HttpHttpProtocolOptions): ClusterHttpSettings {
  return withNames(fromProtocols(o), o.upstreamHttpProtocolOptions);
}

function fromProtocols(o: HttpHttpProtocolOptions): ClusterHttpSettings {
  const common = o.commonHttpProtocolOptions;
  const down = o.useDownstreamProtocolConfig;
  if (down !== undefined) {
    return make('USE_DOWNSTREAM_PROTOCOL', down.httpProtocolOptions, down.http2ProtocolOptions, common, undefined);
  }
  const auto = o.autoConfig;
  if (auto !== undefined) return make('AUTO', auto.httpProtocolOptions, auto.http2ProtocolOptions, common, undefined);
  const { httpProtocolOptions, http2ProtocolOptions } = o.explicitHttpConfig ?? {};
  const protocol = http2ProtocolOptions === undefined ? 'HTTP/1.1' : 'HTTP/2';
  return make(protocol, httpProtocolOptions, http2ProtocolOptions, common, undefined);
}

function make(
  protocol: ClusterHttpSettings['protocol'],
  http1: Http1ProtocolOptions | undefined,
  http2: Http2ProtocolOptions | undefined,
  common: CoreHttpProtocolOptions | undefined,
  maxRequests: number | undefined,
): ClusterHttpSettings {
  return {
    protocol,
    namesFromHeader: null,
    http1: http1 ?? {},
    http2: http2 ?? {},
    idleTimeoutMs: common?.idleTimeout ?? DEFAULT_IDLE_TIMEOUT_MS,
    maxRequestsPerConnection: common?.maxRequestsPerConnection ?? maxRequests ?? 0,
    maxConnectionDurationMs: common?.maxConnectionDuration,
    durationJitter: common?.maxConnectionDurationJitter && (common.maxConnectionDurationJitter.value ?? 0) / 100,
    maxStreamDurationMs: common?.maxStreamDuration,
    maxHeadersCount: common?.maxHeadersCount,
    maxResponseHeadersKb: common?.maxResponseHeadersKb,
  };
}
