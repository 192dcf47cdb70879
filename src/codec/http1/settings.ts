/**
 * What configures an HTTP/1 codec: Http1ProtocolOptions (envoy/config/core/v3/protocol.proto) and the limits that live in the
 * connection manager or the cluster. Built once per listener or cluster and shared by its connections.
 */
import type { CodecOutput } from '../http.ts';
import type { KeepNames } from './kept-names.ts';

/** Where an HTTP/1 codec writes, and how it stops its input. `Connection` is one. */
export interface Http1Output extends CodecOutput {
  /** Counted, as Connection.readDisable. */
  readDisable(disable: boolean): void;
  /** Reads bring little at a time while `on`, where that can be had. */
  readSparingly?(on: boolean): void;
  /** Half close behind what was written; only an upgraded stream or CONNECT uses it. */
  end(): void;
}

export interface Http1Settings {
  /** Longest head (start line and fields, all bytes), KiB. max_request_headers_kb: 60; responses: MAX_RESPONSE_HEADERS_KB. */
  readonly maxHeadersKb: number;
  /** common_http_protocol_options.max_headers_count: 100. */
  readonly maxHeadersCount: number;
  /** accept_http_10: false, HTTP/1.0 is answered with 426. */
  readonly acceptHttp10: boolean;
  /** default_host_for_http_10: '' = none. */
  readonly defaultHostForHttp10: string;
  /** allow_absolute_url: true. */
  readonly allowAbsoluteUrl: boolean;
  /** enable_trailers: false, trailers are checked and dropped, both ways. */
  readonly enableTrailers: boolean;
  /** allow_chunked_length: false; true lets `transfer-encoding: chunked` win over a content-length. */
  readonly allowChunkedLength: boolean;
  /** allow_custom_methods: false. */
  readonly allowCustomMethods: boolean;
  /** ignore_http_11_upgrade: upgrades that are taken for none were asked for. Null: none. */
  readonly ignoreUpgrade: ((token: string) => boolean) | null;
  /** send_fully_qualified_url: false; requests to hosts have their scheme and host in their target. */
  readonly sendFullyQualifiedUrl: boolean;
  /** header_key_format.proper_case_words: false. */
  readonly properCase: boolean;
  /** header_key_format.stateful_formatter: what comes keeps its names' case where it goes on. Null: none. */
  readonly keepNames: KeepNames | null;
}

/** Envoy's built-in limit for responses (http1/codec_impl.h, measured: 81,920 bytes pass); `max_response_headers_kb` overrides it. */
export const MAX_RESPONSE_HEADERS_KB = 80;

/** Envoy's defaults. */
export const DEFAULT_SETTINGS: Http1Settings = {
  maxHeadersKb: 60,
  maxHeadersCount: 100,
  acceptHttp10: false,
  defaultHostForHttp10: '',
  allowAbsoluteUrl: true,
  enableTrailers: false,
  allowChunkedLength: false,
  allowCustomMethods: false,
  ignoreUpgrade: null,
  sendFullyQualifiedUrl: false,
  properCase: false,
  keepNames: null,
};

/** Defaults with some fields changed; undefined counts as absent. */
export function http1Settings(changes: { [K in keyof Http1Settings]?: Http1Settings[K] | undefined }): Http1Settings {
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  return { ...DEFAULT_SETTINGS, ...given };
}
