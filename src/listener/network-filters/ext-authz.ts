/**
 * envoy.filters.network.ext_authz: asks a gRPC service, with the first bytes of a connection, whether it may go on. Mirrors
 * source/extensions/filters/network/ext_authz/ext_authz.cc. What comes meanwhile is held, up to the connection's buffer limit.
 */
import type { NetworkExtAuthz as Config } from '../../config/schema/types.ts';
import type { FactoryContext } from '../../extension/context.ts';
import { connectionAttributes } from '../../http/filters/ext-authz/check-request.ts';
import { DENIED, type Decision, OK } from '../../http/filters/ext-authz/decision.ts';
import { labelsOf, pathOf } from '../../http/filters/ext-authz/services.ts';
import { filterRegexes } from '../../http/headers/regex.ts';
import { type MetadataSource, metadataTest } from '../../http/route/value-matcher.ts';
import { UNAUTHORIZED_EXTERNAL_SERVICE } from '../../http/stream/response-flags.ts';
import { clockMs } from '../../platform/clock.ts';
import type { Counter } from '../../stats/store.ts';
import { type CheckService, ConnectionCheck, checkService } from '../connection-check.ts';
import type { ConnectionInfo } from '../connection-info.ts';
import type { ReadFilter, ReadFilterCallbacks, ReadFilterFactory, ReadVerdict } from '../network-filter.ts';

const NAMESPACE = 'envoy.filters.network.ext_authz';

class Authorization extends ConnectionCheck {
  readonly enabled: ((info: MetadataSource) => boolean) | null;
  readonly disabled: Counter;
  readonly cxClosed: Counter;
  private readonly attributes: Parameters<typeof connectionAttributes>[2];

  constructor(c: Config, ctx: FactoryContext, asked: CheckService, enabled: Authorization['enabled']) {
    const scope = ctx.store.scope(`ext_authz.${c.statPrefix ?? ''}.`);
    super(asked, pathOf(c, ctx.envoy16), c.failureModeAllow ?? false, scope);
    this.enabled = enabled;
    this.attributes = {
      includePeerCertificate: c.includePeerCertificate ?? false,
      includeTlsSession: c.includeTlsSession ?? false,
      labels: labelsOf(ctx, c.bootstrapMetadataLabelsKey ?? ''),
      metadataNamespaces: c.metadataContextNamespaces ?? [],
    };
    this.disabled = scope.counter('disabled');
    this.cxClosed = scope.counter('cx_closed');
  }

  check(info: ConnectionInfo, done: (d: Decision) => void): { cancel(): void } {
    const attributes = connectionAttributes(info.connection, (name) => info.dynamicMetadata(name), this.attributes);
    return this.ask(attributes, info, done);
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
    if (!a.allows(status)) {
      a.cxClosed.inc();
      info.explain(status === DENIED ? 'ext_authz_denied' : 'ext_authz_error');
      info.flag(UNAUTHORIZED_EXTERNAL_SERVICE);
      connection.close('noFlush', 'ext_authz_close');
      return;
    }
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
  const asked = await checkService(c.grpcService, ctx);
  const { filterEnabledMetadata } = c;
  const enabled =
    filterEnabledMetadata === undefined
      ? null
      : metadataTest(filterEnabledMetadata, await filterRegexes(filterEnabledMetadata, ctx.envoy16));
  const authorization = new Authorization(c, ctx, asked, enabled);
  return { terminal: false, create: (callbacks) => new ExtAuthzFilter(callbacks, authorization) };
}
