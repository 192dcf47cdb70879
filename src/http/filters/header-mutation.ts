/**
 * envoy.filters.http.header_mutation: changes headers, query parameters and trailers, one mutation after the other. Mirrors
 * source/extensions/filters/http/header_mutation/header_mutation.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import { about, refuse } from '../../config/refusal.ts';
import type {
  HttpHeaderMutation as Config,
  HeaderMutationPerRoute,
  MutationRulesHeaderMutation as Mutation,
  Mutations,
} from '../../config/schema/types.ts';
import { formatBuild } from '../../format/format-build.ts';
import { type FormatBuild, NO_LOG } from '../../format/format-context.ts';
import { withFormatters } from '../../format/substitution-format.ts';
import { percentEncode, toWire } from '../../platform/wire-text.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { formatCompiler } from '../headers/body-format.ts';
import { stringTest } from '../headers/header-matcher.ts';
import { compileMutations, type FormatCompiler, type HeaderMutations } from '../headers/header-mutations.ts';
import { filterRegexes, type RegexCompiler, type StringTest } from '../headers/regex.ts';
import {
  CONTINUE,
  type FilterStream,
  type HeadersStatus,
  type HttpFilterFactory,
  StreamFilter,
  type TrailersStatus,
} from '../stream/filter.ts';

type Step = (h: Headers, stream: FilterStream) => void;
type QueryStep = (parameters: Parameter[], stream: FilterStream) => void;
type Parameter = [name: string, value: string | null];

/** What one level says. */
interface Level {
  readonly request: readonly Step[];
  readonly query: readonly QueryStep[];
  readonly requestTrailers: readonly Step[];
  readonly response: readonly Step[];
  readonly responseTrailers: readonly Step[];
}

class HeaderMutationFilter extends StreamFilter {
  private readonly own: Level;
  private readonly specificWins: boolean;

  constructor(own: Level, specificWins: boolean) {
    super();
    this.own = own;
    this.specificWins = specificWins;
  }

  override decodeHeaders(h: Headers): HeadersStatus {
    this.apply(h, 'request');
    const levels = this.levels.filter((l) => l.query.length > 0);
    if (levels.length > 0) h.path = changed(h.path, levels, this.stream);
    return CONTINUE;
  }
  override decodeTrailers(h: Headers): TrailersStatus {
    this.apply(h, 'requestTrailers');
    return CONTINUE;
  }
  override encodeHeaders(h: Headers): HeadersStatus {
    this.apply(h, 'response');
    return CONTINUE;
  }
  override encodeTrailers(h: Headers): TrailersStatus {
    this.apply(h, 'responseTrailers');
    return CONTINUE;
  }

  private apply(h: Headers, what: Exclude<keyof Level, 'query'>): void {
    for (const level of this.levels) for (const step of level[what]) step(h, this.stream);
  }

  /** The filter's own, then those of routes: who comes last wins. */
  private get levels(): readonly Level[] {
    const route = this.stream.routeConfig<readonly Level[]>(this);
    if (route === null) return [this.own];
    return [this.own, ...(this.specificWins ? route.toReversed() : route)];
  }
}

/** The path with what levels do to its query. */
function changed(path: string, levels: readonly Level[], stream: FilterStream): string {
  const query = path.indexOf('?');
  const text = query < 0 ? '' : path.slice(query + 1);
  const parameters = (text === '' ? [] : text.split('&')).map((p): Parameter => {
    const equals = p.indexOf('=');
    return equals < 0 ? [p, null] : [p.slice(0, equals), p.slice(equals + 1)];
  });
  for (const level of levels) for (const step of level.query) step(parameters, stream);
  const base = query < 0 ? path : path.slice(0, query);
  // By name, as Envoy's map has them; what is escaped stays so (H129).
  parameters.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const joined = parameters.map(([name, value]) => `${name}=${value ?? ''}`).join('&');
  return joined === '' ? base : `${base}?${joined}`;
}

