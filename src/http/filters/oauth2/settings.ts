/** OAuth2Config, compiled: of the filter or of a route. Mirrors FilterConfig (source/extensions/filters/http/oauth2/filter.cc) and config.cc. */
import { about, refuse } from '../../../config/refusal.ts';
import type {
  CookieConfigs,
  HeaderMatcher as HeaderMatcherMessage,
  OAuth2Config,
  OAuth2Credentials,
  SdsSecretConfig,
} from '../../../config/schema/types.ts';
import { compileText } from '../../../format/compile.ts';
import type { Formatter } from '../../../format/format-context.ts';
import { logger } from '../../../log/logger.ts';
import { asciiLower, isWritableName, toWire } from '../../../platform/wire-text.ts';
import type { GenericSecretValue } from '../../../secrets/generic-secret.ts';
import type { Counter, Scope } from '../../../stats/store.ts';
import type { HttpFactoryContext } from '../../factory-context.ts';
import { HeaderMatcher } from '../../headers/header-matcher.ts';
import { filterRegexes, type StringTest } from '../../headers/regex.ts';
import { urlPathTest } from '../url-path.ts';
import { Cookie } from './cookies.ts';
import { Keys } from './crypto.ts';
import { TokenClient } from './token-client.ts';
import { type Parameters, parseQuery, urlEncode } from './urls.ts';

export const log = logger('oauth2');

const DEFAULT_FLOW_SECONDS = 600;
const DEFAULT_REFRESH_SECONDS = 604_800;
const DEFAULT_COOKIE_BYTES = 4096;
const DEFAULT_CHUNKS = 8;

/** `http.<p>.<stat_prefix>`; of a route `<stat_prefix>` alone. */
export class OAuth2Stats {
  readonly unauthorized: Counter;
  readonly failure: Counter;
  readonly passthrough: Counter;
  readonly success: Counter;
  readonly refreshSuccess: Counter;
  readonly refreshFailure: Counter;
  readonly allowFailed: Counter;
  readonly legacyCbc: Counter;
  readonly chunked: Counter;
  readonly reassembled: Counter;
  readonly malformedChunks: Counter;
  readonly oversized: Counter;

  constructor(scope: Scope, prefix: string) {
    const counter = (name: string): Counter => scope.counter(`${prefix}oauth_${name}`);
    this.unauthorized = counter('unauthorized_rq');
    this.failure = counter('failure');
    this.passthrough = counter('passthrough');
    this.success = counter('success');
    this.refreshSuccess = counter('refreshtoken_success');
    this.refreshFailure = counter('refreshtoken_failure');
    this.allowFailed = counter('allow_failed_passthrough');
    this.legacyCbc = counter('legacy_cbc_decrypt');
    this.chunked = counter('token_cookie_chunked');
    this.reassembled = counter('token_cookie_reassembled');
    this.malformedChunks = counter('token_cookie_malformed_chunks');
    this.oversized = counter('token_cookie_oversized');
  }
}

export interface CookieSet {
  readonly hmac: Cookie;
  readonly expires: Cookie;
  readonly bearer: Cookie;
  readonly id: Cookie;
  readonly refresh: Cookie;
  readonly nonce: Cookie;
  readonly codeVerifier: Cookie;
}

/** Where the ID token goes. */
export interface IdTokenHeader {
  /** Lower case. */
  readonly name: string;
  readonly prefix: string;
}

export interface Settings {
  readonly stats: OAuth2Stats;
  readonly keys: Keys;
  readonly tokens: TokenClient;
  readonly cookies: CookieSet;
  readonly clientId: string;
  /** '' for the request's own host. */
  readonly cookieDomain: string;
  /** Up to its query, and the query. */
  readonly authorization: string;
  readonly authorizationParameters: Parameters;
  /** Behind everything else. */
  readonly resources: string;
  readonly redirectUri: Formatter;
  /** Null: the request's own. */
  readonly originalUri: Formatter | null;
  readonly allowedDomains: readonly string[];
  /** '' for none. */
  readonly endSession: string;
  /** Null: left out. `default`: the request's own. */
  readonly postLogout: Formatter | 'default' | null;
  readonly isCallback: StringTest;
  readonly isSignout: StringTest;
  readonly passThrough: readonly HeaderMatcher[];
  readonly denyRedirect: readonly HeaderMatcher[];
  readonly allowFailed: readonly HeaderMatcher[];
  readonly forwardBearer: boolean;
  readonly forwardId: IdTokenHeader | null;
  readonly keepAuthorization: boolean;
  readonly useRefreshToken: boolean;
  readonly keepsAccess: boolean;
  readonly keepsId: boolean;
  readonly keepsRefresh: boolean;
  readonly encrypts: boolean;
  readonly idLivesAsAccess: boolean;
  readonly refreshSeconds: number;
  readonly nonceSeconds: number;
  readonly verifierSeconds: number;
  /** Null: one cookie a token. */
  readonly chunks: { readonly size: number; readonly most: number } | null;
}

