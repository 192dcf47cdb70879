/**
 * The answer of another route in the place of the one that was found: the request goes there anew. Mirrors
 * source/extensions/http/custom_response/redirect_policy.
 */
import type { Headers } from '../../codec/headers.ts';
import { refuse } from '../../config/refusal.ts';
import type { RedirectPolicy } from '../../config/schema/types.ts';
import { asciiLower, toWire } from '../../platform/wire-text.ts';
import type { Counter } from '../../stats/store.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { compileMutations, type FormatCompiler, type HeaderMutations } from '../headers/header-mutations.ts';
import { Redirect } from '../route/redirect.ts';
import { NO_BUILD } from '../route/route-context.ts';
import type { FilterStream } from '../stream/filter.ts';

/** Scheme, authority, path with query; what is behind `#` is the client's. */
const ABSOLUTE = /^(https?):\/\/(?:[^/?#@]*@)?([^/?#]+)([^#]*)/i;

interface Address {
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
}

function addressOf(uri: string): Address | null {
  const parts = ABSOLUTE.exec(uri);
  if (parts === null) return null;
  const [, scheme, authority, rest] = parts;
  return { scheme: asciiLower(scheme), authority, path: rest.startsWith('/') ? rest : `/${rest}` };
}

export class Redirection {
  /** Null: `action` makes it of the request. */
  private readonly address: Address | null;
  private readonly action: Redirect | null;
  /** 0: that of the answer in whose place it is. */
  private readonly status: number;
  private readonly requestMutations: HeaderMutations | null;
  private readonly responseMutations: HeaderMutations | null;
  private readonly invalidUri: Counter;
  private readonly noRoute: Counter;

  constructor(c: RedirectPolicy, formats: FormatCompiler, ctx: HttpFactoryContext) {
    const { redirectAction: action, uri = '', responseHeadersToAdd = [], requestHeadersToAdd = [] } = c;
    this.address = action === undefined ? addressOf(toWire(uri)) : null;
    if (action === undefined && this.address === null) {
      refuse(c, 'uri', `Invalid uri specified for redirection for custom response: ${uri}`);
    }
    if (action !== undefined) {
      const { pathRedirect = '', hostRedirect = '' } = action;
      if (action.regexRewrite !== undefined) {
        refuse(action, 'regex_rewrite', 'regex_rewrite is not supported for Custom Response');
      }
      if (action.prefixRewrite !== undefined) {
        refuse(action, 'prefix_rewrite', 'prefix_rewrite is not supported for Custom Response');
      }
      if (pathRedirect.includes('#')) {
        const message = `#fragment is not supported for custom response. Specified path_redirect is ${pathRedirect}`;
        refuse(action, 'path_redirect', message);
      }
      if (pathRedirect === '' && hostRedirect === '') {
        refuse(action, '', 'At least one of host_redirect and path_redirect needs to be specified');
      }
    }
    this.action = action === undefined ? null : new Redirect(action, null, NO_BUILD);
    this.status = c.statusCode ?? 0;
    this.requestMutations = compileMutations('request', null, [{ requestHeadersToAdd }], false, formats);
    this.responseMutations = compileMutations('response', null, [{ responseHeadersToAdd }], false, formats);
    const { scope } = ctx.httpStats;
    this.invalidUri = scope.counter('custom_response_invalid_uri');
    this.noRoute = scope.counter('custom_response_redirect_no_route');
  }

  /** Makes the request one for the other address; false: there is none, it stays what it was but for headers. */
  leadsOn(stream: FilterStream): boolean {
    const { request: h, info } = stream;
    const address = this.address ?? addressOf((this.action as Redirect).location(h));
    if (address === null) {
      this.invalidUri.inc();
      return false;
    }
    const { scheme, authority, path } = h;
    Object.assign(h, address);
    this.requestMutations?.apply(h, info, h, null);
    if ((stream.findRoute?.() ?? null) === null) {
      this.noRoute.inc();
      Object.assign(h, { scheme, authority, path });
      return false;
    }
    h.method = 'GET';
    h.remove('content-length');
    return true;
  }

  /** `h` is the answer of the other route, whatever it is; `before`: the status of the one in whose place it is. */
  finish(h: Headers, before: number, stream: FilterStream): void {
    const { info, request } = stream;
    this.responseMutations?.apply(h, info, request, h);
    h.status = this.status === 0 ? before : this.status;
    info.responseCode = h.status;
  }
}

/** What the request that goes elsewhere has with it. */
export class Redirected {
  readonly policy: Redirection;
  readonly status: number;
  constructor(policy: Redirection, status: number) {
    this.policy = policy;
    this.status = status;
  }
}
