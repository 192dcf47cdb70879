/**
 * envoy.filters.udp.session.ext_authz: asks a gRPC service whether a session may be; what comes meanwhile waits within buffer_options. Mirrors
 * source/extensions/filters/udp/udp_proxy/session_filters/ext_authz/ext_authz.cc. A session that may not be stays until it is idle, and sends nothing.
 */
import type { ExtAuthzFilterConfig as Config } from '../../config/schema/types.ts';
import { connectionAttributes } from '../../http/filters/ext-authz/check-request.ts';
import type { Decision } from '../../http/filters/ext-authz/decision.ts';
import { pathOf } from '../../http/filters/ext-authz/services.ts';
import { UNAUTHORIZED_EXTERNAL_SERVICE } from '../../http/stream/response-flags.ts';
import type { Counter } from '../../stats/store.ts';
import type { Connection } from '../../transport/connection.ts';
import { DatagramQueue, type QueueLimits, queueLimits } from '../../udp/datagram-queue.ts';
import type { UdpSessionFilter, UdpSessionFilterCallbacks, UdpSessionFilterFactory } from '../../udp/session-filter.ts';
import type { UdpFilterContext } from '../../udp/udp-filter.ts';
import type { UdpSessionLog } from '../../udp/udp-log.ts';
import { type CheckService, ConnectionCheck, checkService } from '../connection-check.ts';

const NAMESPACE = 'envoy.filters.udp.session.ext_authz';

const ADDRESSES = {
  includePeerCertificate: false,
  includeTlsSession: false,
  labels: new Map(),
  metadataNamespaces: [],
};

class Authorization extends ConnectionCheck {
  readonly limits: QueueLimits | null;
  readonly overflow: Counter;

  constructor(c: Config, ctx: UdpFilterContext, asked: CheckService) {
    const scope = ctx.store.scope(`udp.session.ext_authz.${c.statPrefix ?? ''}.`);
    super(asked, pathOf({ transportApiVersion: 'V3' }, ctx.envoy16), c.failureModeAllow ?? false, scope);
    this.limits = queueLimits(c.bufferOptions);
    this.overflow = scope.counter('buffer_overflow');
  }

  check(facts: UdpSessionLog, done: (d: Decision) => void): { cancel(): void } {
    const { source, destination } = connectionAttributes(facts.connection as Connection, () => undefined, ADDRESSES);
    return this.ask({ source, destination }, facts, done);
  }
}

class ExtAuthz implements UdpSessionFilter {
  private readonly callbacks: UdpSessionFilterCallbacks;
  private readonly a: Authorization;
  private readonly queue: DatagramQueue;
  private call: { cancel(): void } | null = null;
  private allowed = false;
  private decided = false;

  constructor(callbacks: UdpSessionFilterCallbacks, authorization: Authorization) {
    this.callbacks = callbacks;
    this.a = authorization;
    this.queue = new DatagramQueue(authorization.limits, authorization.overflow);
  }

  onNewSession(): 'continue' | 'stop' {
    const { a } = this;
    a.total.inc();
    a.active.inc();
    let asking = true;
    const call = a.check(this.callbacks.facts, (d) => this.answered(d, asking));
    asking = false;
    if (!this.decided) this.call = call;
    return this.allowed ? 'continue' : 'stop';
  }

  onData(data: Buffer): Buffer | null {
    if (this.allowed) return data;
    if (!this.decided) this.queue.keep(data);
    return null;
  }

  /** `asking`: within the question, whose own answer goes on. */
  private answered({ status, metadata }: Decision, asking: boolean): void {
    const { a, callbacks } = this;
    this.call = null;
    this.decided = true;
    a.active.dec();
    this.allowed = a.allows(status);
    if (metadata !== null) callbacks.facts.addMetadata(NAMESPACE, metadata);
    if (!this.allowed) {
      callbacks.facts.flags |= UNAUTHORIZED_EXTERNAL_SERVICE;
      this.queue.take();
      return;
    }
    if (asking || !callbacks.goOn(this)) return;
    for (const data of this.queue.take()) callbacks.injectRead(this, data);
  }

  onSessionComplete(): void {
    this.queue.take();
    if (this.call === null) return;
    this.call.cancel();
    this.call = null;
    this.a.active.dec();
  }
}

export async function create(c: Config, ctx: UdpFilterContext): Promise<UdpSessionFilterFactory> {
  const asked = await checkService(c.grpcService, { ...ctx, listenerName: '' });
  const authorization = new Authorization(c, ctx, asked);
  return { create: (callbacks) => new ExtAuthz(callbacks, authorization) };
}
