/**
 * The cookies of the oauth2 filter: how they are set, deleted, found in a request, and cut where one is too long for browsers. Mirrors
 * OAuth2Filter::buildCookieTail, setOAuthResponseCookies and reassembly of chunks (source/extensions/filters/http/oauth2/filter.cc). Wire text.
 */
import type { Headers } from '../../../codec/headers.ts';
import type { CookieConfig } from '../../../config/schema/types.ts';
import { toWire } from '../../../platform/wire-text.ts';
import { unquoted } from '../../headers/cookies.ts';

export type Cookies = Map<string, string>;

/** All cookies of a request, quotes around a value taken off; the first of a name (Http::Utility::parseCookies). */
export function parseCookies(h: Headers): Cookies {
  const cookies: Cookies = new Map();
  const { list } = h;
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] !== 'cookie') continue;
    for (const pair of list[i + 1].split(';')) {
      const equals = pair.indexOf('=');
      if (equals < 0) continue;
      const name = pair.slice(0, equals).replace(/^[ \t]+/, '');
      if (!cookies.has(name)) cookies.set(name, unquoted(pair.slice(equals + 1)));
    }
  }
  return cookies;
}

/** In one header, the last of all. */
export function writeCookies(h: Headers, cookies: Cookies): void {
  h.remove('cookie');
  h.add('cookie', Array.from(cookies, ([name, value]) => `${name}=${value}`).join('; '));
}

const SAME_SITE: Readonly<Record<string, string>> = {
  DISABLED: '',
  STRICT: ';SameSite=Strict',
  LAX: ';SameSite=Lax',
  NONE: ';SameSite=None',
};
const SECURE_PREFIX = /^__(?:Secure|Host)-/;
/** Chunks that are read, whatever `max_chunks` says. */
const MAX_CHUNKS_READ = 16;
const COUNT = '_chunks';

/** One of the cookies, as the config has it. */
export class Cookie {
  readonly name: string;
  private readonly beforeAge: string;
  private readonly afterAge: string;
  private readonly deleted: string;

  constructor(name: string, config: CookieConfig | undefined, domain: string) {
    this.name = name;
    const path = toWire(config?.path ?? '') || '/';
    const inDomain = domain === '' ? '' : `;domain=${domain}`;
    this.beforeAge = `${inDomain};path=${path};Max-Age=`;
    const partitioned = config?.partitioned === true ? ';Partitioned' : '';
    this.afterAge = `;secure;HttpOnly${SAME_SITE[config?.sameSite ?? 'DISABLED']}${partitioned}`;
    const secure = SECURE_PREFIX.test(name) ? '; Secure' : '';
    this.deleted = `=deleted; path=${path}; expires=Thu, 01 Jan 1970 00:00:00 GMT${inDomain}${secure}`;
  }

  private tail(seconds: number): string {
    return this.beforeAge + seconds + this.afterAge;
  }
  set(value: string, seconds: number, suffix = ''): string {
    return `${this.name}${suffix}=${value}${this.tail(seconds)}`;
  }
  delete(suffix = ''): string {
    return this.name + suffix + this.deleted;
  }
  /** With or without the id of a flow. */
  isNamed(name: string): boolean {
    return name === this.name || (name.length > this.name.length + 1 && name.startsWith(`${this.name}.`));
  }

  /** What sets it in pieces of at most `size` bytes; null where it takes more than `most` of them. */
  chunks(value: string, seconds: number, size: number, most: number): string[] | null {
    const tail = this.tail(seconds).length;
    if (this.name.length + 1 + value.length + tail <= size) return [this.set(value, seconds)];
    // Room for two digits, as Envoy leaves it.
    const room = size - tail - this.name.length - '_15='.length;
    if (room <= 0 || value.length > room * most) return null;
    const rows: string[] = [];
    for (let at = 0; at < value.length; at += room) {
      rows.push(this.set(value.slice(at, at + room), seconds, `_${rows.length}`));
    }
    return [...rows, this.set(String(rows.length), seconds, COUNT)];
  }

  /** The suffixes of pieces from `from` to before `to`. */
  private static pieces(from: number, to: number): string[] {
    return Array.from({ length: to - from }, (_, i) => `_${from + i}`);
  }

  /** What deletes pieces that a client has, but for `kept` of them. */
  deleteChunks(found: Chunks, kept: number): string[] {
    if (found === NO_CHUNKS) return [];
    const count = kept === 0 ? [COUNT] : [];
    return [...count, ...Cookie.pieces(kept, Math.max(found.count, kept))].map((suffix) => this.delete(suffix));
  }

  /** Puts the pieces of a request together; those that do not fit are taken out. */
  reassemble(cookies: Cookies): Chunks {
    const { name } = this;
    const said = cookies.get(name + COUNT);
    if (said === undefined) return NO_CHUNKS;
    const number = /^[ \t]*\+?(\d{1,9})[ \t]*$/.exec(said);
    const count = number === null ? 0 : Number(number[1]);
    const pieces = count > 1 && count <= MAX_CHUNKS_READ ? Cookie.pieces(0, count) : [];
    const sound = pieces.length > 0 && pieces.every((suffix) => cookies.has(name + suffix));
    const taken = sound ? pieces : Cookie.pieces(0, MAX_CHUNKS_READ);
    const value = sound ? pieces.map((suffix) => cookies.get(name + suffix)).join('') : null;
    for (const suffix of [...taken, COUNT]) cookies.delete(name + suffix);
    if (value !== null) cookies.set(name, value);
    return { count: taken.length, sound };
  }
}

/** Pieces of one token in a request. */
export interface Chunks {
  readonly count: number;
  readonly sound: boolean;
}
export const NO_CHUNKS: Chunks = { count: 0, sound: true };
