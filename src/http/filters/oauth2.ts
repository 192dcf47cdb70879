/**
 * envoy.filters.http.oauth2: sends whoever is not logged in to an authorization server, gets tokens for the code that comes back, and keeps
 * them in cookies. Mirrors OAuth2Filter (source/extensions/filters/http/oauth2/filter.cc). Nothing is held between requests but in cookies.
 */
import type { Headers } from '../../codec/headers.ts';
import { refuse, withinAsync } from '../../config/refusal.ts';
import type { HttpOAuth2, OAuth2PerRoute } from '../../config/schema/types.ts';
import { type Formatter, NO_LOG } from '../../format/format-context.ts';
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
import { flowDeletions, found, readCallback, readVerifier, toAuthorizationServer } from './oauth2/flow.ts';
import { SessionCookies, sessionOf } from './oauth2/session.ts';
import { compileSettings, log, type Settings } from './oauth2/settings.ts';
import { type Call, isTokens, type TokenAnswer, type TokenFailure, type Tokens } from './oauth2/token-client.ts';
import { hostAllowed, parseUrl, urlEncode } from './oauth2/urls.ts';

const STATUS = 'x-envoy-oauth-status';
const FAILURE_REASON = 'x-envoy-oauth-failure-reason';

const REDIRECT_FOR_CREDENTIALS = 'oauth.missing_credentials';
const REDIRECT_LOGGED_IN = 'oauth.logged_in';
const REDIRECT_RACE = 'oauth.race_redirect';
const SIGN_OUT = 'oauth.sign_out';
const TOO_LARGE = 'OAuth token exceeds the cookie chunk limit';

