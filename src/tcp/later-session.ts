/**
 * A session that does not just connect at once and pass bytes on: it waits for the client's first bytes or its handshake, keeps what comes before there
 * is an upstream, waits between attempts, ends when its listener drains, or goes through an HTTP proxy. Loaded where a config says so.
 * Mirrors source/common/tcp_proxy/tcp_proxy.cc.
 */
import { refuse, withinAsync } from '../config/refusal.ts';
import type { TcpProxy, UpstreamConnectMode } from '../config/schema/types.ts';
import type { FactoryContext } from '../extension/context.ts';
import { heldMemory } from '../platform/held-memory.ts';
import type { Connection } from '../transport/connection.ts';
import type { ListenerDrain } from '../transport/drain.ts';
import { Timer } from '../transport/timers.ts';
import type { Host } from '../upstream/host.ts';
import type { MakeSession, TcpProxyFactory } from './tcp-proxy.ts';
import { type SessionUpstream, TcpSession } from './tcp-session.ts';
import type { TunnelSettings } from './tunnel.ts';

/** BackoffStrategy.max_interval: this many times the base. */
const MAX_OVER_BASE = 10;

/** Filter state that says not to tunnel. */
const NO_TUNNEL = 'envoy.tcp_proxy.disable_tunneling';

export interface LaterSettings {
  readonly mode: UpstreamConnectMode;
  /** Bytes that are kept before there is an upstream; beyond it nothing more is read. -1: nothing is read before. */
  readonly maxEarlyBytes: number;
  /** ms; null: the next attempt follows at once. */
  readonly backOff: { readonly base: number; readonly max: number } | null;
  /** Null: connections stay while their listener drains. */
  readonly drain: ListenerDrain | null;
  /** Null: connected to the host itself. */
  readonly tunnel: TunnelSettings | null;
  readonly makeTunnel: ((session: TcpSession, host: Host, settings: TunnelSettings) => SessionUpstream) | null;
}

export async function sessions(config: TcpProxy, ctx: FactoryContext): Promise<MakeSession> {
  const { tunnelingConfig } = config;
  const tunnel =
    tunnelingConfig === undefined
      ? null
      : await withinAsync(tunnelingConfig, async () => {
          const { TunnelSettings } = await import('./tunnel.ts');
          return new TunnelSettings(tunnelingConfig, ctx);
        });
  const makeTunnel = tunnel === null ? null : (await import('./tunnel.ts')).openTunnel;
  const settings: LaterSettings = { ...laterSettings(config, ctx), tunnel, makeTunnel };
  const { proxyProtocolTlvs } = config;
  const tlvs = proxyProtocolTlvs === undefined ? null : (await import('./session-tlvs.ts')).sessionTlvs(config, ctx);
  return (down, factory) => {
    const session = new LaterSession(down, factory, settings);
    tlvs?.(session);
    return session;
  };
}

export function laterSettings(config: TcpProxy, ctx: FactoryContext): LaterSettings {
  const { upstreamConnectMode: mode = 'IMMEDIATE', maxEarlyDataBytes, backoffOptions, checkDrainClose } = config;
  if (mode !== 'IMMEDIATE' && maxEarlyDataBytes === undefined) {
    const message = 'max_early_data_bytes must be set when upstream_connect_mode is not IMMEDIATE';
    refuse(config, 'upstream_connect_mode', message);
  }
  const base = backoffOptions?.baseInterval ?? 0;
  const max = backoffOptions?.maxInterval ?? MAX_OVER_BASE * base;
  if (backoffOptions !== undefined && max < base) {
    refuse(backoffOptions, 'max_interval', 'max_backoff_interval must be greater or equal to base_backoff_interval');
  }
  return {
    mode,
    maxEarlyBytes: maxEarlyDataBytes ?? -1,
    backOff: backoffOptions === undefined ? null : { base, max },
    drain: checkDrainClose === true ? ctx.drain : null,
    tunnel: null,
    makeTunnel: null,
  };
}

export class LaterSession extends TcpSession {
  private readonly settings: LaterSettings;
  /** What came before there was an upstream. */
  private early: Buffer[];
  private earlyBytes: number;
  private earlyEnd: boolean;
  /** Too much came: nothing is read until it is gone. */
  private full: boolean;
  /** Connecting has begun. */
  private begun: boolean;
  private backOffMs: number;
  private retryTimer: Timer | null;

