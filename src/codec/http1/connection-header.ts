/**
 * The Connection header: what it says about the connection's life, and the removal of the fields it nominates
 * (RFC 9110 section 7.6.1, by the rules of Envoy's Utility::sanitizeConnectionHeader).
 */
import { asciiLower } from '../../platform/wire-text.ts';
import type { Headers } from '../headers.ts';
import { listHas, trimOws } from '../ows.ts';
import { protocolError } from './errors.ts';

export const TOKEN_CLOSE = 1;
export const TOKEN_KEEP_ALIVE = 2;
export const TOKEN_UPGRADE = 4;
/** Nominates some header. */
export const TOKEN_OTHER = 8;

/** Envoy's MAX_ALLOWED_NOMINATED_HEADERS: this many tokens are refused. */
const MAX_TOKENS = 10;
/** Envoy's MAX_ALLOWED_TE_VALUE_SIZE, bytes. */
const MAX_TE_BYTES = 256;

/** The TOKEN_ bits of a Connection (or Proxy-Connection) value. */
export function connectionTokens(value: string): number {
  switch (value) {
    case 'keep-alive':
    case 'Keep-Alive':
      return TOKEN_KEEP_ALIVE;
    case 'close':
    case 'Close':
      return TOKEN_CLOSE;
    case 'Upgrade':
    case 'upgrade':
      return TOKEN_UPGRADE;
    case '':
      return 0;
  }
  let bits = 0;
  for (const part of value.split(',')) {
    const token = asciiLower(trimOws(part));
    if (token === 'close') bits |= TOKEN_CLOSE;
    else if (token === 'keep-alive') bits |= TOKEN_KEEP_ALIVE;
    else if (token === 'upgrade') bits |= TOKEN_UPGRADE;
    else if (token !== '') bits |= TOKEN_OTHER;
  }
  return bits;
}

/**
 * Remove what a request's Connection header nominates. Throws CodecError (400) for nominations Envoy refuses.
 * Returns whether Host was nominated: only an absolute target says then whom the request is for.
 */
export function removeNominated(headers: Headers): boolean {
  let host = false;
  const value = headers.getAll('connection') ?? '';
  const tokens = value.split(',').filter((part) => part !== '');
  if (tokens.length >= MAX_TOKENS) throw rejected();
  const kept: string[] = [];
  for (const part of tokens) {
    const token = trimOws(part);
    const name = asciiLower(token);
    if (name === 'close' || name === 'keep-alive' || name === 'upgrade' || name === 'http2-settings') {
      kept.push(token);
    } else if (name === 'te') {
      const te = headers.getAll('te');
      if (te === undefined) continue;
      if (te.length >= MAX_TE_BYTES) throw rejected();
      if (listHas(te, 'trailers')) {
        headers.set('te', 'trailers');
        kept.push(token);
      } else {
        headers.remove('te');
      }
    } else if (name.startsWith('x-forwarded-') || name.startsWith(':')) {
      // Dropping these would hide where the request came from.
      throw rejected();
    } else if (name === 'host') {
      headers.authority = '';
      host = true;
    } else if (name !== 'connection') {
      headers.remove(name);
    }
  }
  if (kept.length === 0) headers.remove('connection');
  else headers.set('connection', kept.join(','));
  return host;
}

/** An h2c upgrade is not offered: forget that the request asked (Envoy does the same before it looks for upgrades). */
export function removeH2cUpgrade(headers: Headers): void {
  headers.remove('upgrade');
  headers.remove('http2-settings');
  const kept = (headers.getAll('connection') ?? '')
    .split(',')
    .map(trimOws)
    .filter((token) => !/^(upgrade|http2-settings|)$/i.test(token));
  if (kept.length === 0) headers.remove('connection');
  else headers.set('connection', kept.join(','));
}

/**
 * Upgrades that are to be ignored are taken out of those that the request asks for (ignore_http_11_upgrade). Returns what is left of them; ''
 * where it asks for none any more.
 */
export function ignoreUpgrades(headers: Headers, asked: string, ignored: (token: string) => boolean): string {
  const left = asked
    .split(',')
    .map(trimOws)
    .filter((token) => token !== '' && !ignored(token));
  if (left.length > 0) {
    headers.set('upgrade', left.join(','));
    return left.join(',');
  }
  headers.remove('upgrade');
  const kept = (headers.getAll('connection') ?? '')
    .split(',')
    .map(trimOws)
    .filter((token) => !/^(upgrade|)$/i.test(token));
  if (kept.length === 0) headers.remove('connection');
  else headers.set('connection', kept.join(','));
  return '';
}

function rejected(): Error {
  return protocolError('http1.connection_header_rejected', 'invalid nominated headers in Connection');
}
