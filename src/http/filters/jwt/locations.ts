/** Where in a request tokens stand. Mirrors ExtractorImpl (source/extensions/filters/http/jwt_authn/extractor.cc). */
import type { Headers } from '../../../codec/headers.ts';
import type { JwtProvider } from '../../../config/schema/types.ts';
import { asciiLower, percentDecode, toWire } from '../../../platform/wire-text.ts';
import { cookieValue } from '../../headers/cookies.ts';

const HEADER = 0;
const PARAM = 1;
const COOKIE = 2;
/** Where a token begins. */
const TOKEN = /[A-Za-z0-9_.-]/g;

interface Place {
  readonly kind: number;
  readonly name: string;
  readonly prefix: string;
  /** Issuers whose tokens may stand there; '' for any. */
  readonly issuers: Set<string>;
}

/** A token that was found. */
export class FoundToken {
  readonly token: string;
  private readonly place: Place;
  constructor(token: string, place: Place) {
    this.token = token;
    this.place = place;
  }
  allows(issuer: string): boolean {
    const { issuers } = this.place;
    return issuers.has('') || issuers.has(issuer);
  }
  /** Takes it out of the request. A cookie stays, as in Envoy. */
  removeFrom(h: Headers): void {
    const { kind, name } = this.place;
    if (kind === HEADER) h.remove(name);
    else if (kind === PARAM) h.path = withoutParam(h.path, name);
  }
}

export class TokenPlaces {
  private readonly places: readonly Place[];

  constructor(providers: readonly JwtProvider[]) {
    const places = new Map<string, Place>();
    const add = (kind: number, name: string, prefix: string, issuer: string): void => {
      const key = `${kind}${name}${prefix}`;
      const place = places.get(key) ?? { kind, name, prefix, issuers: new Set<string>() };
      place.issuers.add(issuer);
      places.set(key, place);
    };
    for (const { issuer = '', fromHeaders = [], fromParams = [], fromCookies = [] } of providers) {
      for (const { name = '', valuePrefix = '' } of fromHeaders) {
        add(HEADER, asciiLower(toWire(name)), toWire(valuePrefix), issuer);
      }
      for (const name of fromParams) add(PARAM, toWire(name), '', issuer);
      for (const name of fromCookies) add(COOKIE, toWire(name), '', issuer);
      if (fromHeaders.length + fromParams.length + fromCookies.length === 0) {
        add(HEADER, 'authorization', 'Bearer ', issuer);
        add(PARAM, 'access_token', '', issuer);
      }
    }
    // In the order of their names, headers first.
    const sorted = [...places].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    this.places = sorted.map(([, place]) => place);
  }

  find(h: Headers): FoundToken[] {
    const found: FoundToken[] = [];
    for (const place of this.places) {
      const token = find(place, h);
      if (token !== undefined) found.push(new FoundToken(token, place));
    }
    return found;
  }
}

function find({ kind, name, prefix }: Place, h: Headers): string | undefined {
  if (kind === COOKIE) return cookieValue(h, name);
  if (kind === PARAM) return param(h.path, name);
  const value = h.getAll(name);
  if (value === undefined || prefix === '') return value;
  const at = value.indexOf(prefix);
  if (at < 0) return undefined;
  TOKEN.lastIndex = at + prefix.length;
  const begin = TOKEN.exec(value);
  return begin === null ? value : value.slice(begin.index);
}

/** The first parameter of this name, decoded (Http::Utility::QueryParamsMulti::parseAndDecodeQueryString). */
function param(path: string, name: string): string | undefined {
  const question = path.indexOf('?');
  if (question < 0) return undefined;
  for (const pair of path.slice(question + 1).split('&')) {
    const equals = pair.indexOf('=');
    const key = equals < 0 ? pair : pair.slice(0, equals);
    if (percentDecode(key) === name) return equals < 0 ? '' : percentDecode(pair.slice(equals + 1));
  }
  return undefined;
}

function withoutParam(path: string, name: string): string {
  const question = path.indexOf('?');
  if (question < 0) return path;
  const kept = path
    .slice(question + 1)
    .split('&')
    .filter((pair) => {
      const equals = pair.indexOf('=');
      return percentDecode(equals < 0 ? pair : pair.slice(0, equals)) !== name;
    });
  return kept.length === 0 ? path.slice(0, question) : `${path.slice(0, question)}?${kept.join('&')}`;
}
