/**
 * envoy.filters.http.oauth2: sends whoever is not logged in to an authorization server, gets tokens for the code that comes back, and keeps
 * them in cookies. Mirrors source/extensions/filters/http/oauth2/filter.cc. Nothing is held between requests but in cookies.
 */
import { Headers } from '../../codec/headers.ts';
import { refuse, withinAsync } from '../../config/refusal.ts';
import type { HttpOAuth2, OAuth2PerRoute } from '../../config/schema/types.ts';
import { isStruct } from '../../config/struct.ts';
import type { Formatter } from '../../format/format-context.ts';
import { NO_LOG } from '../../format/format-context.ts';
import { jsonString } from '../../format/json-text.ts';
import { fromWire, toWire } from '../../platform/wire-text.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import {
  CONTINUE,
  type HeadersStatus,
  type HttpFilterFactory,
  STOP,
  STOP_ALL_BUFFER,
  STOP_ALL_WATERMARK,
  StreamFilter,
} from '../stream/filter.ts';
import { isJwt, parseJwt } from './jwt/token.ts';
import { type Chunks, type Cookie, type Cookies, NO_CHUNKS, parseCookies, writeCookies } from './oauth2/cookies.ts';
import { codeChallenge, fromBase64Url, newCodeVerifier, newFlowId } from './oauth2/crypto.ts';
import { compileSettings, log, type Settings } from './oauth2/settings.ts';
import { type Call, isTokens, type TokenAnswer, type TokenFailure, type Tokens } from './oauth2/token-client.ts';
import { hostAllowed, parseQuery, parseUrl, queryText, urlEncode } from './oauth2/urls.ts';

const STATUS = 'x-envoy-oauth-status';
const FAILURE_REASON = 'x-envoy-oauth-failure-reason';
/** What can be the value of a header. */
const HEADER_VALUE = /^[\t -~\x80-\xff]*$/;

/** RFC 7636 section 4.1. */
const CODE_VERIFIER = /^[A-Za-z0-9\-._~]+$/;

const REDIRECT_FOR_CREDENTIALS = 'oauth.missing_credentials';
const REDIRECT_LOGGED_IN = 'oauth.logged_in';
const REDIRECT_RACE = 'oauth.race_redirect';
const SIGN_OUT = 'oauth.sign_out';
const TOO_LARGE = 'OAuth token exceeds the cookie chunk limit';

/** What came back from the authorization server. */
interface Callback {
  readonly code: string;
  /** Where the client wanted to go. */
  readonly url: string;
  /** '' as long as nobody has shown that it is ours. */
  readonly flow: string;
  /** '' where it is sound. */
  readonly error: string;
}

/** The tokens that cookies are made of. */
interface Session {
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

const NOW = (): number => Math.floor(Date.now() / 1000);

class OAuth2Filter extends StreamFilter {
  private readonly own: Settings | null;
  private s!: Settings;
  private host = '';
  private cookies!: Cookies;
  /** Of bearer, ID and refresh token, as the client has them. */
  private chunks: readonly Chunks[] = [NO_CHUNKS, NO_CHUNKS, NO_CHUNKS];
  private flow = '';
  private call: { cancel(): void } | null = null;
  /** Of a token that was refreshed: the answer has these. */
  private refreshed: readonly string[] | null = null;

  constructor(own: Settings | null) {
    super();
    this.own = own;
  }

  override decodeHeaders(h: Headers): HeadersStatus {
    // Nobody else says so.
    h.remove(STATUS);
    h.remove(FAILURE_REASON);
    const s = this.stream.routeConfig<{ settings: Settings }>(this)?.settings ?? this.own;
    if (s === null) return CONTINUE;
    this.s = s;
    if (s.forwardId !== null && s.forwardId.name !== 'authorization') h.remove(s.forwardId.name);
    for (const matcher of s.passThrough) {
      if (matcher.matches(h)) {
        s.stats.passthrough.inc();
        return CONTINUE;
      }
    }
    if (!s.keys.ready || !s.tokens.ready) return this.unavailable('OAuth2 secrets are not ready');
    if (h.path === '') {
      this.stream.sendLocalReply({ status: 400, body: '', details: 'oauth_missing_path' });
      return STOP;
    }
    this.readCookies(h);
    if (!s.keepAuthorization) h.remove('authorization');
    this.host = h.authority;
    if (s.isSignout(h.path)) return this.signOut(h);
    const callback = s.isCallback(h.path);
    if (this.isLoggedIn(h)) {
      if (callback) return this.alreadyLoggedIn(h);
      this.hideCookies(h);
      return CONTINUE;
    }
    return callback ? this.exchange(h) : this.notLoggedIn(h);
  }

