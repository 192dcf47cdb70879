/**
 * Trees of matchers that choose what a filter does with a stream (ExtensionWithMatcher, Composite): their inputs, which come with the request
 * or later with the answer, and their actions. Mirrors source/extensions/filters/http/match_delegate/config.cc and composite/action.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import { refuse, refuseUnregistered } from '../../config/refusal.ts';
import type {
  Any,
  ExecuteFilterAction,
  HttpRequestQueryParamMatchInput,
  XdsCelExpression,
  XdsMatcher,
} from '../../config/schema/types.ts';
import { celMatcherProgram, celSite } from '../../format/cel-programs.ts';
import { toWire } from '../../platform/wire-text.ts';
import { type RuntimeShare, runtimeShare } from '../../runtime/runtime.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import type { RegexCompiler } from '../headers/regex.ts';
import {
  FILTER_STATE,
  filterStateInput,
  headerInput,
  REQUEST_HEADER,
  RESPONSE_HEADER,
  RESPONSE_STATUS,
  RESPONSE_STATUS_CLASS,
  RESPONSE_TRAILER,
  statusClassInput,
  statusInput,
} from '../route/match-inputs.ts';
import {
  compileMatchTree,
  type MatchInput,
  type MatchTest,
  type MatchTree,
  type TypedConfig,
} from '../route/match-tree.ts';
import { queryValue } from '../route/query-matcher.ts';
import type { HttpFilterFactory } from '../stream/filter.ts';
import type { StreamInfo } from '../stream/stream-info.ts';

/** The filter passes everything by. */
export const SKIP = 'skip';

/** The filter that is to run. */
export class Execute {
  /** Null until its module is there (`settled`). */
  factory: HttpFilterFactory | null = null;
  readonly share: RuntimeShare | null;
  constructor(share: RuntimeShare | null) {
    this.share = share;
  }
}

export type FilterAction = typeof SKIP | Execute;

/** Thrown by an input whose part of the message has not come. */
const NOT_YET = Symbol('not yet');

interface Subject {
  response: Headers | null;
  trailers: Headers | null;
}
/** Of the tree that is looked at right now. */
const subject: Subject = { response: null, trailers: null };

export class FilterMatch {
  private readonly tree: MatchTree<FilterAction, Headers, StreamInfo>;
  constructor(tree: MatchTree<FilterAction, Headers, StreamInfo>) {
    this.tree = tree;
  }

  /** Undefined: not to be said yet. Null: nothing matches. */
  find(
    request: Headers,
    info: StreamInfo,
    response: Headers | null,
    trailers: Headers | null,
  ): FilterAction | null | undefined {
    subject.response = response;
    subject.trailers = trailers;
    try {
      return this.tree(request, info);
    } catch (what) {
      if (what === NOT_YET) return undefined;
      throw what;
    } finally {
      subject.response = null;
      subject.trailers = null;
    }
  }
}

const NOTHING: Any = { typeUrl: '', value: {} };

function ofResponse(read: (h: Headers) => string | undefined): MatchInput {
  return () => {
    if (subject.response === null) throw NOT_YET;
    return read(subject.response);
  };
}

/** `perRoute`: Envoy lets a route's tree look at less. */
function input(config: TypedConfig, perRoute: boolean): MatchInput {
  const { typedConfig = NOTHING } = config;
  const type = typedConfig.typeUrl;
  switch (type) {
    case REQUEST_HEADER:
      return headerInput(typedConfig);
    case RESPONSE_HEADER:
      return ofResponse(headerInput(typedConfig));
    case RESPONSE_TRAILER: {
      const read = headerInput(typedConfig);
      return () => {
        if (subject.trailers === null) throw NOT_YET;
        return read(subject.trailers);
      };
    }
  }
  if (perRoute) {
    refuse(config, '', `data input typeUrl type.googleapis.com/${type} not permitted according to allowlist`);
  }
  switch (type) {
    case 'envoy.type.matcher.v3.HttpRequestQueryParamMatchInput': {
      const parameter = toWire((typedConfig.value as HttpRequestQueryParamMatchInput).queryParam ?? '');
      return (h) => queryValue(h.path, parameter);
    }
    case RESPONSE_STATUS:
      return ofResponse(statusInput);
    case RESPONSE_STATUS_CLASS:
      return ofResponse(statusClassInput);
    case FILTER_STATE: {
      const read = filterStateInput(typedConfig);
      return (_, context) => read(context);
    }
    default:
      return refuseUnregistered(config);
  }
}

/** Compiles trees, and loads the filters that they name. */
export class FilterMatches {
  private readonly ctx: HttpFactoryContext;
  private pending: Promise<void>[] = [];

  constructor(ctx: HttpFactoryContext) {
    this.ctx = ctx;
  }

  compile(matcher: XdsMatcher, regex: RegexCompiler, perRoute = false): FilterMatch {
    return new FilterMatch(
      compileMatchTree<FilterAction, Headers, StreamInfo>(matcher, {
        regex,
        // Envoy lets a route's tree look at less.
        ...(perRoute ? {} : { cel: (expression) => this.expression(expression) }),
        input: (config) => input(config, perRoute),
        action: (config) => this.action(config),
      }),
    );
  }

  /** What it asks of an answer that has not come is not to be said yet. */
  private expression(config: XdsCelExpression): MatchTest<Headers, StreamInfo> {
    const program = celMatcherProgram(config, celSite(this.ctx));
    return (request, info) => {
      const { response, trailers: responseTrailers } = subject;
      const found = program.matchesYet({ info, request, response, responseTrailers });
      if (found === undefined) throw NOT_YET;
      return found;
    };
  }

  /** The filters are there; throws what is wrong with them. */
  async settled(): Promise<void> {
    const { pending } = this;
    this.pending = [];
    await Promise.all(pending);
  }

  private action(config: TypedConfig): FilterAction {
    const { typedConfig } = config;
    const type = typedConfig?.typeUrl ?? '';
    if (type === 'envoy.extensions.filters.common.matcher.action.v3.SkipFilter') return SKIP;
    if (type !== 'envoy.extensions.filters.http.composite.v3.ExecuteFilterAction') {
      return refuseUnregistered(config);
    }
    const message = typedConfig?.value as ExecuteFilterAction;
    const { samplePercent } = message;
    const execute = new Execute(samplePercent === undefined ? null : runtimeShare(samplePercent, 1));
    const loading = this.load(message, execute);
    // Whoever awaits `settled` hears of it.
    loading.catch(() => {});
    this.pending.push(loading);
    return execute;
  }

  private async load(message: ExecuteFilterAction, execute: Execute): Promise<void> {
    const { name = '', typedConfig } = message.typedConfig ?? {};
    if (typedConfig === undefined) {
      refuse(
        message,
        '',
        'Error: one of `dynamic_config`, `typed_config`, `filter_chain` or `filter_chain_name` must be set.',
      );
    }
    const module = await this.ctx.loadExtension(typedConfig.typeUrl);
    const own: HttpFactoryContext = { ...this.ctx, filterName: name };
    const factory = (await module.create(typedConfig.value, own)) as HttpFilterFactory;
    if (factory.terminal)
      refuse(message, 'typed_config', `${name} is a terminal filter, which cannot be executed here`);
    execute.factory = factory;
  }
}
