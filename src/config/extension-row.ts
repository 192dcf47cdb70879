/** What is told of an extension whether it is built or not; the rows are in extensions.ts and known-extensions.ts. */

export type ExtensionKind =
  | 'access logger'
  | 'bootstrap extension'
  | 'certificate validator'
  | 'cluster specifier'
  | 'cluster type'
  | 'compressor library'
  | 'decompressor library'
  | 'dns resolver'
  | 'dubbo filter'
  | 'early header mutation'
  | 'header formatter'
  | 'health check event sink'
  | 'health checker'
  | 'http filter'
  | 'injected credential'
  | 'internal redirect predicate'
  | 'listener filter'
  | 'listener manager'
  | 'load balancing policy'
  | 'network filter'
  | 'original IP detection'
  | 'path matcher'
  | 'path rewriter'
  | 'regex engine'
  | 'request id'
  | 'resource detector'
  | 'resource monitor'
  | 'retry host predicate'
  | 'retry priority'
  | 'session state'
  | 'stats sink'
  | 'thrift filter'
  | 'trace sampler'
  | 'tracer'
  | 'transport socket'
  | 'udp filter'
  | 'udp session filter';

export interface ExtensionRow {
  /** Full v3 name of its config. */
  readonly typeUrl: string;
  readonly kind: ExtensionKind;
  /** What 1.16 takes for it without an "@type", today's name first. */
  readonly names: readonly string[];
  /** Only in this message: where one name means two types. */
  readonly place?: string;
  /** It ends a filter chain; all others must not. */
  readonly terminal?: boolean;
  /** Config per route, where it is another message. */
  readonly routeType?: string;
  /** Config per cluster (v2's extension_protocol_options). */
  readonly protocolOptions?: string;
}
