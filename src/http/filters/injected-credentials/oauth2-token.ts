/**
 * A token that is got by the client credentials grant (RFC 6749 section 4.4), and got anew when half of its life is over. Mirrors
 * source/extensions/http/injected_credentials/oauth2/{token_provider,oauth_client}.cc. Each event loop has its own (H302).
 */
import { refuse } from '../../../config/refusal.ts';
import type { OAuth2 } from '../../../config/schema/types.ts';
import { isStruct } from '../../../config/struct.ts';
import { logger } from '../../../log/logger.ts';
import { isWritableValue, percentEncode, toWire } from '../../../platform/wire-text.ts';
import type { GenericSecretValue } from '../../../secrets/generic-secret.ts';
import type { Counter, Scope } from '../../../stats/store.ts';
import type { AsyncClient, AsyncOptions, AsyncResponse } from '../../../upstream/async.ts';
import type { ClusterRef } from '../../../upstream/cluster-ref.ts';
import type { HttpFactoryContext } from '../../factory-context.ts';
import type { Credentials } from '../credential-injector.ts';
import { type Refreshed, refreshIn } from '../refresh.ts';
import { headFor } from '../service-uri.ts';

const log = logger('credential_injector');

/** token_fetch_retry_interval, ms. */
const DEFAULT_RETRY_MS = 2000;
/** Bytes of an answer. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** A token whose life is shorter than twice this is not asked for without a pause, ms (H303). */
const MIN_REFRESH_MS = 1000;
/** A life that is longer is for ever. */
const MAX_SECONDS = Number.MAX_SAFE_INTEGER / 1000;

/** `http.<p>.credential_injector.oauth2.` */
class TokenStats {
  readonly requested: Counter;
  readonly fetched: Counter;
  readonly noSecret: Counter;
  readonly noCluster: Counter;
  readonly reset: Counter;
  readonly badToken: Counter;
  readonly badCode: Counter;

  constructor(scope: Scope) {
    this.requested = scope.counter('token_requested');
    this.fetched = scope.counter('token_fetched');
    this.noSecret = scope.counter('token_fetch_failed_on_client_secret');
    this.noCluster = scope.counter('token_fetch_failed_on_cluster_not_found');
    this.reset = scope.counter('token_fetch_failed_on_stream_reset');
    this.badToken = scope.counter('token_fetch_failed_on_bad_token');
    this.badCode = scope.counter('token_fetch_failed_on_bad_response_code');
  }
}

/** As a form has it; a blank is %20. */
function formEncoded(bytes: Buffer): string {
  return percentEncode(bytes.toString('latin1'), /[^A-Za-z0-9*\-._]/g);
}
const formText = (text: string): string => formEncoded(Buffer.from(text));

interface Token {
  /** Wire text. */
  readonly text: string;
  readonly seconds: number;
}

/** Null for what is no token: proto3 JSON of `access_token` (StringValue) and `expires_in` (UInt64Value), whatever else is there. */
export function readToken(body: Buffer): Token | null {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    return null;
  }
  if (!isStruct(value)) return null;
  const { access_token: a, accessToken = a, expires_in: e, expiresIn = e } = value;
  const seconds = typeof expiresIn === 'string' && /^\d+$/.test(expiresIn) ? Number(expiresIn) : expiresIn;
  if (typeof accessToken !== 'string' || typeof seconds !== 'number') return null;
  if (!Number.isInteger(seconds) || seconds < 0 || seconds >= 2 ** 64) return null;
  const text = toWire(accessToken);
  return isWritableValue(text) ? { text, seconds } : null;
}

class TokenCredentials implements Credentials, Refreshed {
  readonly header = 'authorization';
  value = '';
  private readonly config: OAuth2;
  private readonly secret: GenericSecretValue | null;
  private readonly cluster: ClusterRef;
  private readonly client: AsyncClient;
  private readonly stats: TokenStats;
  private readonly options: AsyncOptions;
  private readonly retryMs: number;
  /** Date.now() from which on the token is none. */
  private expiresAt = 0;