class OAuth2Filter extends StreamFilter {
  private readonly own: Settings | null;
  private s!: Settings;
  private cookies!: SessionCookies;
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
    if (s.passThrough.some((m) => m.matches(h))) {
      s.stats.passthrough.inc();
      return CONTINUE;
    }
    if (!s.keys.ready || !s.tokens.ready) return this.unavailable('OAuth2 secrets are not ready');
    if (h.path === '') {
      this.stream.sendLocalReply({ status: 400, body: '', details: 'oauth_missing_path' });
      return STOP;
    }
    const cookies = new SessionCookies(s, h);
    this.cookies = cookies;
    if (!s.keepAuthorization) h.remove('authorization');
    if (s.isSignout(h.path)) return this.signOut(h);
    const callback = s.isCallback(h.path);
    if (!cookies.valid) return callback ? this.exchange(h) : this.notLoggedIn(h);
    s.stats.success.inc();
    this.forwardTokens(h, cookies.value(s.cookies.bearer), cookies.value(s.cookies.id));
    if (callback) return this.alreadyLoggedIn(h);
    cookies.hideFrom(h);
    return CONTINUE;
  }

  override onDestroy(): void {
    this.call?.cancel();
    this.call = null;
  }

  private forwardTokens(h: Headers, access: string, id: string): void {
    const { forwardBearer, forwardId } = this.s;
    if (forwardBearer && access !== '') setHeader(h, 'authorization', `Bearer ${access}`);
    if (forwardId !== null && id !== '') setHeader(h, forwardId.name, forwardId.prefix + id);
  }

  private format(formatter: Formatter, h: Headers): string {
    const { info } = this.stream;
    return formatter({ info, request: h, response: null, responseTrailers: null }, NO_LOG);
  }

  // --- to the authorization server, and back -----------------------------------------------------------------------

  private notLoggedIn(h: Headers): HeadersStatus {
    const { s } = this;
    const token = this.cookies.value(s.cookies.refresh);
    if (s.useRefreshToken && token !== '') {
      log.debug('Trying to update the access token using the refresh token');
      const call = s.tokens.refresh(token, this.stream, (answer) => this.refreshAnswered(answer));
      return this.wait(call, STOP_ALL_WATERMARK);
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

  private redirect(h: Headers): HeadersStatus {
    const { s } = this;
    const own = `${h.scheme === 'http' ? 'http' : 'https'}://${h.authority}`;
    const base = s.originalUri === null ? own : this.format(s.originalUri, h);
    if (!hostAllowed(base, s.allowedDomains)) {
      return this.unauthorized(`authority or original_request_uri failed domain allow-list validation: ${base}`);
    }
    const redirectUri = this.format(s.redirectUri, h);
    if (!hostAllowed(redirectUri, s.allowedDomains)) {
      return this.unauthorized(`redirect_uri failed domain allow-list validation: ${redirectUri}`);
    }
    s.stats.unauthorized.inc();
    return this.answer(toAuthorizationServer(s, base + h.path, redirectUri), REDIRECT_FOR_CREDENTIALS);
  }

  private exchange(h: Headers): HeadersStatus {
    const { s, cookies } = this;
    const { code, url, flow, error } = readCallback(s, h.path, cookies);
    this.flow = flow;
    if (error !== '') return this.unauthorized(error);
    const read = readVerifier(s, cookies, flow);
    if ('error' in read) return this.unauthorized(read.error);
    const done = (answer: TokenAnswer): void => {
      this.call = null;
      if (isTokens(answer)) this.loggedIn(answer, url);
      else this.failed(answer, false);
    };
    const call = s.tokens.exchange(code, this.format(s.redirectUri, h), read.verifier, this.stream, done);
    return this.wait(call, STOP_ALL_BUFFER);
  }

  private wait(call: Call, status: HeadersStatus): HeadersStatus {
    if ('cancel' in call) {
      this.call = call;
      return status;
    }
    return this.failure(call) ? CONTINUE : STOP;
  }

  /** Several requests were sent to log in at once: the others have nothing to do any more. */
  private alreadyLoggedIn(h: Headers): HeadersStatus {
    const { s } = this;
    const { url, flow, error } = readCallback(s, h.path, this.cookies);
    this.flow = flow;
    if (error !== '') return this.unauthorized(error);
    const path = parseUrl(url)?.pathAndQuery ?? '';
    if (s.isCallback(path)) {
      return this.unauthorized(`State url query params matches the redirect path matcher: ${path}`);
    }
    const head = found(url, []);
    for (const row of flowDeletions(s, flow)) head.add('set-cookie', row);
    return this.answer(head, REDIRECT_RACE);
  }

  // --- with tokens -------------------------------------------------------------------------------------------------

  private loggedIn(tokens: Tokens, url: string): void {
    const { s } = this;
    const rows = this.cookies.rowsOf(sessionOf(tokens, s));
    if (rows === null) {
      this.unavailable(TOO_LARGE);
      return;
    }
    s.stats.success.inc();
    this.answer(found(url, [...rows, ...flowDeletions(s, this.flow)]), REDIRECT_LOGGED_IN);
  }

  private refreshAnswered(answer: TokenAnswer): void {
    const { s, stream, cookies } = this;
    this.call = null;
    if (!isTokens(answer)) {
      this.failed(answer, answer.denied);
      return;
    }
    let session = sessionOf(answer, s);
    // Without another one the old one stays.
    if (session.refresh === '') session = { ...session, refresh: cookies.value(s.cookies.refresh) };
    cookies.take(session);
    const { request } = stream;
    this.forwardTokens(request, session.access, session.id);
    cookies.hideFrom(request);
    const rows = cookies.rowsOf(session);
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
  private failed(why: TokenFailure, refreshing: boolean): void {
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
    this.cookies.dropFrom(h);
    h.add(STATUS, 'failed');
    h.add(FAILURE_REASON, reason);
    this.s.stats.allowFailed.inc();
  }

  private unauthorized(details: string): HeadersStatus {
    const { s, stream, flow } = this;
    if (log.debugOn) log.debug(`Responding with 401 Unauthorized. Cause: ${details}`);
    s.stats.failure.inc();
    const headers = flow === '' ? [] : flowDeletions(s, flow).flatMap((row) => ['set-cookie', row]);
    stream.sendLocalReply({ status: 401, body: 'OAuth flow failed.', details, headers });
    return STOP;
  }

  private unavailable(details: string): HeadersStatus {
    this.s.stats.failure.inc();
    this.stream.sendLocalReply({ status: 503, body: 'Service Unavailable', details });
    return STOP;
  }

  private signOut(h: Headers): HeadersStatus {
    const { s, cookies } = this;
    const home = `${h.scheme}://${h.authority}/`;
    let location = home;
    if (s.endSession !== '') {
      const { postLogout } = s;
      location = `${s.endSession}?id_token_hint=${cookies.value(s.cookies.id)}&client_id=${s.clientId}`;
      if (postLogout !== null) {
        const after = postLogout === 'default' ? home : this.format(postLogout, h);
        location += `&post_logout_redirect_uri=${urlEncode(after)}`;
      }
    }
    return this.answer(found(location, cookies.signOutRows()), SIGN_OUT);
  }

  private answer(head: Headers, details: string): HeadersStatus {
    this.stream.info.details = details;
    this.stream.encodeHeaders(head, true);
    return STOP;
  }
}

function setHeader(h: Headers, name: string, value: string): void {
  h.remove(name);
  h.add(name, value);
}

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
