/**
 * What filters that ask a gRPC service about a connection or a UDP session have in common: the question, its answer, their statistics. Mirrors what
 * source/extensions/filters/network/ext_authz and udp/udp_proxy/session_filters/ext_authz do with Filters::Common::ExtAuthz::GrpcClientImpl.
 */
import type { AttributeContext, CheckResponse, GrpcService } from '../config/schema/types.ts';
import type { FactoryContext } from '../extension/context.ts';
import { formatBuild } from '../format/format-build.ts';
import type { FormatInfo } from '../format/format-context.ts';
import { GRPC_OK } from '../grpc/client.ts';
import { loadCodec, type MessageCodec } from '../grpc/message-codec.ts';
import { type GrpcServiceClient, grpcService } from '../grpc/service.ts';
import { WireError } from '../grpc/wire-reader.ts';
import { DENIED, type Decision, decision, ERROR, OK } from '../http/filters/ext-authz/decision.ts';
import { decide } from '../http/filters/ext-authz/grpc-service.ts';
import { DEFAULT_TIMEOUT_MS } from '../http/filters/ext-authz/services.ts';
import { NO_HEADERS } from '../http/stream/connection-facts.ts';
import type { Counter, Gauge, Scope } from '../stats/store.ts';

export interface CheckService {
  readonly service: GrpcServiceClient;
  readonly request: MessageCodec;
  readonly response: MessageCodec;
  readonly timeoutMs: number;
}

export async function checkService(grpc: GrpcService = {}, ctx: FactoryContext): Promise<CheckService> {
  const request = await loadCodec('envoy.service.auth.v3.CheckRequest');
  const response = await loadCodec('envoy.service.auth.v3.CheckResponse');
  const build = formatBuild(ctx, () => undefined);
  const service = await grpcService(grpc, ctx, build);
  return { service, request, response, timeoutMs: grpc.timeout ?? DEFAULT_TIMEOUT_MS };
}

export class ConnectionCheck {
  readonly total: Counter;
  readonly active: Gauge;
  private readonly ok: Counter;
  private readonly denied: Counter;
  private readonly error: Counter;
  private readonly failureModeAllowed: Counter;
  private readonly asked: CheckService;
  private readonly path: string;
  private readonly failureModeAllow: boolean;

  constructor(asked: CheckService, path: string, failureModeAllow: boolean, scope: Scope) {
    this.asked = asked;
    this.path = path;
    this.failureModeAllow = failureModeAllow;
    this.total = scope.counter('total');
    this.active = scope.gauge('active');
    this.ok = scope.counter('ok');
    this.denied = scope.counter('denied');
    this.error = scope.counter('error');
    this.failureModeAllowed = scope.counter('failure_mode_allowed');
  }

  ask(attributes: AttributeContext, info: FormatInfo, done: (d: Decision) => void): { cancel(): void } {
    const { service, request, timeoutMs } = this.asked;
    const { client, metadata } = service;
    const options = {
      timeoutMs,
      ...(metadata === null ? {} : { metadata: (head: typeof NO_HEADERS) => metadata(head, info, NO_HEADERS) }),
    };
    return client.unary(this.path, request.encode({ attributes }), options, (answer, status) => {
      done(status === GRPC_OK && answer !== null ? this.read(answer) : decision(ERROR, { grpcStatus: status }));
    });
  }

  private read(bytes: Buffer): Decision {
    try {
      return decide(this.asked.response.decode(bytes) as CheckResponse);
    } catch (e) {
      if (!(e instanceof WireError)) throw e;
      return decision(ERROR, {});
    }
  }

  /** Whether it may go on; counted. */
  allows(status: Decision['status']): boolean {
    (status === OK ? this.ok : status === DENIED ? this.denied : this.error).inc();
    if (status !== ERROR) return status === OK;
    if (this.failureModeAllow) this.failureModeAllowed.inc();
    return this.failureModeAllow;
  }
}
