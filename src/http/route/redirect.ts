/** RedirectAction, compiled: where a request is sent instead. Mirrors Http::Utility::newUri (source/common/http/utility.cc). */
import type { Headers } from '../../codec/headers.ts';
import type { RedirectAction } from '../../config/schema/types.ts';
import type { FormatInfo } from '../../format/format-context.ts';
import { toWire } from '../../platform/wire-text.ts';
import type { LocalReply } from '../reply.ts';
import { formatted, type PathRewrite, PrefixRewrite, RegexRewrite, rewritePath } from './path-rewrite.ts';
import { compileRewrite } from './regex-rewrite.ts';
import type { Answer } from './route.ts';
import type { RouteBuild } from './route-context.ts';
import type { RouteMatch } from './route-match.ts';

const STATUS: Readonly<Record<string, number>> = {
  FOUND: 302,
  SEE_OTHER: 303,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
};

export class Redirect implements Answer {
  private readonly status: number;
  private readonly scheme: string;
  private readonly host: string;
  private readonly port: string;
  private readonly path: string;
  private readonly rewrite: PathRewrite | null;
  private readonly stripQuery: boolean;

  /** `match`: of the route whose prefix is rewritten. */
  constructor(config: RedirectAction, match: RouteMatch | null, build: RouteBuild) {
    this.status = STATUS[config.responseCode ?? ''] ?? 301;
    this.scheme = toWire(config.schemeRedirect ?? '') || (config.httpsRedirect === true ? 'https' : '');
    this.host = toWire(config.hostRedirect ?? '');
    this.port = config.portRedirect ? `:${config.portRedirect}` : '';
    this.path = toWire(config.pathRedirect ?? '');
    this.rewrite =
      config.regexRewrite !== undefined
        ? new RegexRewrite(compileRewrite(config.regexRewrite, build.regexes))
        : config.prefixRewrite && match !== null
          ? new PrefixRewrite(match, config.prefixRewrite)
          : config.pathRewrite
            ? formatted(config, config.pathRewrite, build)
            : null;
    this.stripQuery = config.stripQuery ?? false;
  }

  /** `keep`: the path that came is kept in x-envoy-original-path, for logs. */
  reply(h: Headers, keep: boolean, info: FormatInfo): LocalReply {
    if (this.rewrite !== null) rewritePath(h, this.rewrite, keep, info);
    return {
      status: this.status,
      body: '',
      details: 'direct_response',
      headers: ['location', this.location(h)],
      headersFirst: true,
    };
  }

  location(h: Headers): string {
    const scheme = this.scheme || h.scheme;
    const host = this.host || hostOf(h, scheme, this.port !== '');
    return `${scheme}://${host}${this.port}${this.newPath(h.path)}`;
  }

  private newPath(current: string): string {
    const { path } = this;
    if (path.includes('?')) return path;
    const query = current.indexOf('?');
    const rest = query < 0 || this.stripQuery ? '' : current.slice(query);
    if (path !== '') return path + rest;
    return query < 0 ? current : current.slice(0, query) + rest;
  }
}

/** require_tls of a virtual host: the same address, by https. */
export class TlsRedirect implements Answer {
  reply(h: Headers): LocalReply {
    const location = `https://${h.authority}${h.path}`;
    return { status: 301, body: '', details: 'direct_response', headers: ['location', location] };
  }
}

/** The authority without a port that another one takes the place of, or that was the old scheme's own. */
function hostOf(h: Headers, scheme: string, newPort: boolean): string {
  const { authority } = h;
  let colon: number;
  if (authority.startsWith('[')) {
    colon = authority.lastIndexOf(']:');
    if (colon >= 0) colon++;
  } else colon = authority.lastIndexOf(':');
  if (colon < 0) return authority;
  if (newPort) return authority.slice(0, colon);
  const port = authority.slice(colon);
  // What the client spoke, rather than the scheme of an absolute target.
  const spoken = h.get('x-forwarded-proto') ?? '';
  const own = scheme !== spoken && ((spoken === 'https' && port === ':443') || (spoken === 'http' && port === ':80'));
  return own ? authority.slice(0, colon) : authority;
}
