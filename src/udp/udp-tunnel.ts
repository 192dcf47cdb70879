/**
 * tunneling_config: the datagrams of a session go through an HTTP proxy, as the body of an upgrade to connect-udp (RFC 9298) or of a POST on a stream
 * of the cluster's HTTP pools. Mirrors TunnelingConfigImpl, HttpUpstreamImpl and TunnelingActiveSession of
 * source/extensions/filters/udp/udp_proxy/. The bytes are as the client sent them; the session filter http_capsule puts them into capsules.
 */
import { Headers } from '../codec/headers.ts';
import { about, refuse } from '../config/refusal.ts';
import type { UdpProxyConfigUdpTunnelingConfig as Config } from '../config/schema/types.ts';
import { compileText } from '../format/compile.ts';
import { formatBuild } from '../format/format-build.ts';
import { type Formatter, NO_LOG } from '../format/format-context.ts';
import type { HeaderMutations } from '../http/headers/header-mutations.ts';
import {
  NO_HEALTHY_UPSTREAM_FLAG,
  STREAM_IDLE_TIMEOUT,
  UPSTREAM_OVERFLOW,
  UPSTREAM_RETRY_LIMIT_EXCEEDED,
} from '../http/stream/response-flags.ts';
import { own } from '../platform/lent.ts';
import { percentEncode } from '../platform/wire-text.ts';
import { addedHeaders, postPathOf, sharedHeaders } from '../tcp/tunnel-headers.ts';
import { Timer } from '../transport/timers.ts';
import type { Host } from '../upstream/host.ts';
import { DatagramQueue, type QueueLimits, queueLimits } from './datagram-queue.ts';
import { TunnelStream } from './tunnel-stream.ts';
import type { UdpFilterContext } from './udp-filter.ts';
import type { UdpSessionLog } from './udp-log.ts';
import { UdpSession } from './udp-session.ts';

/** RetryOptions.max_connect_attempts. */
const DEFAULT_MAX_CONNECT_ATTEMPTS = 1;
/** BackoffStrategy.max_interval: this many times the base. */
const MAX_OVER_BASE = 10;
const MAX_PORT = 65535;

const RESPONSE_HEADERS = 'envoy.udp_proxy.propagate_response_headers';
const RESPONSE_TRAILERS = 'envoy.udp_proxy.propagate_response_trailers';
/** What filters say instead of the config. */
const PROXY_PORT = 'udp.connect.proxy_port';
const TARGET_PORT = 'udp.connect.target_port';

export class UdpTunnelSettings {
  readonly post: boolean;
  readonly maxAttempts: number;
  /** ms; null: the next attempt follows at once. */
  readonly backOff: { readonly base: number; readonly max: number } | null;
  readonly limits: QueueLimits | null;
  private readonly path: string;
  private readonly proxyHost: Formatter;
  private readonly targetHost: Formatter;
  private readonly proxyPort: number;
  private readonly targetPort: number;
  private readonly mutations: HeaderMutations | null;
  private readonly keepsHeaders: boolean;
  private readonly keepsTrailers: boolean;

  constructor(c: Config, ctx: UdpFilterContext) {
    const build = formatBuild({ ...ctx, listenerName: '' }, () => undefined);
    this.post = c.usePost ?? false;
    this.path = postPathOf(c);
    if (c.postPath && !c.postPath.startsWith('/')) refuse(c, 'post_path', "Path must start with '/'");
    const { proxyPort } = c;
    if (proxyPort !== undefined && (proxyPort === 0 || proxyPort > MAX_PORT))
      refuse(c, 'proxy_port', 'Port value not in range');
    this.proxyPort = proxyPort ?? 0;
    this.targetPort = c.defaultTargetPort ?? 0;
    this.proxyHost = about(c, 'proxy_host', () => compileText(c.proxyHost ?? '', build));
    this.targetHost = about(c, 'target_host', () => compileText(c.targetHost ?? '', build));
    this.mutations = addedHeaders(c, build);
    this.maxAttempts = c.retryOptions?.maxConnectAttempts ?? DEFAULT_MAX_CONNECT_ATTEMPTS;
    const { backoffOptions } = c.retryOptions ?? {};
    const base = backoffOptions?.baseInterval ?? 0;
    const max = backoffOptions?.maxInterval ?? MAX_OVER_BASE * base;
    if (backoffOptions !== undefined && max < base)
      refuse(backoffOptions, 'max_interval', 'max_backoff_interval must be greater or equal to base_backoff_interval');
    this.backOff = backoffOptions === undefined ? null : { base, max };
    this.limits = queueLimits(c.bufferOptions);
    this.keepsHeaders = c.propagateResponseHeaders ?? false;
    this.keepsTrailers = c.propagateResponseTrailers ?? false;
  }

  head(facts: UdpSessionLog, scheme: string): Headers {
    const h = new Headers();
    const port = portOf(facts, PROXY_PORT) || this.proxyPort;
    const host = this.proxyHost(facts, NO_LOG);
    h.authority = port === 0 ? host : `${host}:${port}`;
    h.scheme = scheme;
    if (this.post) {
      h.method = 'POST';
      h.path = this.path;
    } else {
      h.method = 'GET';
      h.protocol = 'connect-udp';
      h.add('connection', 'Upgrade');
      h.add('upgrade', 'connect-udp');
      h.add('capsule-protocol', '?1');
      const target = escaped(this.targetHost(facts, NO_LOG));
      h.path = `/.well-known/masque/udp/${target}/${portOf(facts, TARGET_PORT) || this.targetPort}/`;
    }
    this.mutations?.apply(h, facts, h, null);
    return h;
  }