  constructor(down: Connection, factory: TcpProxyFactory, settings: LaterSettings) {
    super(down, factory);
    this.settings = settings;
    this.early = [];
    this.earlyBytes = 0;
    this.earlyEnd = false;
    this.full = false;
    this.begun = false;
    this.backOffMs = settings.backOff === null ? 0 : settings.backOff.base;
    this.retryTimer = null;
  }

  private get keepsEarly(): boolean {
    return this.settings.maxEarlyBytes >= 0;
  }

  protected override beforeConnect(): void {
    if (!this.keepsEarly) super.beforeConnect();
  }

  protected override begin(): void {
    const { mode } = this.settings;
    // A client without a handshake has nothing to wait for.
    if (mode === 'IMMEDIATE' || (mode === 'ON_DOWNSTREAM_TLS_HANDSHAKE' && !this.waitsForHandshake)) this.connectNow();
  }

  private get waitsForHandshake(): boolean {
    return this.down.secure && !this.down.transportReady;
  }

  private connectNow(): void {
    if (this.begun || !this.down.open) return;
    this.begun = true;
    this.connectUpstream();
  }

  onHandshake(): void {
    if (this.settings.mode === 'ON_DOWNSTREAM_TLS_HANDSHAKE') this.connectNow();
  }

  private get tunnels(): boolean {
    return this.settings.tunnel !== null && this.down.socketInfo?.filterState?.get(NO_TUNNEL) !== 'true';
  }

  /** Streams of a pool share its connections. */
  protected override isFull(host: Host): boolean {
    return !this.tunnels && super.isFull(host);
  }

  protected override connectTo(host: Host): SessionUpstream {
    const { tunnel, makeTunnel } = this.settings;
    return this.tunnels && tunnel !== null && makeTunnel !== null
      ? makeTunnel(this, host, tunnel)
      : super.connectTo(host);
  }

  override retry(): void {
    const { backOff } = this.settings;
    if (backOff === null || this.downClosed || this.attempts >= this.factory.maxConnectAttempts) {
      super.retry();
      return;
    }
    this.up = null;
    this.retryTimer ??= new Timer(() => {
      if (!this.downClosed) this.connectUpstream();
    });
    // A whole number below the interval, at least 1: timers know no less.
    this.retryTimer.arm(Math.max(1, Math.floor(Math.random() * this.backOffMs)));
    this.backOffMs = Math.min(2 * this.backOffMs, backOff.max);
  }

  override connected(): void {
    if (!this.keepsEarly) {
      super.connected();
      return;
    }
    this.touch();
    const { up, early, earlyEnd } = this;
    this.dropEarly();
    for (const chunk of early) up?.conn.pass(chunk);
    if (earlyEnd) up?.conn.end();
    if (this.full) {
      this.full = false;
      this.down.readDisable(false);
    }
  }

  private dropEarly(): void {
    heldMemory.add(-this.earlyBytes);
    this.early = [];
    this.earlyBytes = 0;
    this.earlyEnd = false;
  }

  private get isEarly(): boolean {
    return this.up === null || !this.up.isConnected;
  }

  override onData(chunk: Buffer): void {
    if (this.isEarly) this.keep(chunk);
    else super.onData(chunk);
    this.checkDrain();
  }

  private keep(chunk: Buffer): void {
    this.log?.received(chunk.length);
    this.factory.stats.earlyDataReceivedCountTotal.inc();
    this.early.push(chunk);
    this.earlyBytes += chunk.length;
    heldMemory.add(chunk.length);
    if (!this.full && this.earlyBytes > this.settings.maxEarlyBytes) {
      this.full = true;
      this.down.readDisable(true);
    }
    if (this.settings.mode === 'ON_DOWNSTREAM_DATA') this.connectNow();
  }

  override onEnd(): void {
    if (!this.isEarly) {
      super.onEnd();
      return;
    }
    // An end alone connects to nobody.
    this.earlyEnd = true;
  }

  override fromUpstream(): void {
    this.checkDrain();
  }

  private checkDrain(): void {
    if (this.settings.drain === null || !this.down.open || !this.settings.drain.closes()) return;
    this.factory.stats.downstreamCxDrainClose.inc();
    this.down.close('flush');
  }

  override onClose(local: boolean): void {
    this.retryTimer?.cancel();
    this.dropEarly();
    super.onClose(local);
  }
}
