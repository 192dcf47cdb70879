/** What of a connection manager's settings a stream reads; all times in ms, 0 = off. Compiled once, see connection/settings.ts. */
import type { AccessLogger } from '../../access-log/access-logger.ts';
import type { Headers } from '../../codec/headers.ts';
import type { FormatInfo, StreamNeeds } from '../../format/format-context.ts';
import type { ForwardingSettings } from '../headers/forwarding.ts';
import type { TargetRules } from '../headers/request-target.ts';
import type { RouteSource } from '../route/route-table.ts';
import type { HttpStats } from '../stats.ts';
import type { HttpFilterChain } from './filter-chain.ts';
import type { HttpOverload } from './http-overload.ts';
import type { ReplyRules } from './reply-rules.ts';
import type { Upgrades } from './upgrades.ts';

export interface StreamSettings extends ForwardingSettings {
  readonly stats: HttpStats;
  readonly routes: RouteSource;
  readonly chain: HttpFilterChain;
  readonly upgrades: Upgrades;
  /** Null without an overload manager's actions. */
  readonly overload: HttpOverload | null;
  /** Null where path and host stay as they came. */
  readonly target: TargetRules | null;
  /** local_reply_config; null for none. */
  readonly replyRules: ReplyRules | null;
  readonly schemeOfUpstream: boolean;
  /** early_header_mutation_extensions; null for none. */
  readonly early: ((h: Headers, info: FormatInfo) => void) | null;
  readonly accessLogs: readonly AccessLogger[];
  /** A line also when a request begins. */
  readonly logsNewRequests: boolean;
  /** A line also when an upgrade or CONNECT has been accepted. */
  readonly logsTunnels: boolean;
  /** A line every so often while it goes on; 0 = none. */
  readonly logIntervalMs: number;
  /** What logs and formats ask of every stream. */
  readonly needs: StreamNeeds;
  readonly maxStreamDurationMs: number;
  /** Default 5 min. */
  readonly streamIdleTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly requestHeadersTimeoutMs: number;
  readonly serverName: string;
  readonly serverHeader: 'OVERWRITE' | 'APPEND_IF_ABSENT' | 'PASS_THROUGH';
  readonly alwaysSetRequestIdInResponse: boolean;
  readonly proxy100Continue: boolean;
  /** Answer as 1.16 where 1.40 differs (v2 configs). */
  readonly envoy16: boolean;
  /** Bytes; the listener's per_connection_buffer_limit_bytes. */
  readonly bufferLimit: number;
}
