/** Asks an authorisation service over HTTP. Mirrors Filters::Common::ExtAuthz::RawHttpClientImpl. */
import { Headers } from '../../../codec/headers.ts';
import { reasonPhrase } from '../../../codec/http1/reason.ts';
import { trimOws } from '../../../codec/ows.ts';
import { about, refuse } from '../../../config/refusal.ts';
import type { AuthorizationResponse, ListStringMatcher, Messages } from '../../../config/schema/types.ts';

import type { FactoryContext } from '../../../extension/context.ts';
import { retryOf } from '../../../grpc/service.ts';
import { asciiLower, fromWire, toWire } from '../../../platform/wire-text.ts';
import type { AsyncClient, AsyncParent, AsyncResponse, AsyncRetry, CallSpan } from '../../../upstream/async.ts';
import type { ClusterRef } from '../../../upstream/cluster-ref.ts';
import { stringTest } from '../../headers/header-matcher.ts';
import { compileMutations, type FormatCompiler, type HeaderMutations } from '../../headers/header-mutations.ts';
import type { RegexCompiler, StringTest } from '../../headers/regex.ts';
import type { FilterStream } from '../../stream/filter.ts';
import { type CheckInput, sanitized } from './check-request.ts';
import {
  APPEND,
  type AuthorizationService,
  DENIED,
  type Decision,
  decision,
  ERROR,
  type Mutation,
  OK,
  OVERWRITE_OR_ADD,
  tagStatus,
} from './decision.ts';

/** Its name is other messages' too. */
type HttpService = Messages['envoy.extensions.filters.http.ext_authz.v3.HttpService'];

/** Names of headers to take out of the request, in an answer that allows it. */
const HEADERS_TO_REMOVE = 'x-envoy-auth-headers-to-remove';
/** In a list of allowed client headers without being said. */
const ALWAYS_TOLD = [':status', 'content-length', 'www-authenticate', 'location'];
const never: StringTest = () => false;

export function nameTest(list: ListStringMatcher | undefined, regex: RegexCompiler): StringTest {
  const tests = (list?.patterns ?? []).map((m) => stringTest(m, regex));
  return tests.length === 0 ? never : (name) => tests.some((test) => test(name));
}

export class HttpAuthorization implements AuthorizationService {
  private readonly client: AsyncClient;
  private readonly cluster: ClusterRef;
  private readonly timeoutMs: number;
  private readonly pathPrefix: string;
  private readonly pathOverride: string;
  private readonly retry: AsyncRetry | undefined;
  private readonly headersToAdd: HeaderMutations | null;
  private readonly raw: boolean;
  private readonly upstream: StringTest;
  private readonly upstreamAppend: StringTest;
  private readonly client4xx: StringTest;
  private readonly clientOk: StringTest;
  private readonly metadata: StringTest;

  constructor(config: HttpService, raw: boolean, ctx: FactoryContext, regex: RegexCompiler, formats: FormatCompiler) {
    const { serverUri, pathPrefix = '', pathOverride = '', authorizationRequest, authorizationResponse } = config;
    if (pathPrefix !== '' && pathOverride !== '') {
      refuse(
        config,
        'path_override',
        'Only one of path_prefix or path_override may be set in ext_authz HTTP service configuration.',
      );
    }
    this.client = ctx.asyncClient();
    this.cluster = ctx.clusters.ref(serverUri?.cluster ?? '');
    this.timeoutMs = serverUri?.timeout ?? DEFAULT_TIMEOUT_MS;
    this.pathPrefix = toWire(pathPrefix);
    this.pathOverride = toWire(pathOverride);
    this.retry = retryOf(config.retryPolicy);
    this.raw = raw;
    const add = (authorizationRequest?.headersToAdd ?? []).map((header) => ({ header, appendAction: OVERWRITES }));
    this.headersToAdd = about(authorizationRequest ?? config, 'headers_to_add', () =>
      compileMutations('request', null, [{ requestHeadersToAdd: add }], false, formats),
    );
    const response: AuthorizationResponse = authorizationResponse ?? {};
    this.upstream = nameTest(response.allowedUpstreamHeaders, regex);
    this.upstreamAppend = nameTest(response.allowedUpstreamHeadersToAppend, regex);
    this.clientOk = nameTest(response.allowedClientHeadersOnSuccess, regex);
    this.metadata = nameTest(response.dynamicMetadataFromHeaders, regex);
    const told = nameTest(response.allowedClientHeaders, regex);
    const all = (response.allowedClientHeaders?.patterns ?? []).length === 0;
    this.client4xx = all ? (name) => name !== ':authority' : (name) => ALWAYS_TOLD.includes(name) || told(name);
  }

