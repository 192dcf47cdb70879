/**
 * Upgrades over HTTP/2 (RFC 8441): a CONNECT with `:protocol` is, above the codec, the HTTP/1 upgrade it stands for, so that either end may
 * speak either protocol. `Headers.protocol` names what is asked for in both. Mirrors Utility::transformUpgrade* of Envoy's
 * source/common/http/utility.cc.
 */
import type { Headers } from '../headers.ts';

/** The request as HTTP/1 would have put it. */
export function requestAsUpgrade(h: Headers): void {
  h.method = 'GET';
  addUpgrade(h, h.protocol);
}

/** The same request for an HTTP/2 upstream. A copy: it may be sent again, and logs see what came. */
export function upgradeAsConnect(h: Headers): Headers {
  const copy = h.clone();
  copy.method = 'CONNECT';
  dropUpgrade(copy);
  return copy;
}

/** 200 to such a CONNECT is the 101 of HTTP/1. */
export function responseAsUpgrade(h: Headers, protocol: string): void {
  if (h.status !== 200) return;
  h.status = 101;
  addUpgrade(h, protocol);
}

/** And back. */
export function upgradeAsResponse(h: Headers): Headers {
  const copy = h.clone();
  copy.status = 200;
  dropUpgrade(copy);
  return copy;
}

function addUpgrade(h: Headers, protocol: string): void {
  h.set('upgrade', protocol);
  h.set('connection', 'upgrade');
}

function dropUpgrade(h: Headers): void {
  h.remove('upgrade');
  h.remove('connection');
  // A length of nothing says nothing, and nghttp2 refuses it here.
  if (h.get('content-length') === '0') h.remove('content-length');
}
