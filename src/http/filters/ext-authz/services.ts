/** The services of one filter: its own, and those that routes name instead. */
import { refuse } from '../../../config/refusal.ts';
import type { ExtAuthz, ExtAuthzPerRoute, GrpcService, Messages } from '../../../config/schema/types.ts';
import { isStruct } from '../../../config/struct.ts';
import type { FactoryContext } from '../../../extension/context.ts';
import { buildGrpcService } from '../../../grpc/service.ts';
import type { HttpFactoryContext } from '../../factory-context.ts';
import type { FormatCompiler } from '../../headers/header-mutations.ts';
import type { RegexCompiler } from '../../headers/regex.ts';
import type { AttributeSettings } from './check-request.ts';
import type { AuthorizationService } from './decision.ts';
import { type Codecs, GrpcAuthorization } from './grpc-service.ts';
import { HttpAuthorization } from './http-service.ts';
import { type BodySettings, bodySettings, type Settings } from './settings.ts';

/** Its name is other messages' too. */
type HttpService = Messages['envoy.extensions.filters.http.ext_authz.v3.HttpService'];

/** GrpcService.timeout where it has none, ms. */
export const DEFAULT_TIMEOUT_MS = 200;
const CHECK = '/envoy.service.auth.v3.Authorization/Check';
/** What 1.16 asks for, unless it is told V3. */
const CHECK_V2 = '/envoy.service.auth.v2.Authorization/Check';
const CHECK_V2_ALPHA = '/envoy.service.auth.v2alpha.Authorization/Check';

export interface RouteSettings {
  readonly disabled: boolean;
  readonly contextExtensions: ReadonlyMap<string, string>;
  readonly noBody: boolean;
  /** Null: the filter's. */
  readonly body: BodySettings | null;
  readonly service: AuthorizationService | null;
  /** Null: the filter's. */
  readonly emitsSpan: boolean | null;
}

export class Services {
  readonly main: AuthorizationService;
  private readonly ctx: HttpFactoryContext;
  private readonly formats: FormatCompiler;
  private readonly attributes: AttributeSettings;
  private readonly codecs: Codecs;
  private readonly path: string;
  private readonly raw: boolean;
  private readonly meters: boolean;

  constructor(
    config: ExtAuthz,
    settings: Settings,
    ctx: HttpFactoryContext,
    regex: RegexCompiler,
    formats: FormatCompiler,
    codecs: Codecs,
  ) {
    this.ctx = ctx;
    this.formats = formats;
    this.codecs = codecs;
    this.raw = settings.headers.raw;
    this.meters = settings.emitsStats;
    this.attributes = {
      raw: this.raw,
      packAsBytes: config.httpService !== undefined || (config.withRequestBody?.packAsBytes ?? false),
      includeTlsSession: config.includeTlsSession ?? false,
      includePeerCertificate: config.includePeerCertificate ?? false,
      labels: labelsOf(ctx, config.bootstrapMetadataLabelsKey ?? ''),
      metadataNamespaces: config.metadataContextNamespaces ?? [],
      routeMetadataNamespaces: config.routeMetadataContextNamespaces ?? [],
    };
    this.path = pathOf(config, ctx.envoy16);
    this.main =
      config.grpcService !== undefined
        ? this.byGrpc(config.grpcService)
        : this.byHttp(config.httpService as HttpService, regex);
  }

  byGrpc(service: GrpcService): AuthorizationService {
    const client = buildGrpcService(service, this.ctx, this.formats);
    return new GrpcAuthorization(
      client,
      this.path,
      service.timeout ?? DEFAULT_TIMEOUT_MS,
      this.attributes,
      this.codecs,
      this.meters,
    );
  }
  byHttp(service: HttpService, regex: RegexCompiler): AuthorizationService {
    return new HttpAuthorization(service, this.raw, this.ctx, regex, this.formats);
  }
}

/** Texts of a Struct in node.metadata; what is no text is ''. */
export function labelsOf(ctx: FactoryContext, key: string): ReadonlyMap<string, string> {
  const value = key === '' ? undefined : ctx.localInfo.node?.metadata?.[key];
  if (!isStruct(value)) return new Map();
  return new Map(Object.entries(value).map(([name, label]) => [name, typeof label === 'string' ? label : '']));
}

export function pathOf(config: Pick<ExtAuthz, 'transportApiVersion' | 'grpcService'>, envoy16: boolean): string {
  const { transportApiVersion: version = 'AUTO' } = config;
  if (envoy16 && version !== 'V3')
    return (config as { useAlpha?: boolean }).useAlpha === true ? CHECK_V2_ALPHA : CHECK_V2;
  if (version === 'V2' && config.grpcService !== undefined) {
    refuse(config, 'transport_api_version', 'The v2 xDS major version has been removed and is no longer supported.');
  }
  return CHECK;
}

export function compileRoute(m: ExtAuthzPerRoute, services: Services, regex: RegexCompiler): RouteSettings {
  const { checkSettings: check = {} } = m;
  if (check.disableRequestBodyBuffering === true && check.withRequestBody !== undefined) {
    refuse(
      check,
      'with_request_body',
      'Invalid configuration for check_settings. Only one of disable_request_body_buffering or with_request_body can be set.',
    );
  }
  const { grpcService, httpService } = check;
  const own =
    grpcService !== undefined
      ? services.byGrpc(grpcService)
      : httpService !== undefined
        ? services.byHttp(httpService, regex)
        : null;
  return {
    disabled: m.disabled ?? false,
    contextExtensions: check.contextExtensions ?? new Map(),
    noBody: check.disableRequestBodyBuffering ?? false,
    body: bodySettings(check.withRequestBody),
    service: own,
    emitsSpan: check.emitClientSpan ?? null,
  };
}
