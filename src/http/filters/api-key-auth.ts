/**
 * envoy.filters.http.api_key_auth: lets requests through that bring a key that is known. Mirrors
 * source/extensions/filters/http/api_key_auth/api_key_auth.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import { refuse } from '../../config/refusal.ts';
import type { ApiKeyAuth, ApiKeyAuthPerRoute, KeySource } from '../../config/schema/types.ts';
import { asciiLower, isWritableValue, percentDecode, toWire } from '../../platform/wire-text.ts';
import type { Counter } from '../../stats/store.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { cookieValue } from '../headers/cookies.ts';
import { CONTINUE, type HeadersStatus, type HttpFilterFactory, STOP, StreamFilter } from '../stream/filter.ts';

const BEARER = 'Bearer ';

/** Where a key may stand. */
interface Source {
  /** '' for none. */
  find(h: Headers): string;
  remove(h: Headers): void;
}

/** What one level says; null where it says nothing. */
interface Level {
  readonly sources: readonly Source[] | null;
  /** Key → client. */
  readonly clients: ReadonlyMap<string, string> | null;
  readonly forwarding: Forwarding | null;
}

interface Forwarding {
  /** '' for none. */
  readonly header: string;
  readonly hide: boolean;
}

interface RouteLevel extends Level {
  /** Empty: all. */
  readonly allowed: ReadonlySet<string>;
}

/** `http.<p>.api_key_auth.` */
interface AuthStats {
  readonly allowed: Counter;
  readonly unauthorized: Counter;
  readonly forbidden: Counter;
}

class ApiKeyAuthFilter extends StreamFilter {
  private readonly own: Level;
  private readonly stats: AuthStats;

  constructor(own: Level, stats: AuthStats) {
    super();
    this.own = own;
    this.stats = stats;
  }

  override decodeHeaders(h: Headers): HeadersStatus {
    const { own, stats } = this;
    const route = this.stream.routeConfig<RouteLevel>(this);
    const sources = route?.sources ?? own.sources;
    const clients = route?.clients ?? own.clients;
    // A route that says nothing of it forwards nothing.
    const { forwarding } = route ?? own;
    if (sources === null) return this.unknown('missing_key_sources');
    if (clients === null) return this.unknown('missing_credentials');
    const key = keyIn(h, sources);
    if (key === '') return this.unknown('missing_api_key');
    const client = clients.get(key);
    if (client === undefined) return this.unknown('unknown_api_key');
    if (route !== null && route.allowed.size > 0 && !route.allowed.has(client)) {
      stats.forbidden.inc();
      this.stream.sendLocalReply({ status: 403, body: 'Client is forbidden.', details: 'client_not_allowed' });
      return STOP;
    }
    if (forwarding !== null) {
      if (forwarding.header !== '') {
        h.remove(forwarding.header);
        h.add(forwarding.header, client);
      }
      if (forwarding.hide) for (const source of sources) source.remove(h);
    }
    stats.allowed.inc();
    return CONTINUE;
  }

  private unknown(details: string): HeadersStatus {
    this.stats.unauthorized.inc();
    this.stream.sendLocalReply({ status: 401, body: 'Client authentication failed.', details });
    return STOP;
  }
}

/** The first that is there. */
function keyIn(h: Headers, sources: readonly Source[]): string {
  for (const source of sources) {
    const key = source.find(h);
    if (key !== '') return key;
  }
  return '';
}

function compileSource(s: KeySource): Source {
  const { header = '', query = '', cookie = '' } = s;
  if (header !== '') {
    const name = asciiLower(toWire(header));
    return {
      find: (h) => {
        const value = h.get(name) ?? '';
        return value.startsWith(BEARER) ? value.slice(BEARER.length) : value;
      },
      remove: (h) => {
        h.remove(name);
      },
    };
  }
  if (query !== '') {
    const name = toWire(query);
    return { find: (h) => queryKey(h.path, name), remove: (h) => withoutParameter(h, name) };
  }
  if (cookie !== '') {
    const name = toWire(cookie);
    return { find: (h) => cookieValue(h, name) ?? '', remove: (h) => withoutCookie(h, name) };
  }
  return refuse(s, '', "One of 'header'/'query'/'cookie' must be set.");
}

function parametersOf(path: string): readonly string[] {
  const mark = path.indexOf('?');
  return mark < 0 ? [] : path.slice(mark + 1).split('&');
}
const nameOf = (pair: string): string => percentDecode(pair.split('=', 1)[0]);

function queryKey(path: string, name: string): string {
  const pair = parametersOf(path).find((p) => p !== '' && nameOf(p) === name) ?? '';
  const equals = pair.indexOf('=');
  return equals < 0 ? '' : percentDecode(pair.slice(equals + 1));
}

/** Those that stay, by name, as Envoy's map has them; what is escaped stays so (H129). */
function withoutParameter(h: Headers, name: string): void {
  const kept = parametersOf(h.path).filter((p) => p !== '' && nameOf(p) !== name);
  const rows = kept.map((p) => (p.includes('=') ? p : `${p}=`));
  rows.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0));
  const mark = h.path.indexOf('?');
  const base = mark < 0 ? h.path : h.path.slice(0, mark);
  h.path = rows.length === 0 ? base : `${base}?${rows.join('&')}`;
}

/** The cookies that stay, in one header, the last of all. */
function withoutCookie(h: Headers, name: string): void {
  const kept: string[] = [];
  const { list } = h;
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] !== 'cookie') continue;
    for (const cookie of list[i + 1].split(';')) {
      const text = cookie.replace(/^[ \t]+|[ \t]+$/g, '');
      if (text.includes('=') && text.split('=', 1)[0] !== name) kept.push(text);
    }
  }
  if (!h.remove('cookie')) return;
  if (kept.length > 0) h.add('cookie', kept.join('; '));
}

function compile(c: ApiKeyAuth): Level {
  const { credentials = [], keySources = [], forwarding } = c;
  const clients = new Map<string, string>();
  for (const credential of credentials) {
    const key = toWire(credential.key ?? '');
    const client = toWire(credential.client ?? '');
    // Envoy says which one: a log is no place for it.
    if (clients.has(key)) refuse(credential, 'key', 'Duplicated credential key');
    if (!isWritableValue(client)) refuse(credential, 'client', 'a client cannot have a line break or a NUL');
    clients.set(key, client);
  }
  return {
    sources: keySources.length === 0 ? null : keySources.map(compileSource),
    clients: credentials.length === 0 ? null : clients,
    forwarding:
      forwarding === undefined
        ? null
        : { header: asciiLower(toWire(forwarding.header ?? '')), hide: forwarding.hideCredentials ?? false },
  };
}

export function create(c: ApiKeyAuth, ctx: HttpFactoryContext): HttpFilterFactory {
  const own = compile(c);
  const scope = ctx.httpStats.scope.scope('api_key_auth.');
  const stats: AuthStats = {
    allowed: scope.counter('allowed'),
    unauthorized: scope.counter('unauthorized'),
    forbidden: scope.counter('forbidden'),
  };
  return {
    terminal: false,
    create: () => new ApiKeyAuthFilter(own, stats),
    createRoute: (config): RouteLevel => {
      const { allowedClients = [], ...level } = config as ApiKeyAuthPerRoute;
      return { ...compile(level), allowed: new Set(allowedClients.map(toWire)) };
    },
  };
}