/** Whole seconds, as Envoy takes a duration. */
const seconds = (ms: number | undefined, otherwise: number): number =>
  ms === undefined ? otherwise : Math.floor(ms / 1000);

function cookieSet({ cookieNames = {}, cookieDomain = '' }: OAuth2Credentials, c: CookieConfigs): CookieSet {
  const domain = toWire(cookieDomain);
  const name = (own: string | undefined, usual: string): string => toWire(own ?? '') || usual;
  const n = cookieNames;
  return {
    hmac: new Cookie(name(n.oauthHmac, 'OauthHMAC'), c.oauthHmacCookieConfig, domain),
    expires: new Cookie(name(n.oauthExpires, 'OauthExpires'), c.oauthExpiresCookieConfig, domain),
    bearer: new Cookie(name(n.bearerToken, 'BearerToken'), c.bearerTokenCookieConfig, domain),
    id: new Cookie(name(n.idToken, 'IdToken'), c.idTokenCookieConfig, domain),
    refresh: new Cookie(name(n.refreshToken, 'RefreshToken'), c.refreshTokenCookieConfig, domain),
    nonce: new Cookie(name(n.oauthNonce, 'OauthNonce'), c.oauthNonceCookieConfig, domain),
    codeVerifier: new Cookie(name(n.codeVerifier, 'CodeVerifier'), c.codeVerifierCookieConfig, domain),
  };
}

function idTokenHeader(c: OAuth2Config): IdTokenHeader | null {
  if (c.forwardIdToken === undefined) return null;
  const { header = '' } = c.forwardIdToken;
  const name = asciiLower(toWire(header));
  if (name === 'host' || !isWritableName(name)) {
    refuse(
      c.forwardIdToken,
      'header',
      `invalid forward_id_token configuration: header '${header}' can not be used to forward the ID token; pseudo-headers and the Host header are not allowed`,
    );
  }
  return { name, prefix: name === 'authorization' ? 'Bearer ' : '' };
}