  check(input: CheckInput, stream: AsyncParent & FilterStream, done: (d: Decision) => void): { cancel(): void } {
    const cluster = this.cluster.current;
    if (cluster === null) {
      let given = false;
      setImmediate(() => {
        if (!given) done(decision(ERROR, {}));
      });
      return {
        cancel: () => {
          given = true;
        },
      };
    }
    const head = this.head(input);
    this.headersToAdd?.apply(head, stream.info, stream.request, null);
    const retry = this.retry === undefined ? {} : { retry: this.retry };
    const { span: parent } = stream.info;
    const span = parent == null ? undefined : { parent, tags, sampled: input.sampled };
    const options = { timeoutMs: this.timeoutMs, parent: stream, skipForwardedFor: true, ...retry, span };
    return this.client.send(cluster, head, input.body, options, (response) => {
      done(response === null ? decision(ERROR, {}) : this.decide(response));
    });
  }

  private head(input: CheckInput): Headers {
    const head = new Headers();
    head.add('content-length', String(input.body?.length ?? 0));
    const { headers } = input;
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i];
      const value = this.raw ? headers[i + 1] : toWire(sanitized(headers[i + 1]));
      if (name === ':path') head.path = this.pathOverride !== '' ? this.pathOverride : this.pathPrefix + value;
      else if (name === ':authority') head.authority = value;
      else if (name === ':method') head.method = value;
      else if (name === ':scheme') head.scheme = value;
      else if (!name.startsWith(':') && name !== 'content-length') head.add(name, value);
    }
    return head;
  }

  private decide({ headers: h, body }: AsyncResponse): Decision {
    // What a service breaks with is no decision.
    if (h.status >= 500) return decision(ERROR, {});
    const allows = h.status === 200;
    const headersToRemove: string[] = [];
    const set: Mutation[] = [];
    const add: Mutation[] = [];
    const reply: Mutation[] = [];
    const response: Mutation[] = [];
    let metadata: Record<string, unknown> | null = null;
    const { list } = h;
    for (let i = 0; i < list.length; i += 2) {
      const name = list[i];
      const value = list[i + 1];
      if (name === HEADERS_TO_REMOVE) {
        for (const one of value.split(',')) if (trimOws(one) !== '') headersToRemove.push(asciiLower(trimOws(one)));
        continue;
      }
      if (allows && this.upstream(name)) set.push({ name, value, action: OVERWRITE_OR_ADD, joins: false });
      if (allows && this.upstreamAppend(name)) add.push({ name, value, action: APPEND, joins: false });
      if (!allows && this.client4xx(name)) reply.push({ name, value, action: APPEND, joins: false });
      if (allows && this.clientOk(name)) response.push({ name, value, action: APPEND, joins: false });
      if (this.metadata(name)) {
        metadata ??= Object.create(null) as Record<string, unknown>;
        metadata[name] = fromWire(value) ?? value;
      }
    }
    if (allows) {
      return decision(OK, {
        requestHeaders: [...set, ...add],
        responseHeaders: response,
        headersToRemove,
        metadata,
      });
    }
    return decision(DENIED, { code: h.status, body, replyHeaders: reply, metadata });
  }
}

function tags(span: CallSpan, status: number): void {
  span.setTag('ext_authz_http_status', reasonPhrase(status));
  tagStatus(span, status === 200);
}

const DEFAULT_TIMEOUT_MS = 200;
const OVERWRITES = 'OVERWRITE_IF_EXISTS_OR_ADD' as const;
