/**
 * ExtensionWithMatcher (envoy.filters.http.match_delegate): a filter, and a tree of matchers that says for each stream whether it is passed by,
 * or what it is to do. Mirrors source/extensions/filters/http/match_delegate/config.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import { refuse } from '../../config/refusal.ts';
import type { ExtensionWithMatcher, ExtensionWithMatcherPerRoute, XdsMatcher } from '../../config/schema/types.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { filterRegexes } from '../headers/regex.ts';
import type { HeadersStatus, HttpFilterFactory, StreamFilter, TrailersStatus } from '../stream/filter.ts';
import { DelegatingFilter } from './delegating-filter.ts';
import { type Execute, type FilterMatch, FilterMatches, SKIP } from './filter-match.ts';

/** What a filter does with an action that is not for it: nothing. */
interface Executing {
  execute?(action: Execute): void;
}

class MatchDelegate extends DelegatingFilter {
  private readonly inner: StreamFilter;
  private match: FilterMatch | null;
  private readonly passesWithoutTree: boolean;
  private decided = false;
  private skips = false;
  private sawHeaders = false;

  constructor(inner: StreamFilter, match: FilterMatch | null, passesWithoutTree: boolean) {
    super();
    this.inner = inner;
    this.match = match;
    this.passesWithoutTree = passesWithoutTree;
  }

  protected override get target(): StreamFilter | null {
    return this.skips ? null : this.delegate;
  }

  /** It stands inside of another one, whose tree has found what it is to do. */
  execute(action: Execute): void {
    this.begin();
    (this.inner as Executing).execute?.(action);
  }

  private begin(): void {
    if (this.sawHeaders) return;
    this.sawHeaders = true;
    this.take(this.inner);
    this.match = this.stream.routeConfig<FilterMatch>(this) ?? this.match;
    if (this.match !== null) return;
    this.decided = true;
    this.skips = this.passesWithoutTree;
  }

  private decide(response: Headers | null, trailers: Headers | null): void {
    this.begin();
    if (this.decided || this.match === null) return;
    const { stream } = this;
    const found = this.match.find(stream.request, stream.info, response, trailers);
    if (found === undefined) return;
    this.decided = true;
    if (found === SKIP) this.skips = true;
    else if (found !== null) (this.inner as Executing).execute?.(found);
  }

  override decodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    this.decide(null, null);
    return super.decodeHeaders(h, endStream);
  }
  override encodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    this.decide(h, null);
    return super.encodeHeaders(h, endStream);
  }
  override encodeTrailers(trailers: Headers): TrailersStatus {
    this.decide(this.stream.response, trailers);
    return super.encodeTrailers(trailers);
  }
}

/** Makes `inner`'s filters with a tree around them. `passesWithoutTree`: where neither it nor the route has one, the filter is passed by. */
export function matching(
  inner: HttpFilterFactory,
  own: FilterMatch | null,
  passesWithoutTree: boolean,
): HttpFilterFactory['create'] {
  return () => new MatchDelegate(inner.create() as StreamFilter, own, passesWithoutTree);
}

export async function create(c: ExtensionWithMatcher, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  const { name = '', typedConfig } = c.extensionConfig ?? {};
  if (typedConfig === undefined) return refuse(c, 'extension_config', 'extension_config: is required');
  const module = await ctx.loadExtension(typedConfig.typeUrl);
  const within: HttpFactoryContext = { ...ctx, filterName: name };
  const inner = (await module.create(typedConfig.value, within)) as HttpFilterFactory;
  if (inner.terminal) return refuse(c, 'extension_config', `${name} is a terminal filter, which no tree can pass by`);
  const matches = new FilterMatches(ctx);
  const regex = await filterRegexes(c, ctx.envoy16);
  // The older message has the same fields.
  const tree = c.xdsMatcher ?? (c.matcher as XdsMatcher | undefined);
  const own = tree === undefined ? null : matches.compile(tree, regex);
  await matches.settled();
  return {
    terminal: false,
    create: matching(inner, own, true),
    settled: () => matches.settled(),
    createRoute: (config, regex) =>
      matches.compile((config as ExtensionWithMatcherPerRoute).xdsMatcher ?? {}, regex, true),
  };
}
