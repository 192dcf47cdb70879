/**
 * The way to the authorization server and back: the redirect to it with its state, CSRF token and code challenge, and what has to be right in
 * what comes back. Mirrors redirectToOAuthServer and validateOAuthCallback (source/extensions/filters/http/oauth2/filter.cc).
 */
import { Headers } from '../../../codec/headers.ts';
import { readStruct } from '../../../config/struct.ts';
import { jsonString } from '../../../format/json-text.ts';
import { toWire } from '../../../platform/wire-text.ts';
import { codeChallenge, fromBase64Url, newCodeVerifier, newFlowId } from './crypto.ts';
import type { SessionCookies } from './session.ts';
import type { Settings } from './settings.ts';
import { hostAllowed, parseQuery, parseUrl, queryText, urlEncode } from './urls.ts';

/** RFC 7636 section 4.1. */
const CODE_VERIFIER = /^[A-Za-z0-9\-._~]+$/;

/** What came back from the authorization server. */
export interface Callback {
  readonly code: string;
  /** Where the client wanted to go. */
  readonly url: string;
  /** '' as long as nobody has shown that it is ours. */
  readonly flow: string;
  /** '' where it is sound. */
  readonly error: string;
}

const wrong = (error: string, flow = ''): Callback => ({ code: '', url: '', flow, error });

/** A redirect; without what would end the header: what a client sent may stand in it. */
export function found(url: string, cookies: readonly string[]): Headers {
  const head = new Headers();
  head.status = 302;
  for (const row of cookies) head.add('set-cookie', row);
  head.add('location', url.replace(/[\0\r\n]/g, ''));
  return head;
}

/** To log in, and then to go to `url`. All arguments are wire text. */
export function toAuthorizationServer(s: Settings, url: string, redirectUri: string): Headers {
  const { keys, cookies } = s;
  const flow = newFlowId();
  const token = keys.csrfToken(flow);
  const verifier = newCodeVerifier();
  const kept = keys.encrypt(verifier);
  // Without the flow's id too: for releases that know no flows.
  const suffixes = [`.${flow}`, ''];
  const rows = [
    ...suffixes.map((suffix) => cookies.nonce.set(token, s.nonceSeconds, suffix)),
    ...suffixes.map((suffix) => cookies.codeVerifier.set(kept, s.verifierSeconds, suffix)),
  ];
  const state = `{"url":${jsonString(url)},"csrf_token":${jsonString(token)},"flow_id":${jsonString(flow)}}`;
  const parameters = new Map(s.authorizationParameters);
  parameters.set('state', [Buffer.from(state, 'latin1').toString('base64url')]);
  parameters.set('redirect_uri', [urlEncode(redirectUri)]);
  parameters.set('code_challenge', [codeChallenge(verifier)]);
  parameters.set('code_challenge_method', ['S256']);
  return found(s.authorization + queryText(parameters) + s.resources, rows);
}

/** What deletes the cookies of a flow. */
export function flowDeletions({ cookies }: Settings, flow: string): string[] {
  const suffixes = flow === '' ? [''] : [`.${flow}`, ''];
  return [cookies.nonce, cookies.codeVerifier].flatMap((c) => suffixes.map((suffix) => c.delete(suffix)));
}

export function readCallback(s: Settings, path: string, cookies: SessionCookies): Callback {
  const query = parseQuery(path);
  const [state] = query.get('state') ?? [];
  const [code] = query.get('code') ?? [];
  if (query.has('error')) {
    const flow = state === undefined ? '' : readState(s, state, cookies).flow;
    return wrong(`OAuth server returned an error: ${queryText(query)}`, flow);
  }
  if (code === undefined || state === undefined) {
    return wrong(`Code or state query param does not exist: ${queryText(query)}`);
  }
  return { ...readState(s, state, cookies), code };
}

function readState(s: Settings, state: string, cookies: SessionCookies): Callback {
  const text = fromBase64Url(state)?.toString('latin1') ?? '';
  const fields = readStruct(text);
  if (fields === null) return wrong(`State query param is not a valid JSON: ${text}`);
  if (!Object.hasOwn(fields, 'url') || !Object.hasOwn(fields, 'csrf_token')) {
    return wrong(`State query param does not contain url or CSRF token: ${text}`);
  }
  const token = textOf(fields['csrf_token']);
  const flow = textOf(fields['flow_id']);
  const cookie = cookies.ofFlow(s.cookies.nonce, flow);
  if (cookie === '' || !s.keys.csrfValid(token, cookie)) return wrong('CSRF token validation failed');
  const url = textOf(fields['url']);
  if (parseUrl(url) === null) return wrong(`State url can not be initialized: ${url}`, flow);
  if (!hostAllowed(url, s.allowedDomains)) {
    return wrong(`State url host is not in the allowed redirect domains: ${url}`, flow);
  }
  return { code: '', url, flow, error: '' };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? toWire(value) : '');

/** That of a flow, or what is wrong with its cookie. */
export function readVerifier(
  s: Settings,
  cookies: SessionCookies,
  flow: string,
): { readonly verifier: string } | { readonly error: string } {
  const encrypted = cookies.ofFlow(s.cookies.codeVerifier, flow);
  if (encrypted === '') return { error: 'Code verifier cookie is missing in the request' };
  const { text, error, legacy } = s.keys.decrypt(encrypted);
  // What a client has changed is no part of our request.
  const why = error || (CODE_VERIFIER.test(text) ? '' : 'Invalid encrypted data');
  if (why !== '') return { error: `Failed to decrypt code verifier: ${encrypted}, error: ${why}` };
  if (legacy) s.stats.legacyCbc.inc();
  return { verifier: text };
}
