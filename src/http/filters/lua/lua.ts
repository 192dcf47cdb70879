/**
 * envoy.filters.http.lua: scripts that see, change and answer requests and responses. Mirrors
 * source/extensions/filters/http/lua/lua_filter.cc; scripts run in fengari (vm.ts) instead of LuaJIT.
 */
import type { Headers } from '../../../codec/headers.ts';
import { readDataSource } from '../../../config/data-source.ts';
import { about, refuse } from '../../../config/refusal.ts';
import type { DataSource, Lua, LuaPerRoute } from '../../../config/schema/types.ts';
import { logger } from '../../../log/logger.ts';
import type { Counter } from '../../../stats/store.ts';
import type { AsyncClient } from '../../../upstream/async.ts';
import type { ClusterLookup } from '../../../upstream/cluster-ref.ts';
import type { HttpFactoryContext } from '../../factory-context.ts';
import { asyncClient } from '../../router/async-client.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  type HttpFilterFactory,
  StreamFilter,
  type TrailersStatus,
} from '../../stream/filter.ts';
import { type Fengari, loadFengari } from './engine.ts';
import type { ScriptHost } from './handle-methods.ts';
import './handle-methods.ts';
import { MachinePool } from './machine-pool.ts';
import { textOf } from './script-object.ts';
import { ScriptStats } from './stats-objects.ts';
import { type Side, StreamHandle } from './stream-handle.ts';
import { type Fields, type FindClient, NO_FIELDS } from './stream-objects.ts';
import type { LuaVm } from './vm.ts';

const log = logger('lua');

/** Metadata of a route for its scripts stands under the filter's name, or this one. */
const NAME = 'envoy.filters.http.lua';
const OLD_NAME = 'envoy.lua';

/** What a route says. */
interface RouteScript {
  readonly disabled: boolean;
  /** Of `source_codes`; '' for none. */
  readonly name: string;
  readonly vm: LuaVm | null;
  readonly context: Fields | null;
}

interface Scripts {
  readonly vm: LuaVm | null;
  readonly named: ReadonlyMap<string, LuaVm>;
  readonly context: Fields;
  readonly clearsRoute: boolean;
  readonly errors: Counter;
  readonly executions: Counter;
  readonly stats: ScriptStats;
  readonly clusters: ClusterLookup;
  readonly client: AsyncClient;
  readonly filterName: string;
  readonly clientAddress: FindClient;
}

class LuaFilter extends StreamFilter implements ScriptHost {
  private readonly scripts: Scripts;
  private request: StreamHandle | null;
  private response: StreamHandle | null;

  constructor(scripts: Scripts) {
    super();
    this.scripts = scripts;
    this.request = null;
    this.response = null;
  }

  private vm(): LuaVm | null {
    const { scripts } = this;
    const said = this.stream.routeConfig<RouteScript>(this);
    if (said === null) return scripts.vm;
    if (said.disabled) return null;
    if (said.vm !== null) return said.vm;
    return said.name === '' ? scripts.vm : (scripts.named.get(said.name) ?? null);
  }

  override decodeHeaders(h: Headers, end: boolean): HeadersStatus {
    const vm = this.vm();
    if (vm === null || vm.onRequest === 0) return CONTINUE;
    this.scripts.executions.inc();
    this.request = new StreamHandle(vm, this, new RequestSide(this), h, end);
    return this.request.start(vm.onRequest);
  }
  override decodeData(data: Buffer, end: boolean): DataStatus {
    const { request } = this;
    return request === null || request.over ? CONTINUE : request.onData(data, end);
  }
  override decodeTrailers(trailers: Headers): TrailersStatus {
    const { request } = this;
    return request === null || request.over ? CONTINUE : request.onTrailers(trailers);
  }

  override encodeHeaders(h: Headers, end: boolean): HeadersStatus {
    const vm = this.vm();
    if (vm === null || vm.onResponse === 0) return CONTINUE;
    this.scripts.executions.inc();
    this.response = new StreamHandle(vm, this, new ResponseSide(this), h, end);
    return this.response.start(vm.onResponse);
  }
  override encodeData(data: Buffer, end: boolean): DataStatus {
    const { response } = this;
    return response === null || response.over ? CONTINUE : response.onData(data, end);
  }
  override encodeTrailers(trailers: Headers): TrailersStatus {
    const { response } = this;
    return response === null || response.over ? CONTINUE : response.onTrailers(trailers);
  }

  override onDestroy(): void {
    this.request?.destroy();
    this.response?.destroy();
  }

  // --- asked by scripts --------------------------------------------------------------------------------------------

  get clearsRoute(): boolean {
    return this.scripts.clearsRoute;
  }
  get clientAddress(): FindClient {
    return this.scripts.clientAddress;
  }
  get clusters(): ClusterLookup {
    return this.scripts.clusters;
  }
  get client(): AsyncClient {
    return this.scripts.client;
  }
  get stats(): ScriptStats {
    return this.scripts.stats;
  }

