/**
 * envoy.filters.http.custom_response: other answers in the place of those that a tree of matchers finds. Mirrors
 * source/extensions/filters/http/custom_response and source/extensions/http/custom_response/local_response_policy.
 */
import { Headers } from '../../codec/headers.ts';
import { readDataSource } from '../../config/data-source.ts';
import { refuse } from '../../config/refusal.ts';
import type { CustomResponse, LocalResponsePolicy, RedirectPolicy } from '../../config/schema/types.ts';
import { celMatcherProgram, celSite } from '../../format/cel-programs.ts';
import { formatBuild } from '../../format/format-build.ts';
import { toWire } from '../../platform/wire-text.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { type BodyFormat, formatCompiler } from '../headers/body-format.ts';
import { compileMutations, type FormatCompiler, type HeaderMutations } from '../headers/header-mutations.ts';
import { filterRegexes, type RegexCompiler } from '../headers/regex.ts';
import type { LocalReply } from '../reply.ts';
import {
  headerInput,
  REQUEST_HEADER,
  RESPONSE_HEADER,
  RESPONSE_STATUS,
  RESPONSE_STATUS_CLASS,
  statusClassInput,
  statusInput,
} from '../route/match-inputs.ts';
import { compileMatchTree, type MatchInput, type MatchTree, type TypedConfig } from '../route/match-tree.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  type HttpFilterFactory,
  STOP,
  STOP_NO_BUFFER,
  StreamFilter,
  type TrailersStatus,
} from '../stream/filter.ts';
import type { StreamInfo } from '../stream/stream-info.ts';
import { Redirected, Redirection } from './custom-response-redirect.ts';

const REDIRECT = 'envoy.extensions.http.custom_response.redirect_policy.v3.RedirectPolicy';
/** Whose answer it is that comes now. */
const REDIRECTED = 'envoy.filters.http.custom_response';
const LOCAL = 'envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy';

/** An answer that is made here. */
interface OwnAnswer {
  readonly body: Buffer | null;
  readonly format: BodyFormat | null;
  /** 0: the one that the answer has. */
  readonly status: number;
  readonly mutations: HeaderMutations | null;
  /** Null: those that are there. */
  readonly details: string | null;
}

type Policy = OwnAnswer | Redirection;

/** The request, while a tree looks at its response. */
const subject: { request: Headers | null } = { request: null };

class CustomResponseFilter extends StreamFilter {
  private readonly own: MatchTree<Policy, Headers, StreamInfo> | null;
  /** The body of an answer of the proxy's own. */
  private localBody: Buffer | null;
  private replaced: boolean;
  /** The request has come here. */
  private asked: boolean;
  /** It goes elsewhere: what still comes of this answer is nobody's. */
  private leaving: boolean;
  private gone: boolean;

  constructor(own: MatchTree<Policy, Headers, StreamInfo> | null) {
    super();
    this.own = own;
    this.localBody = null;
    this.replaced = false;
    this.asked = false;
    this.leaving = false;
    this.gone = false;
  }

  override decodeHeaders(): HeadersStatus {
    this.asked = true;
    return CONTINUE;
  }

  override onDestroy(): void {
    this.gone = true;
  }

  override onLocalReply(reply: LocalReply): typeof CONTINUE {
    this.localBody = reply.bytes ?? Buffer.from(reply.body);
    return CONTINUE;
  }

  override encodeHeaders(h: Headers): HeadersStatus {
    const before = this.stream.info.filterState(REDIRECTED);
    if (before instanceof Redirected) {
      before.policy.finish(h, before.status, this.stream);
      return CONTINUE;
    }
    const policy = this.replaced ? null : this.policy(h);
    if (policy === null) return CONTINUE;
    this.replaced = true;
    if (policy instanceof Redirection) return this.redirect(policy, h);
    this.answer(policy, h);
    return STOP;
  }

  override encodeData(): DataStatus {
    return this.leaving ? STOP_NO_BUFFER : CONTINUE;
  }
  override encodeTrailers(): TrailersStatus {
    return this.leaving ? STOP : CONTINUE;
  }

