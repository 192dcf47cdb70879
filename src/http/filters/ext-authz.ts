/**
 * envoy.filters.http.ext_authz: asks a service, by gRPC or HTTP, whether a request may go on. Mirrors
 * source/extensions/filters/http/ext_authz/ext_authz.cc. The request waits, nothing of it is read beyond its limits, until the service has answered.
 */
import type { Headers } from '../../codec/headers.ts';
import { refuse } from '../../config/refusal.ts';
import type { ExtAuthz, ExtAuthzPerRoute } from '../../config/schema/types.ts';
import { formatBuild } from '../../format/format-build.ts';
import { FieldsOnly } from '../../format/shared-message.ts';
import { loadCodec } from '../../grpc/message-codec.ts';
import { clockMs } from '../../platform/clock.ts';
import { asciiLower } from '../../platform/wire-text.ts';
import type { Cluster } from '../../upstream/cluster.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { formatCompiler } from '../headers/body-format.ts';
import { filterRegexes } from '../headers/regex.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  type HttpFilterFactory,
  STOP,
  STOP_ALL_WATERMARK,
  STOP_BUFFER,
  STOP_WATERMARK,
  StreamFilter,
  type TrailersStatus,
} from '../stream/filter.ts';
import { UNAUTHORIZED_EXTERNAL_SERVICE } from '../stream/response-flags.ts';
import { checkInput } from './ext-authz/check-request.ts';
import { DENIED, type Decision, type Mutation, OK } from './ext-authz/decision.ts';
import { changeQuery, changeRequest, isSound } from './ext-authz/request-mutations.ts';
import { compileRoute, type RouteSettings, Services } from './ext-authz/services.ts';
import { compileSettings, type Settings } from './ext-authz/settings.ts';
import { changeResponse, within } from './header-limits.ts';

const NAMESPACE = 'envoy.filters.http.ext_authz';
const ERROR_DETAILS = 'ext_authz_error';
const FAILURE_ALLOWED = 'x-envoy-auth-failure-mode-allowed';
const NO_EXTENSIONS: ReadonlyMap<string, string> = new Map();

const WAITING = 1;
const CALLING = 2;

class ExtAuthzFilter extends StreamFilter {
  private readonly s: Settings;
  private readonly services: Services;
  /** Nothing, WAITING for the body, or CALLING the service. */
  private state = 0;
  private route: RouteSettings | null = null;
  private maxRequestBytes = 0;
  private partial = false;
  private call: { cancel(): void } | null = null;
  private startMs = 0;
  /** Of the route, when the service was asked: what is counted is its too. */
  private cluster: Cluster | null = null;
  private log: Record<string, unknown> | null = null;
  /** Of the upstream's answer. */
  private responseHeaders: readonly Mutation[] = [];

  constructor(settings: Settings, services: Services) {
    super();
    this.s = settings;
    this.services = services;
  }