  constructor(config: OAuth2, secret: GenericSecretValue | null, ctx: HttpFactoryContext) {
    this.config = config;
    this.secret = secret;
    const { tokenEndpoint = {}, tokenFetchRetryInterval = 0 } = config;
    this.cluster = ctx.clusters.ref(tokenEndpoint.cluster ?? '');
    this.client = ctx.asyncClient();
    this.stats = new TokenStats(ctx.httpStats.scope.scope('credential_injector.oauth2.'));
    this.options = { timeoutMs: tokenEndpoint.timeout ?? 0, maxResponseBytes: MAX_ANSWER_BYTES };
    // Whole seconds, as Envoy takes them.
    this.retryMs = Math.floor(tokenFetchRetryInterval / 1000) * 1000 || DEFAULT_RETRY_MS;
  }

  /** One at a time: the next is asked for when this one has ended. */
  refresh(): void {
    const { stats, secret } = this;
    if (secret !== null && secret.bytes.length === 0) {
      stats.noSecret.inc();
      log.error(`asyncGetAccessToken: client secret is empty, retrying in ${this.retryMs / 1000} seconds.`);
      refreshIn(this, this.retryMs);
      return;
    }
    const cluster = this.cluster.current;
    if (cluster === null) {
      stats.noCluster.inc();
      log.error(`asyncGetAccessToken: OAuth cluster not found. Retrying in ${this.retryMs / 1000} seconds.`);
      refreshIn(this, this.retryMs);
      return;
    }
    const head = headFor('POST', this.config.tokenEndpoint?.uri ?? '');
    head.set('content-type', 'application/x-www-form-urlencoded');
    head.set('user-agent', 'Go-browser');
    head.set('accept', 'application/json');
    stats.requested.inc();
    log.debug('asyncGetAccessToken: Dispatched OAuth request for access token.');
    this.client.send(cluster, head, this.form(), this.options, (response) => this.answered(response));
  }

  private form(): Buffer {
    const { secret, config } = this;
    const { clientCredentials = {}, scopes = [], endpointParams = [] } = config;
    let form = `grant_type=client_credentials&client_id=${formText(clientCredentials.clientId ?? '')}`;
    if (secret !== null) form += `&client_secret=${formEncoded(secret.bytes)}`;
    const scope = scopes.join(' ');
    if (scope !== '') form += `&scope=${formText(scope)}`;
    // By name; of several the last.
    const more = new Map(endpointParams.map(({ name = '', value = '' }) => [toWire(name), value]));
    for (const name of [...more.keys()].sort()) {
      form += `&${formEncoded(Buffer.from(name, 'latin1'))}=${formText(more.get(name) ?? '')}`;
    }
    return Buffer.from(form);
  }

  private answered(response: AsyncResponse | null): void {
    const { stats } = this;
    if (response === null) {
      log.error('OAuth request failed');
      this.failed(stats.reset, true);
      return;
    }
    const { status } = response.headers;
    if (status !== 200) {
      log.error(`Oauth response code: ${status}`);
      this.failed(stats.badCode, true);
      return;
    }
    const token = readToken(response.body);
    if (token === null) {
      log.error('No access token or expiration after asyncGetAccessToken');
      this.failed(stats.badToken, false);
      return;
    }
    const ms = Math.min(token.seconds, MAX_SECONDS) * 1000;
    this.value = `Bearer ${token.text}`;
    this.expiresAt = Date.now() + ms;
    stats.fetched.inc();
    const half = Math.floor(token.seconds / 2) * 1000;
    refreshIn(this, Math.max(half, MIN_REFRESH_MS));
  }

  /** A token that is still good stays. */
  private failed(counter: Counter, retry: boolean): void {
    counter.inc();
    if (Date.now() >= this.expiresAt) this.value = '';
    if (retry) refreshIn(this, this.retryMs);
  }
}

export async function tokenCredentials(config: OAuth2, ctx: HttpFactoryContext): Promise<Credentials> {
  const { clientCredentials = {} } = config;
  const { authType, clientSecret } = clientCredentials;
  let secret: GenericSecretValue | null = null;
  if (authType !== 'TLS_CLIENT_AUTH') {
    secret = clientSecret === undefined ? null : await (await ctx.secrets()).generic(clientSecret);
    if (secret === null) refuse(clientCredentials, 'client_secret', 'Invalid oauth2 client secret configuration');
  }
  const credentials = new TokenCredentials(config, secret, ctx);
  refreshIn(credentials, 0);
  return credentials;
}