  private redirect(policy: Redirection, h: Headers): HeadersStatus {
    const { stream } = this;
    // What is not complete cannot be sent anew (H348).
    if (!this.asked || stream.info.requestEndMs < 0 || !policy.leadsOn(stream)) return CONTINUE;
    stream.info.setFilterState(REDIRECTED, new Redirected(policy, h.status));
    this.leaving = true;
    // Once those that pass this answer on have returned.
    queueMicrotask(() => {
      if (!this.gone) stream.recreate?.(h, []);
    });
    return STOP;
  }

  private answer(policy: OwnAnswer, h: Headers): void {
    const { stream } = this;
    const status = policy.status === 0 ? h.status : policy.status;
    const { info, request } = stream;
    const made = new Headers();
    made.status = status;
    policy.mutations?.apply(made, info, request, made);
    info.responseCode = status;
    let bytes = policy.body ?? NOTHING;
    if (policy.format !== null) {
      const before = policy.body ?? this.localBody ?? NOTHING;
      bytes = policy.format.make(before.toString('latin1'), info, request, made);
    }
    stream.sendLocalReply({
      status,
      body: '',
      bytes,
      headers: made.list,
      details: policy.details ?? info.details,
    });
  }

  /** The most specific level that has one. */
  private policy(h: Headers): Policy | null {
    const { info, request } = this.stream;
    subject.request = request;
    for (const tree of this.stream.routeConfig<readonly MatchTree<Policy, Headers, StreamInfo>[]>(this) ?? []) {
      const found = tree(h, info);
      if (found !== null) return found;
    }
    return this.own?.(h, info) ?? null;
  }
}

const NOTHING = Buffer.alloc(0);

/** What a tree may look at; `h` is the response. */
function input(config: TypedConfig): MatchInput {
  const { typedConfig } = config;
  switch (typedConfig?.typeUrl) {
    case RESPONSE_STATUS:
      return statusInput;
    case RESPONSE_STATUS_CLASS:
      return statusClassInput;
    case RESPONSE_HEADER:
      return headerInput(typedConfig);
    case REQUEST_HEADER: {
      const read = headerInput(typedConfig);
      return () => (subject.request === null ? undefined : read(subject.request));
    }
    default:
      return refuse(config, '', `an input ${typedConfig?.typeUrl ?? ''} is not supported here yet`);
  }
}

interface Build {
  readonly ctx: HttpFactoryContext;
  readonly formats: FormatCompiler;
}

function compilePolicy(config: TypedConfig, { formats, ctx }: Build): Policy {
  const { typedConfig } = config;
  if (typedConfig?.typeUrl === REDIRECT) return new Redirection(typedConfig.value as RedirectPolicy, formats, ctx);
  if (typedConfig?.typeUrl !== LOCAL) {
    return refuse(config, '', `a custom response by ${typedConfig?.typeUrl ?? ''} is not supported yet`);
  }
  const policy = typedConfig.value as LocalResponsePolicy;
  const { body, bodyFormat, statusCode = 0, responseHeadersToAdd = [] } = policy;
  const preserve = policy.preserveResponseCodeDetails === true;
  return {
    body: body === undefined ? null : readDataSource(body),
    format: bodyFormat === undefined ? null : (formats.body(bodyFormat) as BodyFormat),
    status: statusCode,
    mutations: compileMutations('response', null, [{ responseHeadersToAdd }], false, formats),
    details: preserve ? null : toWire(policy.responseCodeDetails ?? ''),
  };
}

function compileTree(
  config: CustomResponse,
  build: Build,
  regex: RegexCompiler,
): MatchTree<Policy, Headers, StreamInfo> | null {
  const matcher = config.customResponseMatcher;
  if (matcher === undefined) return null;
  return compileMatchTree<Policy, Headers, StreamInfo>(matcher, {
    regex,
    cel: (expression) => {
      const program = celMatcherProgram(expression, celSite(build.ctx));
      return (response, info) => {
        const { request } = subject;
        return request !== null && program.matches({ info, request, response, responseTrailers: null });
      };
    },
    input,
    action: (action) => compilePolicy(action, build),
  });
}

export async function create(config: CustomResponse, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  const regex = await filterRegexes(config, ctx.envoy16);
  const build = { ctx, formats: formatCompiler(formatBuild(ctx, ctx.clientAddress)) };
  const own = compileTree(config, build, regex);
  return {
    terminal: false,
    create: () => new CustomResponseFilter(own),
    createRoute: (message, regex) => compileTree(message as CustomResponse, build, regex),
    mergeRoute: (levels) => levels.filter((tree) => tree !== null),
  };
}
