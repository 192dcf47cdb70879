/**
 * envoy.filters.network.ext_authz: asks a gRPC service, with the first bytes of a connection, whether it may go on. Mirrors
 * source/extensions/filters/network/ext_authz/ext_authz.cc. What comes meanwhile is held, up to the connection's buffer limit.
 */
import type { CheckResponse, NetworkExtAuthz as Config } from '../../config/schema/types.ts';
import type { FactoryContext } from '../../extension/context.ts';
import { formatBuild } from '../../format/format-build.ts';
import { GRPC_OK } from '../../grpc/client.ts';
import { loadCodec, type MessageCodec } from '../../grpc/message-codec.ts';
import { type GrpcServiceClient, grpcService } from '../../grpc/service.ts';
import { WireError } from '../../grpc/wire-reader.ts';
import { connectionAttributes } from '../../http/filters/ext-authz/check-request.ts';
import { DENIED, type Decision, decision, ERROR, OK } from '../../http/filters/ext-authz/decision.ts';
import { decide } from '../../http/filters/ext-authz/grpc-service.ts';
import { DEFAULT_TIMEOUT_MS, labelsOf, pathOf } from '../../http/filters/ext-authz/services.ts';
import { filterRegexes } from '../../http/headers/regex.ts';
import { type MetadataSource, metadataTest } from '../../http/route/value-matcher.ts';
import { NO_HEADERS } from '../../http/stream/connection-facts.ts';
import { UNAUTHORIZED_EXTERNAL_SERVICE } from '../../http/stream/response-flags.ts';
import { clockMs } from '../../platform/clock.ts';
import type { Counter, Gauge } from '../../stats/store.ts';
import type { ConnectionInfo } from '../connection-info.ts';
import type { ReadFilter, ReadFilterCallbacks, ReadFilterFactory, ReadVerdict } from '../network-filter.ts';

const NAMESPACE = 'envoy.filters.network.ext_authz';

class Authorization {
  readonly path: string;
  readonly failureModeAllow: boolean;
  readonly enabled: ((info: MetadataSource) => boolean) | null;
  readonly total: Counter;
  readonly error: Counter;
  readonly denied: Counter;
  readonly disabled: Counter;
  readonly failureModeAllowed: Counter;
  readonly ok: Counter;
  readonly cxClosed: Counter;
  readonly active: Gauge;
  private readonly service: GrpcServiceClient;
  private readonly request: MessageCodec;
  private readonly response: MessageCodec;
  private readonly timeoutMs: number;
  private readonly attributes: Parameters<typeof connectionAttributes>[2];

  constructor(
    c: Config,
    ctx: FactoryContext,
    service: GrpcServiceClient,
    enabled: Authorization['enabled'],
    codecs: readonly [request: MessageCodec, response: MessageCodec],
  ) {
    this.path = pathOf(c, ctx.envoy16);
    this.failureModeAllow = c.failureModeAllow ?? false;
    this.enabled = enabled;
    this.service = service;
    this.timeoutMs = c.grpcService?.timeout ?? DEFAULT_TIMEOUT_MS;
    [this.request, this.response] = codecs;
    this.attributes = {
      includePeerCertificate: c.includePeerCertificate ?? false,
      includeTlsSession: c.includeTlsSession ?? false,
      labels: labelsOf(ctx, c.bootstrapMetadataLabelsKey ?? ''),
      metadataNamespaces: c.metadataContextNamespaces ?? [],
    };
    const scope = ctx.store.scope(`ext_authz.${c.statPrefix ?? ''}.`);
    this.total = scope.counter('total');
    this.error = scope.counter('error');
    this.denied = scope.counter('denied');
    this.disabled = scope.counter('disabled');
    this.failureModeAllowed = scope.counter('failure_mode_allowed');
    this.ok = scope.counter('ok');
    this.cxClosed = scope.counter('cx_closed');
    this.active = scope.gauge('active');
  }

  check(info: ConnectionInfo, done: (d: Decision) => void): { cancel(): void } {
    const { client, metadata } = this.service;
    const { connection } = info;
    const attributes = connectionAttributes(connection, (name) => info.dynamicMetadata(name), this.attributes);
    const message = this.request.encode({ attributes });
    const options = {
      timeoutMs: this.timeoutMs,
      ...(metadata === null ? {} : { metadata: (head: typeof NO_HEADERS) => metadata(head, info, NO_HEADERS) }),
    };
    return client.unary(this.path, message, options, (answer, status) => {
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

class ExtAuthzFilter implements ReadFilter {
  private readonly callbacks: ReadFilterCallbacks;
  private readonly a: Authorization;
  private asked = false;
  private call: { cancel(): void } | null = null;
  private startMs = 0;

  constructor(callbacks: ReadFilterCallbacks, authorization: Authorization) {
    this.callbacks = callbacks;
    this.a = authorization;
  }

  onData(): ReadVerdict {
    const { a } = this;
    const { info } = this.callbacks;
    if (this.asked) return this.call === null ? 'done' : 'stop';
    if (a.enabled !== null && !a.enabled(info)) {
      a.disabled.inc();
      return 'continue';
    }
    this.asked = true;
    a.active.inc();
    a.total.inc();
    this.startMs = clockMs();
    this.call = a.check(info, (d) => {
      this.call = null;
      a.active.dec();
      this.decided(d);
    });
    return 'stop';
  }

  private decided({ status, metadata }: Decision): void {
    const { a } = this;
    const { info, connection } = this.callbacks;
    if (metadata !== null) {
      const told = status === OK ? { ext_authz_duration: Math.round(clockMs() - this.startMs) } : {};
      info.addMetadata(NAMESPACE, { ...metadata, ...told });
    }
    (status === OK ? a.ok : status === DENIED ? a.denied : a.error).inc();
    if (status === DENIED || (status === ERROR && !a.failureModeAllow)) {
      a.cxClosed.inc();
      info.explain(status === DENIED ? 'ext_authz_denied' : 'ext_authz_error');
      info.flag(UNAUTHORIZED_EXTERNAL_SERVICE);
      connection.close('noFlush', 'ext_authz_close');
      return;
    }
    if (status === ERROR) a.failureModeAllowed.inc();
    this.callbacks.continueReading(this);
  }

  onClose(): void {
    if (this.call === null) return;
    this.call.cancel();
    this.call = null;
    this.a.active.dec();
  }
}

export async function create(c: Config, ctx: FactoryContext): Promise<ReadFilterFactory> {
  const codecs = [
    await loadCodec('envoy.service.auth.v3.CheckRequest'),
    await loadCodec('envoy.service.auth.v3.CheckResponse'),
  ] as const;
  const service = await grpcService(
    c.grpcService ?? {},
    ctx,
    formatBuild(ctx, () => undefined),
  );
  const { filterEnabledMetadata } = c;
  const enabled =
    filterEnabledMetadata === undefined
      ? null
      : metadataTest(filterEnabledMetadata, await filterRegexes(filterEnabledMetadata, ctx.envoy16));
  const authorization = new Authorization(c, ctx, service, enabled, codecs);
  return { terminal: false, create: (callbacks) => new ExtAuthzFilter(callbacks, authorization) };
}