  override decodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    const { s, stream } = this;
    if (stream.route() === null) return CONTINUE;
    const route = stream.routeConfig<RouteSettings>(this);
    this.route = route;
    if (route !== null && route.disabled) return CONTINUE;
    if (!s.enabled.happens() || (s.enabledBy !== null && !s.enabledBy(stream.info))) {
      s.stats.disabled.inc();
      if (!s.denyAtDisable.value) return CONTINUE;
      this.reply(s.statusOnError, ERROR_DETAILS);
      return STOP;
    }
    const body = route?.body ?? s.body;
    if (body === null || route?.noBody === true || endStream || isWebSocket(h)) {
      this.ask(null);
      return STOP_ALL_WATERMARK;
    }
    this.state = WAITING;
    this.maxRequestBytes = body.maxRequestBytes;
    this.partial = body.partial;
    if (!body.partial) stream.bufferLimit = body.maxRequestBytes;
    return STOP;
  }

  override decodeData(data: Buffer, endStream: boolean): DataStatus {
    if (this.state === CALLING) return STOP_WATERMARK;
    if (this.state !== WAITING) return CONTINUE;
    const held = this.stream.decodingBuffer();
    // What is held may be what is shown.
    const all = held === null || held === data ? data : null;
    const bytes = all === null ? (held as Buffer).length + data.length : data.length;
    // One that is longer than allowed is held, which is answered with 413.
    if (!this.partial && bytes > this.maxRequestBytes) return STOP_BUFFER;
    if (!endStream && !(this.partial && bytes >= this.maxRequestBytes)) return STOP_BUFFER;
    this.ask(all ?? Buffer.concat([held as Buffer, data]));
    return STOP_WATERMARK;
  }

  override decodeTrailers(): TrailersStatus {
    if (this.state === WAITING) this.ask(this.stream.decodingBuffer());
    return this.state === CALLING ? STOP : CONTINUE;
  }

  private ask(body: Buffer | null): void {
    const { s, stream, route } = this;
    this.state = CALLING;
    this.startMs = clockMs();
    this.cluster = stream.route()?.forward?.cluster(stream.request) ?? null;
    if (s.logs) this.beginLog();
    const extensions = route?.contextExtensions ?? NO_EXTENSIONS;
    const input = checkInput(stream, s.headers, body, this.maxRequestBytes, extensions);
    const service = route?.service ?? this.services.main;
    const sampled = (route?.emitsSpan ?? s.emitsSpan) ? undefined : false;
    this.call = service.check({ ...input, sampled }, stream, (d) => {
      this.call = null;
      this.state = 0;
      this.decided(d);
    });
  }

  override onDestroy(): void {
    this.call?.cancel();
    this.call = null;
  }

  // --- the answer --------------------------------------------------------------------------------------------------

  private decided(d: Decision): void {
    const { s, stream } = this;
    this.endLog(d);
    if (d.unknownAction && s.validate) {
      this.invalid();
      return;
    }
    if (d.metadata !== null && Object.keys(d.metadata).length > 0) this.takeMetadata(d);
    if (d.status === OK) this.allow(d);
    else if (d.status === DENIED) this.deny(d);
    else {
      s.stats.error.inc();
      this.count('error');
      if (s.failureModeAllow) {
        s.stats.failureModeAllowed.inc();
        this.count('failure_mode_allowed');
        if (s.failureModeAllowHeader) stream.request.add(FAILURE_ALLOWED, 'true');
        stream.continueDecoding(this);
      } else if (s.shadow) {
        s.stats.shadowError.inc();
        this.shadow('ERROR', d);
      } else if (this.sound(d)) {
        this.reply(d.code || s.statusOnError, ERROR_DETAILS, d);
      }
    }
  }

  private allow(d: Decision): void {
    const { s, stream } = this;
    const { request } = stream;
    if (this.clearsRoute(d)) stream.clearRoute();
    const changed = changeRequest(request, d, s);
    if (!changed || (s.validate && !d.responseHeaders.every(isSound)) || !changeQuery(request, d, s.validate)) {
      this.invalid();
      return;
    }
    if (!within(request, s.requestLimits)) {
      s.stats.requestHeaderLimitsReached.inc();
      this.invalid();
      return;
    }
    this.responseHeaders = d.responseHeaders;
    this.count('ok');
    s.stats.ok.inc();
    stream.continueDecoding(this);
  }

  private clearsRoute(d: Decision): boolean {
    const { s } = this;
    if (!s.clearRouteCache) return false;
    if (d.queryToSet.length > 0 || d.queryToRemove.length > 0) return true;
    const names = s.clearRouteHeaders;
    if (names === null) return d.requestHeaders.length > 0 || d.headersToRemove.length > 0;
    return (
      d.requestHeaders.some((m) => names.includes(m.name)) || d.headersToRemove.some((name) => names.includes(name))
    );
  }

  private deny(d: Decision): void {
    const { s } = this;
    s.stats.denied.inc();
    this.count('denied');
    if (s.chargeCluster) this.cluster?.info.responses.count(d.code, true, false);
    if (s.shadow) {
      s.stats.shadowDenied.inc();
      this.shadow('DENIED', d);
    } else if (this.sound(d)) {
      this.reply(d.code, 'ext_authz_denied', d);
    }
  }

  private sound(d: Decision): boolean {
    if (!this.s.validate || d.replyHeaders.every(isSound)) return true;
    this.invalid();
    return false;
  }

  /** The service's answer is wrong. */
  private invalid(): void {
    this.count('invalid');
    this.s.stats.invalid.inc();
    this.reply(500, 'ext_authz_invalid');
  }

  private reply(status: number, details: string, d?: Decision): void {
    const { s, stream } = this;
    stream.info.flags |= UNAUTHORIZED_EXTERNAL_SERVICE;
    const limit = s.maxDeniedBodyBytes;
    const bytes = d === undefined || limit === 0 ? d?.body : d.body.subarray(0, limit);
    const headers = d === undefined ? [] : replyHeaders(d.replyHeaders);
    const body = bytes === undefined || bytes.length === 0 ? {} : { bytes };
    stream.sendLocalReply({ status, body: '', details, headers, replaces: true, ...body });
  }

  private takeMetadata(d: Decision): void {
    const { s, stream } = this;
    if (!s.ingestsMetadata) {
      s.stats.ignoredDynamicMetadata.inc();
      return;
    }
    const duration = d.status === OK ? { ext_authz_duration: Math.floor(clockMs() - this.startMs) } : {};
    stream.info.addMetadata(NAMESPACE, { ...d.metadata, ...duration });
  }

  private shadow(checkResult: string, d: Decision): void {
    const { s, stream } = this;
    const responseHeaders = d.replyHeaders.map((m) => ({ key: m.name, value: m.value }));
    stream.info.setFilterState(`${s.name}.shadow`, {
      check_result: checkResult,
      ...(d.code === 0 ? {} : { status_code: d.code }),
      ...(responseHeaders.length === 0 ? {} : { response_headers: responseHeaders }),
    });
    stream.continueDecoding(this);
  }

  private count(name: string): void {
    this.cluster?.info.stats.scope.counter(`ext_authz.${this.s.statPrefix}${name}`).inc();
  }

  // --- for access logs ---------------------------------------------------------------------------------------------

  private beginLog(): void {
    const { s, stream } = this;
    if (stream.info.filterState(s.name) !== undefined) {
      s.stats.filterStateNameCollision.inc();
      return;
    }
    this.log = Object.assign(new FieldsOnly(), s.filterMetadata);
    stream.info.setFilterState(s.name, this.log);
  }

  private endLog(d: Decision): void {
    const { log, s } = this;
    if (log === null || !s.emitsStats) return;
    log['latency_us'] = Math.floor((clockMs() - this.startMs) * 1000);
    if (d.bytes !== null) {
      log['bytesSent'] = d.bytes.wireSent;
      log['bytesReceived'] = d.bytes.wireReceived;
    }
  }

  // --- the upstream's answer ---------------------------------------------------------------------------------------

  override encodeHeaders(h: Headers): HeadersStatus {
    const { s, stream, responseHeaders } = this;
    if (responseHeaders.length === 0) return CONTINUE;
    const most = s.limitsResponse
      ? (stream.info.cluster?.http.maxHeadersCount ?? DEFAULT_RESPONSE_HEADERS)
      : Number.POSITIVE_INFINITY;
    if (changeResponse(h, responseHeaders, most)) return CONTINUE;
    this.responseHeaders = [];
    s.stats.responseHeaderLimitsReached.inc();
    this.reply(500, 'ext_authz_invalid');
    return STOP;
  }
}

