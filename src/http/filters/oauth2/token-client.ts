/** Asks the token endpoint of the authorization server, through its cluster. Mirrors OAuth2ClientImpl (source/extensions/filters/http/oauth2/oauth_client.cc). */

import type { OAuth2Config } from '../../../config/schema/types.ts';
import { readStruct } from '../../../config/struct.ts';
import { retryOf } from '../../../grpc/service.ts';
import { toWire } from '../../../platform/wire-text.ts';
import type { GenericSecretValue } from '../../../secrets/generic-secret.ts';
import type {
  AsyncClient,
  AsyncOptions,
  AsyncParent,
  AsyncRequest,
  AsyncResponse,
  AsyncRetry,
} from '../../../upstream/async.ts';
import type { ClusterRef } from '../../../upstream/cluster-ref.ts';
import type { HttpFactoryContext } from '../../factory-context.ts';
import { headFor } from '../service-uri.ts';
import { ClientAssertion } from './assertion.ts';
import { formEncode } from './urls.ts';

/** Bytes of an answer; of a longer one nothing is kept. */
export const MAX_ANSWER_BYTES = 1024 * 1024;
/** Bytes of an answer that are shown in the details of a failure. */
const MAX_SHOWN_BYTES = 1024;
/** Above it no time is told. */
const MAX_SECONDS = 2 ** 45;

const ASSERTION_TYPE = 'urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer';

/** Wire text; '' for what is not there. */
export interface Tokens {
  readonly access: string;
  readonly id: string;
  readonly refresh: string;
  readonly seconds: number;
}

/** Envoy's words: `reason` is told to an upstream, `details` stand behind it in logs. */
export interface TokenFailure {
  readonly reason: string;
  readonly details: string;
  /** The server said no, or nothing. */
  readonly denied: boolean;
}

export type TokenAnswer = Tokens | TokenFailure;
export const isTokens = (answer: TokenAnswer): answer is Tokens => 'access' in answer;

const failure = (reason: string, details = '', denied = false): TokenFailure => ({ reason, details, denied });

/** What can be the value of a header. */
export const HEADER_VALUE = /^[\t -~\x80-\xff]*$/;

/** proto3 JSON of a message of StringValues and a UInt64Value; null for what is none. */
export function parseTokens(
  body: Buffer,
): ({ [key in 'access' | 'id' | 'refresh']: string | null } & { seconds: number | null }) | null {
  const value = readStruct(body.toString('latin1'));
  if (value === null) return null;
  const { access_token: a, accessToken = a, id_token: i, idToken = i } = value;
  const { refresh_token: r, refreshToken = r, expires_in: e, expiresIn = e } = value;
  const [access, id, refresh] = [accessToken, idToken, refreshToken].map(tokenText);
  if (access === undefined || id === undefined || refresh === undefined) return null;
  const seconds = typeof expiresIn === 'string' && /^\d+$/.test(expiresIn) ? Number(expiresIn) : (expiresIn ?? null);
  if (seconds !== null && (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 0)) return null;
  return { access, id, refresh, seconds };
}

/** Undefined for what is none. What ends a header is none either. */
function tokenText(value: unknown): string | null | undefined {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') return undefined;
  const text = toWire(value);
  return HEADER_VALUE.test(text) ? text : undefined;
}

/** A try has as long as the longest pause between two (Http::Utility::convertCoreToRouteRetryPolicy). */
function retryPolicy(c: OAuth2Config): AsyncRetry | undefined {
  const retry = retryOf(c.retryPolicy);
  return retry === undefined ? undefined : { ...retry, perTryTimeout: retry.retryBackOff?.maxInterval ?? 0 };
}

export class TokenClient {
  private readonly cluster: ClusterRef;
  private readonly client: AsyncClient;
  private readonly options: AsyncOptions;
  private readonly uri: string;
  private readonly authType: NonNullable<OAuth2Config['authType']>;
  private readonly clientId: string;
  /** Null where a certificate speaks for the client. */
  private readonly secret: GenericSecretValue | null;
  private readonly assertion: ClientAssertion | null;
  private readonly defaultSeconds: number;