  scriptError(message: string): void {
    this.scripts.errors.inc();
    log.error(`script log: ${textOf(message)}`);
    // Neither script of the stream runs on.
    this.request?.destroy();
    this.request = null;
    this.response?.destroy();
    this.response = null;
  }

  routeMetadata(): Fields {
    return this.own(this.stream.route()?.metadata?.filterMetadata);
  }
  get hostMetadata(): Fields {
    return this.own(this.stream.route()?.virtualHost.metadata?.filterMetadata);
  }
  private own(metadata: ReadonlyMap<string, unknown> | undefined): Fields {
    const fields = metadata?.get(this.scripts.filterName) ?? metadata?.get(NAME) ?? metadata?.get(OLD_NAME);
    return (fields as Fields | undefined) ?? NO_FIELDS;
  }
  context(): Fields {
    return this.stream.routeConfig<RouteScript>(this)?.context ?? this.scripts.context;
  }
  setOverrideHost(host: string, strict: boolean): void {
    this.stream.info.overrideHost = { address: host, strict };
  }
}

class RequestSide implements Side {
  readonly decodes = true;
  private readonly filter: LuaFilter;
  constructor(filter: LuaFilter) {
    this.filter = filter;
  }
  get stream(): Side['stream'] {
    return this.filter.stream;
  }
  held(): Buffer | null {
    return this.filter.stream.decodingBuffer();
  }
  replace(data: Buffer): void {
    this.filter.stream.replaceDecodingBuffer(data);
  }
  add(data: Buffer): void {
    this.filter.stream.addDecoded(this.filter, data);
  }
  inject(data: Buffer, end: boolean): void {
    this.filter.stream.injectDecoded(this.filter, data, end);
  }
  goOn(): void {
    this.filter.stream.continueDecoding(this.filter);
  }
}

class ResponseSide implements Side {
  readonly decodes = false;
  private readonly filter: LuaFilter;
  constructor(filter: LuaFilter) {
    this.filter = filter;
  }
  get stream(): Side['stream'] {
    return this.filter.stream;
  }
  held(): Buffer | null {
    return this.filter.stream.encodingBuffer();
  }
  replace(data: Buffer): void {
    this.filter.stream.replaceEncodingBuffer(data);
  }
  add(data: Buffer): void {
    this.filter.stream.addEncoded(this.filter, data);
  }
  inject(data: Buffer, end: boolean): void {
    this.filter.stream.injectEncoded(this.filter, data, end);
  }
  goOn(): void {
    this.filter.stream.continueEncoding(this.filter);
  }
}

export async function create(config: Lua, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  const fengari = await loadFengari();
  const pool = MachinePool.of(ctx);
  const { clientAddress } = ctx;
  const { defaultSourceCode, inlineCode = '', statPrefix = '' } = config;
  if (defaultSourceCode !== undefined && inlineCode !== '') {
    refuse(
      config,
      'default_source_code',
      'Error: Only one of `inline_code` or `default_source_code` can be set for the Lua filter.',
    );
  }
  const machine = (field: string, code: Buffer): LuaVm =>
    about(config, field, () => pool.machine(fengari, code, config.packagePaths ?? [], config.sharedVmId ?? ''));
  let vm: LuaVm | null = null;
  if (defaultSourceCode !== undefined) vm = machine('default_source_code', readDataSource(defaultSourceCode));
  else if (inlineCode !== '') vm = machine('inline_code', Buffer.from(inlineCode));
  const named = new Map<string, LuaVm>();
  for (const [name, source] of config.sourceCodes ?? []) {
    named.set(name, machine('source_codes', readDataSource(source)));
  }
  const scope = ctx.httpStats.scope.scope(statPrefix === '' ? 'lua.' : `lua.${statPrefix}.`);
  const scripts: Scripts = {
    vm,
    named,
    context: config.filterContext ?? NO_FIELDS,
    clearsRoute: config.clearRouteCache ?? true,
    errors: scope.counter('errors'),
    executions: scope.counter('executions'),
    stats: new ScriptStats(scope),
    clusters: ctx.clusters,
    client: asyncClient(ctx),
    filterName: ctx.filterName ?? NAME,
    clientAddress: (stream) => clientAddress?.(stream),
  };
  return {
    terminal: false,
    create: () => new LuaFilter(scripts),
    createRoute: (message) => routeScript(message as LuaPerRoute, fengari, pool),
  };
}

function routeScript(message: LuaPerRoute, fengari: Fengari, pool: MachinePool): RouteScript {
  const { disabled = false, name = '', filterContext, sourceCode } = message;
  const source: DataSource | undefined = disabled || name !== '' ? undefined : sourceCode;
  const vm =
    source === undefined
      ? null
      : about(message, 'source_code', () =>
          pool.machine(fengari, readDataSource(source), message.packagePaths ?? [], message.sharedVmId ?? ''),
        );
  return { disabled, name, vm, context: filterContext ?? null };
}
