/**
 * envoy.filters.http.basic_auth: name and password (RFC 7617) against a list in htpasswd's {SHA} format. Mirrors
 * source/extensions/filters/http/basic_auth.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Headers } from '../../codec/headers.ts';
import { readDataSource } from '../../config/data-source.ts';
import { refuse } from '../../config/refusal.ts';
import type { BasicAuth, BasicAuthPerRoute } from '../../config/schema/types.ts';
import { asciiLower, toWire } from '../../platform/wire-text.ts';
import type { Counter } from '../../stats/store.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { CONTINUE, type HeadersStatus, type HttpFilterFactory, STOP, StreamFilter } from '../stream/filter.ts';

const SHA = '{SHA}';
/** With or without padding. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
/** Characters of base64 of a SHA-1. */
const HASH_LENGTH = 28;
/** Characters of the request's path that are told as the realm. */
const MAX_PATH = 256;

/** Base64 of the password's SHA-1, by name; wire text. */
type Users = ReadonlyMap<string, string>;

function readUsers(about: object, source: BasicAuth['users']): Users {
  const users = new Map<string, string>();
  for (const raw of readDataSource(source).toString('latin1').split('\n')) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line === '' || line.startsWith('#')) continue;
    const wrong = (why: string): never => refuse(about, 'users', `basic auth: ${why}`);
    const colon = line.indexOf(':');
    if (colon < 0) return wrong('invalid htpasswd format, username & password separated with a colon expected');
    const name = line.slice(0, colon);
    const hash = line.slice(colon + 1);
    if (name === '' || hash === '') return wrong('empty user name or password');
    if (users.has(name)) return wrong('duplicate users');
    if (!hash.startsWith(SHA)) return wrong('unsupported htpasswd format: please use {SHA}');
    if (hash.length !== SHA.length + HASH_LENGTH) return wrong('invalid htpasswd format, invalid SHA hash length');
    users.set(name, hash.slice(SHA.length));
  }
  return users;
}

interface Settings {
  readonly users: Users;
  readonly forwardName: string;
  readonly header: string;
  readonly allowMissing: boolean;
  readonly emitMetadata: boolean;
  readonly realm: string;
  readonly allowed: Counter;
  readonly denied: Counter;
}

interface RouteSettings {
  readonly users: Users;
  readonly realm: string;
}

class BasicAuthFilter extends StreamFilter {
  private readonly settings: Settings;

  constructor(settings: Settings) {
    super();
    this.settings = settings;
  }

  override decodeHeaders(h: Headers): HeadersStatus {
    const { settings, stream } = this;
    const route = stream.routeConfig<RouteSettings>(this);
    const value = h.getAll(settings.header);
    if (value === undefined) {
      if (settings.allowMissing) return CONTINUE;
      return this.deny(h, route, 'Missing username and password.', 'no_credential_for_basic_auth');
    }
    if (!value.startsWith('Basic ')) {
      return this.deny(h, route, "Expected 'Basic' authentication scheme.", 'invalid_scheme_for_basic_auth');
    }
    const text = BASE64.test(value.slice(6)) ? Buffer.from(value.slice(6), 'base64').toString('latin1') : '';
    const colon = text.indexOf(':');
    if (colon < 0) {
      return this.deny(h, route, 'Invalid basic credential format.', 'invalid_format_for_basic_auth');
    }
    const name = text.slice(0, colon);
    if (!matches((route ?? settings).users.get(name), text.slice(colon + 1))) {
      return this.deny(h, route, 'Invalid username/password combination.', 'invalid_credential_for_basic_auth');
    }
    if (settings.forwardName !== '') {
      h.remove(settings.forwardName);
      h.add(settings.forwardName, name);
    }
    if (settings.emitMetadata) stream.info.addMetadata('envoy.filters.http.basic_auth', { username: name });
    settings.allowed.inc();
    return CONTINUE;
  }

  private deny(h: Headers, route: RouteSettings | null, why: string, details: string): HeadersStatus {
    const { denied, realm: own } = this.settings;
    denied.inc();
    // Without a path (CONNECT) Envoy tells no address.
    const address = h.path === '' ? '' : `${h.scheme}://${h.authority}${h.path.slice(0, MAX_PATH)}`;
    const realm = route?.realm || own || address;
    this.stream.sendLocalReply({
      status: 401,
      body: `User authentication failed. ${why}`,
      details,
      headers: ['www-authenticate', `Basic realm="${realm}"`],
    });
    return STOP;
  }
}

function matches(hash: string | undefined, password: string): boolean {
  if (hash === undefined) return false;
  const given = createHash('sha1').update(password, 'latin1').digest('base64');
  return given.length === hash.length && timingSafeEqual(Buffer.from(given), Buffer.from(hash, 'latin1'));
}

const quoted = (realm: string | undefined): string => toWire(realm ?? '').replace(/["\\]/g, '\\$&');

export function create(c: BasicAuth, ctx: HttpFactoryContext): HttpFilterFactory {
  const { scope } = ctx.httpStats;
  const settings: Settings = {
    users: readUsers(c, c.users),
    forwardName: asciiLower(toWire(c.forwardUsernameHeader ?? '')),
    header: asciiLower(toWire(c.authenticationHeader || 'authorization')),
    allowMissing: c.allowMissing ?? false,
    emitMetadata: c.emitDynamicMetadata ?? false,
    realm: quoted(c.realm),
    allowed: scope.counter('basic_auth.allowed'),
    denied: scope.counter('basic_auth.denied'),
  };
  return {
    terminal: false,
    create: () => new BasicAuthFilter(settings),
    createRoute: (config): RouteSettings => {
      const route = config as BasicAuthPerRoute;
      return { users: readUsers(route, route.users), realm: quoted(route.realm) };
    },
  };
}
