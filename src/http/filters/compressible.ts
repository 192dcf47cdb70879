/** What of a message's head is for or against compressing it (compressor_filter.cc). */
import type { Headers } from '../../codec/headers.ts';
import { listHas, trimOws } from '../../codec/ows.ts';
import { asciiLower } from '../../platform/wire-text.ts';
import type { DirectionSettings, DirectionStats } from './compressor-settings.ts';

export const CONTENT_ENCODING = 'content-encoding';

export function isLongEnough(h: Headers, settings: DirectionSettings, stats: DirectionStats | null): boolean {
  const text = h.get('content-length');
  if (text === undefined) return true;
  if (/^\d+$/.test(text) && Number(text) >= settings.minLength) return true;
  stats?.contentLengthTooSmall.inc();
  return false;
}

export function isTypeAllowed(h: Headers, settings: DirectionSettings): boolean {
  const type = h.get('content-type');
  if (type === undefined) return true;
  const semicolon = type.indexOf(';');
  const name = trimOws(semicolon < 0 ? type : type.slice(0, semicolon));
  return settings.types === null ? settings.matchers.some((test) => test(name)) : settings.types.has(asciiLower(name));
}

export function isTransferEncodingAllowed(h: Headers, encoding: string): boolean {
  const value = h.getAll('transfer-encoding');
  return value === undefined || !['gzip', 'deflate', encoding].some((token) => listHas(value, token));
}

export function hasNoTransform(h: Headers): boolean {
  const value = h.getAll('cache-control');
  return value !== undefined && listHas(value, 'no-transform');
}

export function isUpgrade(h: Headers): boolean {
  return listHas(h.getAll('connection') ?? '', 'upgrade') && h.has('upgrade');
}

export function addVary(h: Headers): void {
  const vary = h.getAll('vary');
  if (vary === undefined) h.add('vary', 'Accept-Encoding');
  else if (!vary.split(',').some((token) => trimOws(token) === 'Accept-Encoding')) {
    h.set('vary', `${vary}, Accept-Encoding`);
  }
}
