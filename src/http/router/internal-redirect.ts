/**
 * Whether a redirect of a host is followed here, and what the request is then. Mirrors Filter::setupRedirect and
 * convertRequestHeadersForInternalRedirect (source/common/router/router.cc).
 */
import type { Headers } from '../../codec/headers.ts';
import { asciiLower } from '../../platform/wire-text.ts';
import type { InternalRedirects } from '../route/internal-redirect-policy.ts';
import type { Route } from '../route/route.ts';
import type { TerminalStream } from '../stream/filter.ts';
import type { PassedRedirect, RouterStats } from './router-settings.ts';

/** Absolute, as `Location` has to be: scheme, authority, path with query; a fragment is the client's. */
const ABSOLUTE = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]+)([^#]*)/;

/** What this request has been through; goes from one pass to the next. */
class History {
  followed = 0;
  readonly taken = new Set<Route>();
}
const HISTORY = 'envoylet.internal_redirects';

export interface Target {
  /** A 303 makes a GET of it. */
  readonly withoutBody: boolean;
}

/** Null: it goes to the client, and the request is as before. */
export function redirect(
  policy: InternalRedirects,
  response: Headers,
  stream: TerminalStream,
  stats: RouterStats,
): Target | null {
  const location = response.get('location');
  if (location === undefined || stream.findRoute === undefined) return null;
  const { request: h, info } = stream;
  const history = (info.filterState(HISTORY) as History | undefined) ?? new History();
  const before = { list: h.list.slice(), scheme: h.scheme, authority: h.authority, path: h.path };
  const reason = change(policy, response, location, stream, history);
  if (reason !== null) {
    stats.passedRedirects[reason].inc();
    Object.assign(h, before);
    return null;
  }
  const withoutBody = response.status === 303 && h.method !== 'GET' && h.method !== 'HEAD';
  if (withoutBody) {
    h.method = 'GET';
    h.remove('content-length');
  }
  history.followed++;
  if (info.route !== null) history.taken.add(info.route);
  info.setFilterState(HISTORY, history);
  h.set(
    'x-envoy-original-url',
    `${isHttp(before.scheme, stream) ? 'http' : 'https'}://${before.authority}${before.path}`,
  );
  return { withoutBody };
}

/** Makes of the request what the redirect asks for; null: it may go there. */
function change(
  policy: InternalRedirects,
  response: Headers,
  location: string,
  stream: TerminalStream,
  history: History,
): PassedRedirect | null {
  const { request: h } = stream;
  const url = ABSOLUTE.exec(location);
  if (url === null) return 'bad_location';
  const [, scheme, authority, target] = url;
  const fromHttp = isHttp(h.scheme, stream);
  const toHttp = asciiLower(scheme) === 'http';
  if (!policy.crossScheme && fromHttp !== toHttp) return 'unsafe_scheme';
  if (history.followed >= policy.max) return 'too_many_redirects';
  for (const name of policy.headersToCopy) {
    h.remove(name);
    const { list } = response;
    for (let i = 0; i < list.length; i += 2) if (list[i] === name) h.add(name, list[i + 1]);
  }
  h.scheme = asciiLower(scheme);
  h.authority = authority;
  h.path = target.startsWith('/') ? target : `/${target}`;
  const route = stream.findRoute?.() ?? null;
  if (route === null) return 'no_route';
  if (policy.safeCrossScheme && fromHttp && !toHttp) return 'predicate';
  if (policy.newRoutesOnly && history.taken.has(route)) return 'predicate';
  if (policy.allowedRoutes !== null && !policy.allowedRoutes.has(route.name)) return 'predicate';
  return null;
}

function isHttp(scheme: string, stream: TerminalStream): boolean {
  return scheme === 'http' || (stream.connection !== null && stream.connection.security === null);
}