/** A host alone has a path. */
const withPath = (url: string): string => (/^[^:]+:\/\/[^/#]+$/.test(url) ? `${url}/` : url);

async function secretOf(
  config: SdsSecretConfig | undefined,
  ctx: HttpFactoryContext,
  about: OAuth2Credentials,
  field: string,
  message: string,
): Promise<GenericSecretValue> {
  const secret = config === undefined ? null : await (await ctx.secrets()).generic(config);
  return secret ?? refuse(about, field, message);
}

/** What of the client's secret is needed: nothing of it where a certificate speaks for the client. */
async function clientSecret(c: OAuth2Config, ctx: HttpFactoryContext): Promise<GenericSecretValue | null> {
  const { credentials = {}, authType } = c;
  const { tokenSecret } = credentials;
  if (authType === 'TLS_CLIENT_AUTH') {
    if (tokenSecret !== undefined) log.warn('OAuth2 filter: token_secret is ignored when auth_type is TLS_CLIENT_AUTH');
    return null;
  }
  if (tokenSecret === undefined) {
    refuse(credentials, 'token_secret', 'token_secret is required when auth_type is not TLS_CLIENT_AUTH');
  }
  return secretOf(tokenSecret, ctx, credentials, 'token_secret', 'invalid token secret configuration');
}

/** `scope`, `prefix`: of the statistics. */
export async function compileSettings(c: OAuth2Config, ctx: HttpFactoryContext, scope: Scope): Promise<Settings> {
  const { credentials = {}, authScopes = [], resources = [], endSessionEndpoint = '', authorizationEndpoint = '' } = c;
  const forwardId = idTokenHeader(c);
  const inAuthorization = [c.forwardBearerToken, c.preserveAuthorizationHeader, forwardId?.name === 'authorization'];
  if (inAuthorization.filter((b) => b === true).length > 1) {
    refuse(
      c,
      '',
      'invalid OAuth2 configuration: at most one of forward_bearer_token, preserve_authorization_header, or forward_id_token (when forwarding the ID token on the Authorization header) may be set, as they all use the Authorization header',
    );
  }
  const authorization = toWire(authorizationEndpoint);
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#\0- \x7f]/i.test(authorization)) {
    const message = `OAuth2 filter: invalid authorization endpoint URL '${authorizationEndpoint}' in config.`;
    refuse(c, 'authorization_endpoint', message);
  }
  if (endSessionEndpoint !== '' && !authScopes.includes('openid')) {
    const message = 'OAuth2 filter: end session endpoint is only supported for OpenID Connect.';
    refuse(c, 'end_session_endpoint', message);
  }
  const regex = await filterRegexes(c, ctx.envoy16);
  const matchers = (list: readonly HeaderMatcherMessage[] = []): HeaderMatcher[] =>
    list.map((m) => new HeaderMatcher(m, regex));
  const format = (text: string, message: object, field: string): Formatter =>
    about(message, field, () => compileText(text, ctx.format));
  const secret = await clientSecret(c, ctx);
  const hmac = await secretOf(
    credentials.hmacSecret,
    ctx,
    credentials,
    'hmac_secret',
    'invalid HMAC secret configuration',
  );

  const parameters = parseQuery(authorization);
  const clientId = toWire(credentials.clientId ?? '');
  parameters.set('client_id', [clientId]);
  parameters.set('response_type', ['code']);
  parameters.set('scope', [urlEncode(toWire(authScopes.length === 0 ? 'user' : authScopes.join(' ')))]);
  const mark = authorization.indexOf('?');
  const chunking = c.tokenCookieChunking;
  const postLogout = c.postLogoutRedirectUri;
  const { originalRequestUri = '' } = c;
  return {
    stats: new OAuth2Stats(scope, c.statPrefix ?? ''),
    keys: new Keys(hmac),
    tokens: new TokenClient(c, secret, ctx),
    cookies: cookieSet(credentials, c.cookieConfigs ?? {}),
    clientId,
    cookieDomain: toWire(credentials.cookieDomain ?? ''),
    authorization: mark >= 0 ? authorization.slice(0, mark) : withPath(authorization),
    authorizationParameters: parameters,
    resources: resources.map((r) => `&resource=${urlEncode(toWire(r))}`).join(''),
    redirectUri: format(c.redirectUri ?? '', c, 'redirect_uri'),
    originalUri: originalRequestUri === '' ? null : format(originalRequestUri, c, 'original_request_uri'),
    allowedDomains: (c.allowedRedirectDomains ?? []).map(toWire),
    endSession: toWire(endSessionEndpoint),
    postLogout:
      postLogout?.uri !== undefined
        ? format(postLogout.uri, postLogout, 'uri')
        : postLogout?.disabled === true
          ? null
          : 'default',
    isCallback: urlPathTest(c.redirectPathMatcher, regex),
    isSignout: urlPathTest(c.signoutPath, regex),
    passThrough: matchers(c.passThroughMatcher),
    denyRedirect: matchers(c.denyRedirectMatcher),
    allowFailed: matchers(c.allowFailedMatcher),
    forwardBearer: c.forwardBearerToken ?? false,
    forwardId,
    keepAuthorization: c.preserveAuthorizationHeader ?? false,
    useRefreshToken: c.useRefreshToken ?? true,
    keepsAccess: !(c.disableAccessTokenSetCookie ?? false),
    keepsId: !(c.disableIdTokenSetCookie ?? false),
    keepsRefresh: !(c.disableRefreshTokenSetCookie ?? false),
    encrypts: !(c.disableTokenEncryption ?? false),
    idLivesAsAccess: c.useAccessTokenExpiryForIdTokenCookie ?? false,
    refreshSeconds: seconds(c.defaultRefreshTokenExpiresIn, DEFAULT_REFRESH_SECONDS),
    nonceSeconds: seconds(c.csrfTokenExpiresIn, DEFAULT_FLOW_SECONDS),
    verifierSeconds: seconds(c.codeVerifierTokenExpiresIn, DEFAULT_FLOW_SECONDS),
    chunks:
      chunking === undefined
        ? null
        : { size: chunking.maxCookieSize ?? DEFAULT_COOKIE_BYTES, most: chunking.maxChunks ?? DEFAULT_CHUNKS },
  };
}
