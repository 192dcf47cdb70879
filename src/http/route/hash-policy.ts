/**
 * hash_policy: what of a request chooses its host where the cluster's balancer hashes. Every policy that finds something is mixed into one
 * number of 64 bits. Mirrors Http::HashPolicyImpl (source/common/http/hash_policy.cc).
 */
import type { Headers } from '../../codec/headers.ts';
import { refuse } from '../../config/refusal.ts';
import type {
  RouteActionHashPolicy,
  RouteActionHashPolicyCookie,
  RouteActionHashPolicyHeader,
} from '../../config/schema/types.ts';
import type { ClientAddress } from '../../format/format-context.ts';
import { asciiLower, isWritableValue, toWire } from '../../platform/wire-text.ts';
import type { LoadBalancerContext } from '../../upstream/load-balancers/load-balancer.ts';
import { type Hash64, xxHash64 } from '../../upstream/load-balancers/xxhash64.ts';
import { cookieValue } from '../headers/cookies.ts';
import { headerValue } from '../headers/header-matcher.ts';
import type { Regexes } from '../headers/regex.ts';
import { queryValue } from './query-matcher.ts';
import { compileRewrite } from './regex-rewrite.ts';
import { filterStateText, type RequestContext } from './request-context.ts';

/** A text, or several, of which each is hashed with the hash before it as the seed. */
type Hashed = string | readonly string[];

/** What is hashed of a request; undefined for nothing. A cookie that is made goes into `cookies`; null: none is. */
type Source = (h: Headers, context: RequestContext, cookies: string[] | null) => Hashed | undefined;

interface Policy {
  readonly source: Source;
  readonly terminal: boolean;
}

/** The hash of the request at hand. One for all: a balancer chooses at once, and remembers nothing of it. */
class HashContext implements LoadBalancerContext {
  hasHash = false;
  hashHi = 0;
  hashLo = 0;
}
const context = new HashContext();
const one: Hash64 = { hi: 0, lo: 0 };

export class HashPolicies {
  private readonly policies: readonly Policy[];

  /** `client`: who the connection manager takes for the client, where that is not the peer. */
  constructor(configs: readonly RouteActionHashPolicy[], regexes: Regexes, client: ClientAddress) {
    this.policies = configs.map((config) => ({
      source: sourceOf(config, regexes, client),
      terminal: config.terminal ?? false,
    }));
  }

  /** Valid until the next request is looked at. `cookies` gets the values of set-cookie that the response is to have; null: none is made. */
  compute(h: Headers, request: RequestContext, cookies: string[] | null): LoadBalancerContext {
    context.hasHash = false;
    context.hashHi = 0;
    context.hashLo = 0;
    for (const { source, terminal } of this.policies) {
      const text = source(h, request, cookies);
      if (text !== undefined) mix(text);
      if (terminal && context.hasHash) break;
    }
    return context;
  }
}

/** The hash so far is turned by one bit, so that the same rule twice does not take itself out. */
function mix(what: Hashed): void {
  if (typeof what === 'string') xxHash64(Buffer.from(what, 'latin1'), one);
  else {
    one.hi = 0;
    one.lo = 0;
    for (const text of what) xxHash64(Buffer.from(text, 'latin1'), one, one.lo, one.hi);
  }
  const { hashHi: hi, hashLo: lo } = context;
  context.hashHi = (((hi << 1) | (lo >>> 31)) ^ one.hi) >>> 0;
  context.hashLo = (((lo << 1) | (hi >>> 31)) ^ one.lo) >>> 0;
  context.hasHash = true;
}

function sourceOf(config: RouteActionHashPolicy, regexes: Regexes, client: ClientAddress): Source {
  if (config.header !== undefined) return headerSource(config.header, regexes);
  if (config.cookie !== undefined) return cookieSource(config.cookie);
  if (config.connectionProperties !== undefined) {
    if (config.connectionProperties.sourceIp !== true) return () => undefined;
    return (h, request) => client({ request: h, info: request }) ?? (request.connection?.remoteAddress.ip || undefined);
  }
  if (config.queryParameter !== undefined) {
    const name = toWire(config.queryParameter.name ?? '');
    return (h) => queryValue(h.path, name);
  }
  if (config.filterState !== undefined) {
    const { key = '' } = config.filterState;
    return (_, request) => filterStateText(request, key);
  }
  return refuse(
    config,
    '',
    'a hash policy needs one of header, cookie, connection_properties, query_parameter and filter_state',
  );
}

/** Several values: sorted, so that their order does not matter. */
function headerSource(config: RouteActionHashPolicyHeader, regexes: Regexes): Source {
  const name = asciiLower(toWire(config.headerName ?? ''));
  const rewrite = config.regexRewrite === undefined ? null : compileRewrite(config.regexRewrite, regexes);
  return (h) => {
    if (name.startsWith(':')) {
      const value = headerValue(h, name);
      return value === undefined || rewrite === null ? value : rewrite(value);
    }
    const { list } = h;
    let first: string | undefined;
    let all: string[] | undefined;
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] !== name) continue;
      const value = rewrite === null ? list[i + 1] : rewrite(list[i + 1]);
      if (first === undefined) first = value;
      else if (all === undefined) all = [first, value];
      else all.push(value);
    }
    return all === undefined ? first : all.sort();
  };
}

function cookieSource(config: RouteActionHashPolicyCookie): Source {
  const name = toWire(config.name ?? '');
  const { ttl } = config;
  let rest = '';
  if (ttl !== undefined && ttl >= 1000) rest += `; Max-Age=${Math.floor(ttl / 1000)}`;
  if (config.path) rest += `; Path=${toWire(config.path)}`;
  for (const { name: attribute = '', value = '' } of config.attributes ?? []) {
    rest += `; ${toWire(attribute)}${value === '' ? '' : `=${toWire(value)}`}`;
  }
  rest += '; HttpOnly';
  if (!isWritableValue(name + rest)) refuse(config, '', 'a cookie cannot have a line break or a NUL');
  return (h, { connection }, cookies) => {
    const value = cookieValue(h, name);
    if (value !== undefined && value !== '') return value;
    if (ttl === undefined || connection === null || cookies === null) return undefined;
    // The same for all requests of a connection: several at once must not get several cookies.
    const ends = connection.remoteAddress.text + connection.localAddress.text;
    xxHash64(Buffer.from(ends, 'latin1'), one);
    const made = hex(one.hi) + hex(one.lo);
    cookies.push(`${name}="${made}"${rest}`);
    return made;
  };
}

const hex = (half: number): string => (half >>> 0).toString(16).padStart(8, '0');