/** Of Envoy's header maps. */
const DEFAULT_RESPONSE_HEADERS = 100;
const isWebSocket = (h: Headers): boolean => h.protocol !== '' || asciiLower(h.get('upgrade') ?? '') === 'websocket';

/** What is said with the older `append: true` is passed over, as in Envoy. */
function replyHeaders(mutations: readonly Mutation[]): string[] {
  const headers: string[] = [];
  for (const m of mutations) {
    if (!m.joins && isSound(m) && !m.name.startsWith(':')) headers.push(m.name, m.value);
  }
  return headers;
}

export async function create(config: ExtAuthz, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  if (config.grpcService === undefined && config.httpService === undefined) {
    refuse(config, '', 'ext_authz: one of grpc_service and http_service is needed');
  }
  const regex = await filterRegexes(config, ctx.envoy16);
  const codecs = {
    request: await loadCodec('envoy.service.auth.v3.CheckRequest'),
    response: await loadCodec('envoy.service.auth.v3.CheckResponse'),
  };
  const formats = formatCompiler(formatBuild(ctx, ctx.clientAddress));
  const settings = compileSettings(config, ctx, regex);
  const services = new Services(config, settings, ctx, regex, formats, codecs);
  return {
    terminal: false,
    create: () => new ExtAuthzFilter(settings, services),
    createRoute: (m, routeRegex) => compileRoute(m as ExtAuthzPerRoute, services, routeRegex),
    mergeRoute: (levels) => mergeRoutes(levels as readonly RouteSettings[]),
  };
}

/** `levels`: the most specific first. Of the others only the context counts. */
function mergeRoutes(levels: readonly RouteSettings[]): RouteSettings {
  const contextExtensions = new Map(levels.toReversed().flatMap((l) => [...l.contextExtensions]));
  return { ...levels[0], contextExtensions };
}
