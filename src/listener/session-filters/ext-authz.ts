/**
 * envoy.filters.udp.session.ext_authz: asks a gRPC service whether a session may be; what comes meanwhile waits within buffer_options. Mirrors
 * source/extensions/filters/udp/udp_proxy/session_filters/ext_authz/ext_authz.cc. A session that may not be stays until it is idle, and sends nothing.
 */
import type { CheckResponse, ExtAuthzFilterConfig as Config } from '../../config/schema/types.ts';
import { formatBuild } from '../../format/format-build.ts';
import { GRPC_OK } from '../../grpc/client.ts';
import { loadCodec, type MessageCodec } from '../../grpc/message-codec.ts';
import { type GrpcServiceClient, grpcService } from '../../grpc/service.ts';
import { WireError } from '../../grpc/wire-reader.ts';
import { connectionAttributes } from '../../http/filters/ext-authz/check-request.ts';
import { DENIED, type Decision, decision, ERROR, OK } from '../../http/filters/ext-authz/decision.ts';
import { decide } from '../../http/filters/ext-authz/grpc-service.ts';
import { DEFAULT_TIMEOUT_MS, pathOf } from '../../http/filters/ext-authz/services.ts';
import { NO_HEADERS } from '../../http/stream/connection-facts.ts';
import { UNAUTHORIZED_EXTERNAL_SERVICE } from '../../http/stream/response-flags.ts';
import type { Counter, Gauge } from '../../stats/store.ts';
import type { Connection } from '../../transport/connection.ts';
import { DatagramQueue, type QueueLimits, queueLimits } from '../../udp/datagram-queue.ts';
import type { UdpSessionFilter, UdpSessionFilterCallbacks, UdpSessionFilterFactory } from '../../udp/session-filter.ts';
import type { UdpFilterContext } from '../../udp/udp-filter.ts';
import type { UdpSessionLog } from '../../udp/udp-log.ts';

const NAMESPACE = 'envoy.filters.udp.session.ext_authz';

const ADDRESSES = {
  includePeerCertificate: false,
  includeTlsSession: false,
  labels: new Map(),
  metadataNamespaces: [],
};

class Authorization {
  readonly limits: QueueLimits | null;
  readonly failureModeAllow: boolean;
  readonly total: Counter;
  readonly ok: Counter;
  readonly denied: Counter;
  readonly error: Counter;
  readonly failureModeAllowed: Counter;
  readonly overflow: Counter;
  readonly active: Gauge;
  private readonly path: string;
  private readonly timeoutMs: number;
  private readonly service: GrpcServiceClient;
  private readonly request: MessageCodec;
  private readonly response: MessageCodec;

  constructor(
    c: Config,
    ctx: UdpFilterContext,
    service: GrpcServiceClient,
    codecs: readonly [request: MessageCodec, response: MessageCodec],
  ) {
    const grpc = c.grpcService ?? {};
    this.path = pathOf({ transportApiVersion: 'V3', grpcService: grpc }, ctx.envoy16);
    this.timeoutMs = grpc.timeout ?? DEFAULT_TIMEOUT_MS;
    this.service = service;
    [this.request, this.response] = codecs;
    this.limits = queueLimits(c.bufferOptions);
    this.failureModeAllow = c.failureModeAllow ?? false;
    const scope = ctx.store.scope(`udp.session.ext_authz.${c.statPrefix ?? ''}.`);
    this.total = scope.counter('total');
    this.ok = scope.counter('ok');
    this.denied = scope.counter('denied');
    this.error = scope.counter('error');
    this.failureModeAllowed = scope.counter('failure_mode_allowed');
    this.overflow = scope.counter('buffer_overflow');
    this.active = scope.gauge('active');
  }

  check(facts: UdpSessionLog, done: (d: Decision) => void): { cancel(): void } {
    const { client, metadata } = this.service;
    const { source, destination } = connectionAttributes(facts.connection as Connection, () => undefined, ADDRESSES);
    const attributes = { source, destination };
    const options = {
      timeoutMs: this.timeoutMs,
      ...(metadata === null ? {} : { metadata: (head: typeof NO_HEADERS) => metadata(head, facts, NO_HEADERS) }),
    };
    return client.unary(this.path, this.request.encode({ attributes }), options, (answer, status) => {
      done(status === GRPC_OK && answer !== null ? this.read(answer) : decision(ERROR, { grpcStatus: status }));
    });
  }

  private read(bytes: Buffer): Decision {
    try {
      return decide(this.response.decode(bytes) as CheckResponse);
    } catch (e) {
      if (!(e instanceof WireError)) throw e;
      return decision(ERROR, {});
    }
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
    (status === OK ? a.ok : status === DENIED ? a.denied : a.error).inc();
    this.allowed = status === OK || (status === ERROR && a.failureModeAllow);
    if (this.allowed && status === ERROR) a.failureModeAllowed.inc();
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
  const codecs = [
    await loadCodec('envoy.service.auth.v3.CheckRequest'),
    await loadCodec('envoy.service.auth.v3.CheckResponse'),
  ] as const;
  const build = formatBuild({ ...ctx, listenerName: '' }, () => undefined);
  const service = await grpcService(c.grpcService ?? {}, ctx, build);
  const authorization = new Authorization(c, ctx, service, codecs);
  return { create: (callbacks) => new ExtAuthz(callbacks, authorization) };
}