  constructor(c: OAuth2Config, secret: GenericSecretValue | null, ctx: HttpFactoryContext) {
    const { tokenEndpoint = {}, authType = 'URL_ENCODED_BODY', defaultExpiresIn = 0 } = c;
    this.cluster = ctx.clusters.ref(tokenEndpoint.cluster ?? '');
    this.client = ctx.asyncClient();
    const retry = retryPolicy(c);
    const options = { timeoutMs: tokenEndpoint.timeout ?? 0, maxResponseBytes: MAX_ANSWER_BYTES };
    this.options = retry === undefined ? options : { ...options, retry };
    this.uri = tokenEndpoint.uri ?? '';
    this.authType = authType;
    this.clientId = toWire(c.credentials?.clientId ?? '');
    this.secret = secret;
    const signs = authType === 'PRIVATE_KEY_JWT' && secret !== null;
    this.assertion = signs
      ? new ClientAssertion(c.privateKeyJwtConfig ?? {}, secret, this.clientId, toWire(this.uri))
      : null;
    this.defaultSeconds = Math.floor(defaultExpiresIn / 1000);
  }

  /** The client's secret is there. */
  get ready(): boolean {
    if (this.assertion !== null) return this.assertion.ready;
    return this.secret === null || this.secret.bytes.length > 0;
  }

  /** For a code. All arguments are wire text. */
  exchange(
    code: string,
    redirectUri: string,
    verifier: string,
    parent: AsyncParent,
    done: (a: TokenAnswer) => void,
  ): Call {
    const form = `&redirect_uri=${formEncode(redirectUri)}&code_verifier=${verifier}`;
    return this.ask(`grant_type=authorization_code&code=${code}`, form, parent, done);
  }

  refresh(token: string, parent: AsyncParent, done: (a: TokenAnswer) => void): Call {
    return this.ask(`grant_type=refresh_token&refresh_token=${formEncode(token)}`, '', parent, done);
  }

  /** A failure: nothing was sent. */
  private ask(first: string, last: string, parent: AsyncParent, done: (a: TokenAnswer) => void): Call {
    const head = headFor('POST', this.uri);
    head.set('content-type', 'application/x-www-form-urlencoded');
    head.set('accept', 'application/json');
    const secret = this.secret?.bytes.toString('latin1') ?? '';
    let who = '';
    if (this.authType === 'BASIC_AUTH') {
      const pair = Buffer.from(`${this.clientId}:${secret}`, 'latin1');
      head.add('authorization', `Basic ${pair.toString('base64')}`);
    } else {
      who = `&client_id=${formEncode(this.clientId)}`;
      if (this.assertion !== null) {
        const made = this.assertion.make();
        if ('error' in made) return failure('Failed to obtain client credential', made.error);
        who += `&client_assertion_type=${ASSERTION_TYPE}&client_assertion=${made.jwt}`;
      } else if (this.secret !== null) who += `&client_secret=${formEncode(secret)}`;
    }
    const cluster = this.cluster.current;
    if (cluster === null) return failure('Token endpoint cluster not found');
    const body = Buffer.from(first + who + last, 'latin1');
    return this.client.send(cluster, head, body, { ...this.options, parent }, (response) => done(this.read(response)));
  }

  private read(response: AsyncResponse | null): TokenAnswer {
    if (response === null) return failure('Failed to get access token due to HTTP request failure', '', true);
    const { body } = response;
    const shown = `response body: ${body.subarray(0, MAX_SHOWN_BYTES).toString('latin1')}`;
    const { status } = response.headers;
    if (status !== 200) return failure('Failed to get access token', `response code: ${status}, ${shown}`, true);
    const tokens = parseTokens(body);
    if (tokens === null) return failure('Failed to parse oauth response body', shown);
    const { access, id, refresh } = tokens;
    if (access === null) return failure('No access token found in the token exchange response', shown);
    const seconds = tokens.seconds ?? this.defaultSeconds;
    if (seconds <= 0 || seconds > MAX_SECONDS) {
      return failure('No default or explicit access token expiration found in the token exchange response', shown);
    }
    return { access, id: id ?? '', refresh: refresh ?? '', seconds };
  }
}

/** What goes on, or why nothing does. */
export type Call = AsyncRequest | TokenFailure;