class Compiler {
  private readonly format: FormatBuild;
  constructor(ctx: HttpFactoryContext) {
    this.format = formatBuild(ctx, ctx.clientAddress);
  }

  level(m: Mutations | undefined, regex: RegexCompiler): Level {
    const formats = formatCompiler(withFormatters(m?.formatters, this.format));
    const steps = (list: readonly Mutation[] | undefined, response: boolean): readonly Step[] =>
      (list ?? []).map((one) => this.step(one, response, regex, formats));
    return {
      request: steps(m?.requestMutations, false),
      query: (m?.queryParameterMutations ?? []).map((one) => queryStep(one, formats)),
      requestTrailers: steps(m?.requestTrailersMutations, false),
      response: steps(m?.responseMutations, true),
      responseTrailers: steps(m?.responseTrailersMutations, true),
    };
  }

  private step(m: Mutation, response: boolean, regex: RegexCompiler, formats: FormatCompiler): Step {
    if (m.removeOnMatch !== undefined) {
      const test = stringTest(m.removeOnMatch.keyMatcher ?? {}, regex);
      return (h) => removeMatching(h, test);
    }
    const level =
      m.append === undefined ? { requestHeadersToRemove: [m.remove ?? ''] } : { requestHeadersToAdd: [m.append] };
    const mutations = compileMutations('request', null, [level], false, formats) as HeaderMutations | null;
    return (h, stream) => mutations?.apply(h, stream.info, stream.request, response ? stream.response : null);
  }
}

/** Fields of the message; what is no field stays. */
function removeMatching(h: Headers, test: StringTest): void {
  const { list } = h;
  const kept: string[] = [];
  for (let i = 0; i < list.length; i += 2) if (!test(list[i])) kept.push(list[i], list[i + 1]);
  if (kept.length < list.length) h.list = kept;
}

function queryStep(m: NonNullable<Mutations['queryParameterMutations']>[number], formats: FormatCompiler): QueryStep {
  if (m.remove) {
    const name = toWire(m.remove);
    return (parameters) => removeAll(parameters, name);
  }
  const entry = m.append?.record;
  const name = toWire(entry?.key ?? '');
  const raw: unknown = entry?.value ?? '';
  if (typeof raw !== 'string') return refuse(m, 'append', 'the value of a query parameter is a text');
  const made = about(m, 'append', () => formats.compile(raw, formats.build));
  const fixed = typeof made === 'string' ? escaped(made) : '';
  const action = m.append?.action ?? 'APPEND_IF_EXISTS_OR_ADD';
  return (parameters, { info, request }) => {
    const context = { info, request, response: null, responseTrailers: null };
    const value = typeof made === 'string' ? fixed : escaped(made(context, NO_LOG));
    const there = parameters.some(([n]) => n === name);
    if (action === 'ADD_IF_ABSENT' && there) return;
    if (action === 'OVERWRITE_IF_EXISTS' && !there) return;
    if (action !== 'APPEND_IF_EXISTS_OR_ADD') removeAll(parameters, name);
    parameters.push([name, value]);
  };
}

/** As PercentEncoding::urlEncode: what may not stand in a query by itself, and a percent sign. */
function escaped(wire: string): string {
  return percentEncode(wire, /[^A-Za-z0-9\-_.~]/g);
}

function removeAll(parameters: Parameter[], name: string): void {
  for (let i = parameters.length - 1; i >= 0; i--) if (parameters[i][0] === name) parameters.splice(i, 1);
}

export async function create(c: Config, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  const compiler = new Compiler(ctx);
  const own = compiler.level(c.mutations, await filterRegexes(c, ctx.envoy16));
  const specificWins = c.mostSpecificHeaderMutationsWins ?? false;
  return {
    terminal: false,
    create: () => new HeaderMutationFilter(own, specificWins),
    createRoute: (config, regex) => compiler.level((config as HeaderMutationPerRoute).mutations, regex),
    mergeRoute: (levels) => levels,
  };
}