  override onDestroy(): void {
    this.call?.cancel();
    this.call = null;
  }

  // --- cookies of the request --------------------------------------------------------------------------------------

  /** Pieces are put together, tokens decrypted. */
  private readCookies(h: Headers): void {
    const { s } = this;
    const cookies = parseCookies(h);
    this.cookies = cookies;
    if (cookies.size === 0) return;
    const { bearer, id, refresh } = s.cookies;
    this.chunks = [bearer, id, refresh].map((cookie) => {
      const chunks = cookie.reassemble(cookies);
      if (chunks !== NO_CHUNKS) (chunks.sound ? s.stats.reassembled : s.stats.malformedChunks).inc();
      return chunks;
    });
    if (!s.encrypts) return;
    for (const { name } of [bearer, id, refresh]) {
      const value = cookies.get(name) ?? '';
      if (value !== '') cookies.set(name, this.decrypted(value));
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

  private value({ name }: Cookie): string {
    return this.cookies.get(name) ?? '';
  }

  /** What is of the flow, not of the user, stays here. */
  private hideCookies(h: Headers): void {
    const { cookies, s } = this;
    if (cookies.size === 0) return;
    const { hmac, expires, refresh, nonce, codeVerifier } = s.cookies;
    for (const { name } of [hmac, expires, refresh]) cookies.delete(name);
    for (const name of [...cookies.keys()]) {
      if (name === nonce.name || name.startsWith(`${nonce.name}.`)) cookies.delete(name);
      else if (name === codeVerifier.name || name.startsWith(`${codeVerifier.name}.`)) cookies.delete(name);
    }
    writeCookies(h, cookies);
  }

  private signedText(expires: string, access: string, id: string, refresh: string): string {
    return `${this.s.cookieDomain || this.host}\n${expires}\n${access}\n${id}\n${refresh}`;
  }

  private isLoggedIn(h: Headers): boolean {
    const { s } = this;
    const c = s.cookies;
    const hmac = this.value(c.hmac);
    const expires = this.value(c.expires);
    const access = this.value(c.bearer);
    const id = this.value(c.id);
    if (hmac === '' || !s.keys.signed(this.signedText(expires, access, id, this.value(c.refresh)), hmac)) return false;
    if (!/^\d{1,20}$/.test(expires) || Number(expires) * 1000 <= Date.now()) return false;
    s.stats.success.inc();
    this.forwardTokens(h, access, id);
    return true;
  }

  private forwardTokens(h: Headers, access: string, id: string): void {
    const { forwardBearer, forwardId } = this.s;
    if (forwardBearer && access !== '') setHeader(h, 'authorization', `Bearer ${access}`);
    if (forwardId !== null && id !== '') setHeader(h, forwardId.name, forwardId.prefix + id);
  }

  // --- to the authorization server ---------------------------------------------------------------------------------

  private notLoggedIn(h: Headers): HeadersStatus {
    const { s } = this;
    const token = this.value(s.cookies.refresh);
    if (s.useRefreshToken && token !== '') {
      log.debug('Trying to update the access token using the refresh token');
      return this.wait(
        s.tokens.refresh(token, this.stream, (answer) => this.refreshAnswered(answer)),
        STOP_ALL_WATERMARK,
      );
    }
    if (this.mayFail(h)) {
      const reason = `Unauthorized, and forwarding as unauthorized because OAuth failure is allowed: ${h.path}`;
      this.goOnUnauthorized(h, reason);
      return CONTINUE;
    }
    if (s.denyRedirect.some((m) => m.matches(h))) {
      return this.unauthorized(`Unauthorized, and redirecting to OAuth server is not allowed: ${h.path}`);
    }
    return this.redirect(h);
  }

  private format(formatter: Formatter, h: Headers): string {
    const { info } = this.stream;
    return formatter({ info, request: h, response: null, responseTrailers: null }, NO_LOG);
  }

  private redirect(h: Headers): HeadersStatus {
    const { s } = this;
    const { keys, allowedDomains, cookies } = s;
    const base =
      s.originalUri === null
        ? `${h.scheme === 'http' ? 'http' : 'https'}://${this.host}`
        : this.format(s.originalUri, h);
    if (!hostAllowed(base, allowedDomains)) {
      return this.unauthorized(`authority or original_request_uri failed domain allow-list validation: ${base}`);
    }
    const redirectUri = this.format(s.redirectUri, h);
    if (!hostAllowed(redirectUri, allowedDomains)) {
      return this.unauthorized(`redirect_uri failed domain allow-list validation: ${redirectUri}`);
    }
    const flow = newFlowId();
    const token = keys.csrfToken(flow);
    const verifier = newCodeVerifier();
    const kept = keys.encrypt(verifier);
    const head = found();
    // Without the flow's id too: for releases that know no flows.
    for (const suffix of [`.${flow}`, '']) head.add('set-cookie', cookies.nonce.set(token, s.nonceSeconds, suffix));
    for (const suffix of [`.${flow}`, '']) {
      head.add('set-cookie', cookies.codeVerifier.set(kept, s.verifierSeconds, suffix));
    }
    const url = jsonString(base + h.path);
    const state = `{"url":${url},"csrf_token":${jsonString(token)},"flow_id":${jsonString(flow)}}`;
    const parameters = new Map(s.authorizationParameters);
    parameters.set('state', [Buffer.from(state, 'latin1').toString('base64url')]);
    parameters.set('redirect_uri', [urlEncode(redirectUri)]);
    parameters.set('code_challenge', [codeChallenge(verifier)]);
    parameters.set('code_challenge_method', ['S256']);
    setLocation(head, s.authorization + queryText(parameters) + s.resources);
    s.stats.unauthorized.inc();
    return this.answer(head, REDIRECT_FOR_CREDENTIALS);
  }

  // --- back from it ------------------------------------------------------------------------------------------------

  private exchange(h: Headers): HeadersStatus {
    const { s } = this;
    const { code, url, flow, error } = this.readCallback(h);
    this.flow = flow;
    if (error !== '') return this.unauthorized(error);
    const encrypted = this.flowCookie(s.cookies.codeVerifier, flow);
    if (encrypted === '') return this.unauthorized('Code verifier cookie is missing in the request');
    const verifier = s.keys.decrypt(encrypted);
    // What a client has changed is no part of our request.
    const wrong = verifier.error || (CODE_VERIFIER.test(verifier.text) ? '' : 'Invalid encrypted data');
    if (wrong !== '') return this.unauthorized(`Failed to decrypt code verifier: ${encrypted}, error: ${wrong}`);
    if (verifier.legacy) s.stats.legacyCbc.inc();
    const redirectUri = this.format(s.redirectUri, h);
    const done = (answer: TokenAnswer): void => {
      this.call = null;
      if (isTokens(answer)) this.loggedIn(answer, url);
      else this.failed(answer);
    };
    return this.wait(s.tokens.exchange(code, redirectUri, verifier.text, this.stream, done), STOP_ALL_BUFFER);
  }

  private wait(call: Call, status: HeadersStatus): HeadersStatus {
    if ('cancel' in call) {
      this.call = call;
      return status;
    }
    return this.failure(call) ? CONTINUE : STOP;
  }

  private flowCookie(cookie: Cookie, flow: string): string {
    return this.cookies.get(`${cookie.name}.${flow}`) || this.value(cookie);
  }

  private readCallback(h: Headers): Callback {
    const query = parseQuery(h.path);
    const [state] = query.get('state') ?? [];
    const [code] = query.get('code') ?? [];
    const wrong = (error: string, flow = ''): Callback => ({ code: '', url: '', flow, error });
    if (query.has('error')) {
      const flow = state === undefined ? '' : this.readState(state).flow;
      return wrong(`OAuth server returned an error: ${queryText(query)}`, flow);
    }
    if (code === undefined || state === undefined) {
      return wrong(`Code or state query param does not exist: ${queryText(query)}`);
    }
    return { ...this.readState(state), code };
  }

  private readState(state: string): Callback {
    const { s } = this;
    const wrong = (error: string, flow = ''): Callback => ({ code: '', url: '', flow, error });
    const text = fromBase64Url(state)?.toString('latin1') ?? '';
    const fields = parseObject(text);
    if (fields === null) return wrong(`State query param is not a valid JSON: ${text}`);
    if (!Object.hasOwn(fields, 'url') || !Object.hasOwn(fields, 'csrf_token')) {
      return wrong(`State query param does not contain url or CSRF token: ${text}`);
    }
    const token = textOf(fields['csrf_token']);
    const flow = textOf(fields['flow_id']);
    const cookie = this.flowCookie(s.cookies.nonce, flow);
    if (cookie === '' || !s.keys.csrfValid(token, cookie)) return wrong('CSRF token validation failed');
    const url = textOf(fields['url']);
    if (parseUrl(url) === null) return wrong(`State url can not be initialized: ${url}`, flow);
    if (!hostAllowed(url, s.allowedDomains)) {
      return wrong(`State url host is not in the allowed redirect domains: ${url}`, flow);
    }
    return { code: '', url, flow, error: '' };
  }

  /** Several requests were sent to log in at once: the others have nothing to do any more. */
  private alreadyLoggedIn(h: Headers): HeadersStatus {
    const { url, flow, error } = this.readCallback(h);
    this.flow = flow;
    if (error !== '') return this.unauthorized(error);
    const path = parseUrl(url)?.pathAndQuery ?? '';
    if (this.s.isCallback(path)) {
      return this.unauthorized(`State url query params matches the redirect path matcher: ${path}`);
    }
    const head = found();
    setLocation(head, url);
    this.deleteFlow(head);
    return this.answer(head, REDIRECT_RACE);
  }

  private deleteFlow(head: Headers): void {
    const { nonce, codeVerifier } = this.s.cookies;
    for (const row of this.flowDeletions(nonce, codeVerifier)) head.add('set-cookie', row);
  }
  private flowDeletions(...cookies: readonly Cookie[]): string[] {
    const { flow } = this;
    return cookies.flatMap((c) => (flow === '' ? [c.delete()] : [c.delete(`.${flow}`), c.delete()]));
  }

  // --- with tokens -------------------------------------------------------------------------------------------------

  private session({ access, id, refresh, seconds }: Tokens): Session {
    const { s } = this;
    return {
      access: s.keepsAccess ? access : '',
      id: s.keepsId ? id : '',
      refresh: s.useRefreshToken && s.keepsRefresh ? refresh : '',
      seconds,
      idSeconds: s.idLivesAsAccess ? seconds : lifeOf(id, seconds),
      refreshSeconds: s.useRefreshToken ? lifeOf(refresh, s.refreshSeconds) : seconds,
      expires: String(NOW() + seconds),
    };
  }

  private hmacOf({ expires, access, id, refresh }: Session): string {
    return this.s.keys.sign(this.signedText(expires, access, id, refresh));
  }

  /** Null where a token does not fit. `cookies`: those of the request. */
  private sessionCookies(session: Session, cookies: ReadonlyMap<string, string>): string[] | null {
    const { s, chunks } = this;
    const c = s.cookies;
    const { seconds } = session;
    const rows = [c.hmac.set(this.hmacOf(session), seconds), c.expires.set(session.expires, seconds)];
    const tokens: [Cookie, string, number, Chunks][] = [
      [c.bearer, session.access, seconds, chunks[0]],
      [c.id, session.id, session.idSeconds, chunks[1]],
      [c.refresh, session.refresh, session.refreshSeconds, chunks[2]],
    ];
    for (const [cookie, token, life, before] of tokens) {
      if (token === '') {
        if (before !== NO_CHUNKS) rows.push(...cookie.deleteChunks(before, 0));
        else if (cookies.has(cookie.name)) rows.push(cookie.delete());
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

  private loggedIn(tokens: Tokens, url: string): void {
    const rows = this.sessionCookies(this.session(tokens), this.cookies);
    if (rows === null) {
      this.unavailable(TOO_LARGE);
      return;
    }
    const head = found();
    for (const row of rows) head.add('set-cookie', row);
    this.deleteFlow(head);
    setLocation(head, url);
    this.s.stats.success.inc();
    this.answer(head, REDIRECT_LOGGED_IN);
  }

  private refreshAnswered(answer: TokenAnswer): void {
    const { s, stream } = this;
    this.call = null;
    if (!isTokens(answer)) {
      this.failed(answer, answer.denied);
      return;
    }
    const { cookies } = this;
    const c = s.cookies;
    let session = this.session(answer);
    // Without another one the old one stays.
    if (session.refresh === '') session = { ...session, refresh: this.value(c.refresh) };
    cookies.set(c.expires.name, session.expires);
    if (session.access !== '') cookies.set(c.bearer.name, session.access);
    if (session.id !== '') cookies.set(c.id.name, session.id);
    cookies.set(c.refresh.name, session.refresh);
    const { request } = stream;
    this.forwardTokens(request, session.access, session.id);
    this.hideCookies(request);
    const rows = this.sessionCookies(session, cookies);
    if (rows === null) {
      this.unavailable(TOO_LARGE);
      return;
    }
    this.refreshed = rows;
    s.stats.refreshSuccess.inc();
    s.stats.success.inc();
    stream.continueDecoding(this);
  }

  override encodeHeaders(h: Headers): HeadersStatus {
    const { refreshed } = this;
    if (refreshed !== null) {
      for (const row of refreshed) h.add('set-cookie', row);
      this.refreshed = null;
    }
    return CONTINUE;
  }

  // --- without -----------------------------------------------------------------------------------------------------

  /** `refreshing`: log in instead. */
  private failed(why: TokenFailure, refreshing = false): void {
    const goesOn = refreshing ? this.refreshFailed() : this.failure(why);
    if (goesOn) this.stream.continueDecoding(this);
  }

  /** Whether the request goes on. */
  private failure({ reason, details }: TokenFailure): boolean {
    const { request } = this.stream;
    if (this.mayFail(request)) {
      this.goOnUnauthorized(request, reason);
      return true;
    }
    this.unauthorized(details === '' ? reason : `${reason}: ${details}`);
    return false;
  }

  private refreshFailed(): boolean {
    const { s } = this;
    const { request } = this.stream;
    s.stats.refreshFailure.inc();
    if (this.mayFail(request)) {
      const reason =
        'Failed to refresh the access token, and forwarding as unauthorized because OAuth failure is allowed';
      this.goOnUnauthorized(request, reason);
      return true;
    }
    if (s.denyRedirect.some((m) => m.matches(request))) {
      this.unauthorized('Failed to refresh the access token, and redirecting to OAuth server is not allowed');
    } else this.redirect(request);
    return false;
  }

  /** Never for what comes from the authorization server: that is for us. */
  private mayFail(h: Headers): boolean {
    const { isCallback, allowFailed } = this.s;
    return !isCallback(h.path) && allowFailed.some((m) => m.matches(h));
  }

  private goOnUnauthorized(h: Headers, reason: string): void {
    const { cookies, s } = this;
    cookies.delete(s.cookies.bearer.name);
    cookies.delete(s.cookies.id.name);
    this.hideCookies(h);
    h.add(STATUS, 'failed');
    h.add(FAILURE_REASON, reason);
    s.stats.allowFailed.inc();
  }

  private unauthorized(details: string): HeadersStatus {
    const { s, stream, flow } = this;
    if (log.debugOn) log.debug(`Responding with 401 Unauthorized. Cause: ${details}`);
    s.stats.failure.inc();
    const rows = flow === '' ? [] : this.flowDeletions(s.cookies.nonce, s.cookies.codeVerifier);
    const headers = rows.flatMap((row) => ['set-cookie', row]);
    stream.sendLocalReply({ status: 401, body: 'OAuth flow failed.', details, headers });
    return STOP;
  }

  private unavailable(details: string): HeadersStatus {
    this.s.stats.failure.inc();
    this.stream.sendLocalReply({ status: 503, body: 'Service Unavailable', details });
    return STOP;
  }

  // --- out ---------------------------------------------------------------------------------------------------------

  private signOut(h: Headers): HeadersStatus {
    const { s, chunks, host } = this;
    const c = s.cookies;
    const head = found();
    const rows = [c.hmac, c.bearer, c.id, c.refresh, c.expires].map((cookie) => cookie.delete());
    for (const name of this.cookies.keys()) {
      for (const cookie of [c.nonce, c.codeVerifier]) {
        if (cookie.isNamed(name)) rows.push(cookie.delete(name.slice(cookie.name.length)));
      }
    }
    [c.bearer, c.id, c.refresh].forEach((cookie, i) => {
      rows.push(...cookie.deleteChunks(chunks[i], 0));
    });
    for (const row of rows) head.add('set-cookie', row);
    let location = `${h.scheme}://${host}/`;
    if (s.endSession !== '') {
      const { postLogout } = s;
      const after = postLogout === 'default' || postLogout === null ? location : this.format(postLogout, h);
      location = `${s.endSession}?id_token_hint=${this.value(c.id)}&client_id=${s.clientId}`;
      if (postLogout !== null) location += `&post_logout_redirect_uri=${urlEncode(after)}`;
    }
    setLocation(head, location);
    return this.answer(head, SIGN_OUT);
  }

  private answer(head: Headers, details: string): HeadersStatus {
    this.stream.info.details = details;
    this.stream.encodeHeaders(head, true);
    return STOP;
  }
}

function found(): Headers {
  const head = new Headers();
  head.status = 302;
  return head;
}

/** Without what would end it: what a client sent stands in it. */
function setLocation(head: Headers, url: string): void {
  head.add('location', url.replace(/[\0\r\n]/g, ''));
}

function setHeader(h: Headers, name: string, value: string): void {
  h.remove(name);
  h.add(name, value);
}

/** Until `exp` of a JWT; `otherwise` of what is none. Seconds. */
function lifeOf(token: string, otherwise: number): number {
  const parsed = token === '' ? null : parseJwt(token);
  if (parsed === null || !isJwt(parsed) || parsed.exp === 0) return otherwise;
  return Math.max(parsed.exp - NOW(), 0);
}

function parseObject(wire: string): Record<string, unknown> | null {
  const text = fromWire(wire);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isStruct(value) ? value : null;
  } catch {
    return null;
  }
}
const textOf = (value: unknown): string => (typeof value === 'string' ? toWire(value) : '');

export async function create({ config }: HttpOAuth2, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  const own = config === undefined ? null : await compileSettings(config, ctx, ctx.httpStats.scope);
  let building: Promise<void>[] = [];
  return {
    terminal: false,
    create: () => new OAuth2Filter(own),
    createRoute: (message) => {
      const { config: ofRoute } = message as OAuth2PerRoute;
      if (ofRoute === undefined) return refuse(message as object, 'config', 'value is required');
      const route: { settings: Settings | null } = { settings: null };
      const built = withinAsync(ofRoute, async () => {
        route.settings = await compileSettings(ofRoute, ctx, ctx.store.scope(''));
      });
      // Whoever awaits `settled` hears of it.
      built.catch(() => {});
      building.push(built);
      return route;
    },
    settled: async () => {
      const all = building;
      building = [];
      await Promise.all(all);
    },
  };
}
