/**
 * The cookies of one request as the oauth2 filter reads them, and those that it makes of tokens. Mirrors OAuth2CookieValidator,
 * decryptAndUpdateOAuthTokenCookies, updateTokens and setOAuthResponseCookies (source/extensions/filters/http/oauth2/filter.cc).
 */
import type { Headers } from '../../../codec/headers.ts';
import { isJwt, parseJwt } from '../jwt/token.ts';
import { type Chunks, type Cookie, type Cookies, NO_CHUNKS, parseCookies, writeCookies } from './cookies.ts';
import { log, type Settings } from './settings.ts';
import { HEADER_VALUE, type Tokens } from './token-client.ts';

/** The tokens that cookies are made of; '' for none. */
export interface Session {
  readonly access: string;
  readonly id: string;
  readonly refresh: string;
  /** Lives, in seconds. */
  readonly seconds: number;
  readonly idSeconds: number;
  readonly refreshSeconds: number;
  /** Seconds since 1970. */
  readonly expires: string;
}

const now = (): number => Math.floor(Date.now() / 1000);

/** Until `exp` of a JWT; `otherwise` of what is none. Seconds. */
function lifeOf(token: string, otherwise: number): number {
  const parsed = token === '' ? null : parseJwt(token);
  if (parsed === null || !isJwt(parsed) || parsed.exp === 0) return otherwise;
  return Math.max(parsed.exp - now(), 0);
}

export function sessionOf({ access, id, refresh, seconds }: Tokens, s: Settings): Session {
  return {
    access: s.keepsAccess ? access : '',
    id: s.keepsId ? id : '',
    refresh: s.useRefreshToken && s.keepsRefresh ? refresh : '',
    seconds,
    idSeconds: s.idLivesAsAccess ? seconds : lifeOf(id, seconds),
    refreshSeconds: s.useRefreshToken ? lifeOf(refresh, s.refreshSeconds) : seconds,
    expires: String(now() + seconds),
  };
}

export class SessionCookies {
  private readonly s: Settings;
  private readonly host: string;
  private readonly all: Cookies;
  /** Of bearer, ID and refresh token, as the client has them. */
  private readonly chunks: readonly Chunks[];

  /** Pieces are put together, tokens decrypted. */
  constructor(s: Settings, h: Headers) {
    this.s = s;
    this.host = h.authority;
    const all = parseCookies(h);
    this.all = all;
    const { bearer, id, refresh } = s.cookies;
    const tokens = [bearer, id, refresh];
    this.chunks = tokens.map((cookie) => {
      const chunks = cookie.reassemble(all);
      if (chunks !== NO_CHUNKS) (chunks.sound ? s.stats.reassembled : s.stats.malformedChunks).inc();
      return chunks;
    });
    if (!s.encrypts) return;
    for (const { name } of tokens) {
      const value = all.get(name) ?? '';
      if (value !== '') all.set(name, this.decrypted(value));
    }
  }

  /** What cannot be decrypted stays as it is: it is from before tokens were encrypted, or its HMAC is wrong. */
  private decrypted(value: string): string {
    const { keys, stats } = this.s;
    const { text, error, legacy } = keys.decrypt(value);
    if (error !== '' || !HEADER_VALUE.test(text)) {
      if (log.debugOn) log.debug(`failed to decrypt token: ${error || 'plaintext is not a valid header value'}`);
      return value;
    }
    if (legacy) stats.legacyCbc.inc();
    return text;
  }

  /** '' for none. */
  value({ name }: Cookie): string {
    return this.all.get(name) ?? '';
  }

  /** That of a flow, or that of releases which know no flows. */
  ofFlow(cookie: Cookie, flow: string): string {
    return this.all.get(`${cookie.name}.${flow}`) || this.value(cookie);
  }

  private signedText(expires: string, access: string, id: string, refresh: string): string {
    return `${this.s.cookieDomain || this.host}\n${expires}\n${access}\n${id}\n${refresh}`;
  }

  /** Signed by us, and not over. */
  get valid(): boolean {
    const { keys, cookies: c } = this.s;
    const hmac = this.value(c.hmac);
    const expires = this.value(c.expires);
    const text = this.signedText(expires, this.value(c.bearer), this.value(c.id), this.value(c.refresh));
    if (hmac === '' || !keys.signed(text, hmac)) return false;
    return /^\d{1,20}$/.test(expires) && Number(expires) * 1000 > Date.now();
  }

  /** An upstream sees them too. */
  take(session: Session): void {
    const { all } = this;
    const c = this.s.cookies;
    all.set(c.expires.name, session.expires);
    if (session.access !== '') all.set(c.bearer.name, session.access);
    if (session.id !== '') all.set(c.id.name, session.id);
  }

  /** What is of the flow, not of the user, stays here. */
  hideFrom(h: Headers): void {
    const { all, s } = this;
    if (all.size === 0) return;
    const { hmac, expires, refresh, nonce, codeVerifier } = s.cookies;
    for (const { name } of [hmac, expires, refresh]) all.delete(name);
    for (const name of [...all.keys()]) {
      const ofFlow = [nonce, codeVerifier].some((c) => name === c.name || name.startsWith(`${c.name}.`));
      if (ofFlow) all.delete(name);
    }
    writeCookies(h, all);
  }

  /** Nothing of a login is left. */
  dropFrom(h: Headers): void {
    const { all, s } = this;
    if (all.size === 0) return;
    for (const { name } of [s.cookies.bearer, s.cookies.id]) all.delete(name);
    if (all.size === 0) writeCookies(h, all);
    else this.hideFrom(h);
  }

  /** What sets a session; null where a token does not fit. */
  rowsOf(session: Session): string[] | null {
    const { s, chunks } = this;
    const c = s.cookies;
    const { seconds, expires, access, id, refresh } = session;
    const hmac = s.keys.sign(this.signedText(expires, access, id, refresh));
    const rows = [c.hmac.set(hmac, seconds), c.expires.set(expires, seconds)];
    const tokens: [Cookie, string, number, Chunks][] = [
      [c.bearer, access, seconds, chunks[0]],
      [c.id, id, session.idSeconds, chunks[1]],
      [c.refresh, refresh, session.refreshSeconds, chunks[2]],
    ];
    for (const [cookie, token, life, before] of tokens) {
      if (token === '') {
        if (before !== NO_CHUNKS) rows.push(...cookie.deleteChunks(before, 0));
        else if (this.all.has(cookie.name)) rows.push(cookie.delete());
        continue;
      }
      const value = s.encrypts ? s.keys.encrypt(token) : token;
      const set =
        s.chunks === null ? [cookie.set(value, life)] : cookie.chunks(value, life, s.chunks.size, s.chunks.most);
      if (set === null) {
        s.stats.oversized.inc();
        return null;
      }
      if (set.length > 1) s.stats.chunked.inc();
      rows.push(...cookie.deleteChunks(before, set.length > 1 ? set.length - 1 : 0), ...set);
    }
    return rows;
  }

  /** What deletes all of them. */
  signOutRows(): string[] {
    const { all, chunks } = this;
    const c = this.s.cookies;
    const rows = [c.hmac, c.bearer, c.id, c.refresh, c.expires].map((cookie) => cookie.delete());
    for (const name of all.keys()) {
      for (const cookie of [c.nonce, c.codeVerifier]) {
        if (cookie.isNamed(name)) rows.push(cookie.delete(name.slice(cookie.name.length)));
      }
    }
    [c.bearer, c.id, c.refresh].forEach((cookie, i) => {
      rows.push(...cookie.deleteChunks(chunks[i], 0));
    });
    return rows;
  }
}