  keepHeaders(facts: UdpSessionLog, h: Headers): void {
    if (this.keepsHeaders) facts.share(RESPONSE_HEADERS, sharedHeaders(h, true));
  }
  keepTrailers(facts: UdpSessionLog, h: Headers): void {
    if (this.keepsTrailers) facts.share(RESPONSE_TRAILERS, sharedHeaders(h, false));
  }
}

function portOf(facts: UdpSessionLog, name: string): number {
  const port = Number(facts.filterState(name) ?? 0);
  return port > 0 && port <= MAX_PORT ? port : 0;
}

/** What is no visible ASCII, and colons, as a path may carry them; Envoy leaves a blank as it is (docs/behaviour.md, L61). */
function escaped(host: string): string {
  return percentEncode(host, /[^!-}]|:/g);
}

export class TunnelSession extends UdpSession {
  /** Null until the first attempt, and while the next one waits. */
  private stream: TunnelStream | null = null;
  private begun = false;
  private attempts = 0;
  private connecting = false;
  /** The tunnel stands and takes bytes. */
  private sends = false;
  private queue: DatagramQueue | null = null;
  private backOffMs = 0;
  private retry: Timer | null = null;

  private get settings(): UdpTunnelSettings {
    return this.proxy.factory.tunnel as UdpTunnelSettings;
  }
  /** A session with a tunnel always has them. */
  get facts(): UdpSessionLog {
    return this.log as UdpSessionLog;
  }

  protected override openUpstream(): boolean {
    if (this.begun) return true;
    this.begun = true;
    const { settings } = this;
    this.queue = new DatagramQueue(settings.limits, this.clusterStats.tunnelBufferOverflow);
    this.backOffMs = settings.backOff?.base ?? 0;
    return this.establish();
  }

  private establish(): boolean {
    if (this.attempt()) return true;
    this.clusterStats.tunnelFailure.inc();
    return false;
  }

  private attempt(): boolean {
    const { cluster, facts, settings } = this;
    const { resources, stats } = cluster.info;
    if (!resources[0].connections.canCreate()) {
      facts.flags |= UPSTREAM_OVERFLOW;
      stats.upstreamCxOverflow.inc();
      return false;
    }
    if (this.attempts >= settings.maxAttempts) {
      facts.flags |= UPSTREAM_RETRY_LIMIT_EXCEEDED;
      stats.upstreamCxConnectAttemptsExceeded.inc();
      return false;
    }
    if (this.attempts > 0) stats.scope.counter('upstream_rq_retry').inc();
    const host = cluster.balance(this.balancing());
    if (host === null) {
      facts.flags |= NO_HEALTHY_UPSTREAM_FLAG;
      return false;
    }
    this.attempts++;
    facts.attempts = this.attempts;
    this.connecting = true;
    this.stream = new TunnelStream(this, host, settings);
    return true;
  }

  // --- what the stream tells ---------------------------------------------------------------------------------------

  /** It has a connection; the proxy has not answered yet. */
  attached(): void {
    this.touch();
  }

  stands(): void {
    this.connecting = false;
    this.sends = true;
    this.clusterStats.tunnelSuccess.inc();
    this.facts.tunnelStands();
    this.flush();
  }

  /** The attempt came to nothing. `unreachable`: nobody there, or a proxy that says no. */
  failed(host: Host, unreachable: boolean, detail: string): void {
    if (unreachable) this.facts.failed(host, detail);
    this.gone();
  }

  /** The stream is over. */
  gone(): void {
    this.stream = null;
    this.sends = false;
    if (this.ended) return;
    const { connecting } = this;
    this.connecting = false;
    if (!connecting) {
      this.end();
      return;
    }
    const { backOff, maxAttempts } = this.settings;
    if (backOff === null || this.attempts >= maxAttempts) {
      this.again();
      return;
    }
    this.retry ??= new Timer(() => this.again());
    this.retry.arm(Math.max(1, Math.floor(Math.random() * this.backOffMs)));
    this.backOffMs = Math.min(2 * this.backOffMs, backOff.max);
  }

  private again(): void {
    if (!this.ended && !this.establish()) this.end();
  }

  /** From the proxy: bytes, wherever they were cut. */
  received(data: Buffer): void {
    // Envoy makes an empty datagram of it (docs/behaviour.md, L60).
    if (this.ended || data.length === 0) return;
    this.clusterStats.rxDatagrams.inc();
    this.cluster.info.stats.upstreamCxRxBytesTotal.add(data.length);
    this.touch();
    this.fromUpstream(own(data, 0, data.length));
  }

  above(): void {
    this.sends = false;
  }
  below(): void {
    this.sends = true;
    this.flush();
  }

  // --- what the session asks ---------------------------------------------------------------------------------------

  protected override writeUpstream(data: Buffer): void {
    if (this.stream === null || !this.sends) this.queue?.keep(data);
    else this.stream.send(data);
  }

  private flush(): void {
    for (const data of this.queue?.take() ?? []) this.stream?.send(data);
  }

  protected override onIdle(): void {
    this.facts.flags |= STREAM_IDLE_TIMEOUT;
  }

  protected override closeUpstream(): void {
    this.retry?.cancel();
    this.stream?.close();
    this.stream = null;
    this.queue?.take();
  }
}
