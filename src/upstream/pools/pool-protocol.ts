/** What the connections of a pool speak. */
import type { Protocol } from '../../codec/http.ts';
import type { ClusterHttpSettings } from '../http-settings.ts';

export const HTTP1 = 0;
export const HTTP2 = 1;
/** HTTP/2 where the transport agreed on it (ALPN), else HTTP/1.1: known once connected. */
export const AUTO = 2;
export type PoolProtocol = 0 | 1 | 2;
export const PROTOCOLS = 3;

/** For a request that came by `downstream`. */
export function poolProtocol(settings: ClusterHttpSettings, downstream: Protocol): PoolProtocol {
  switch (settings.protocol) {
    case 'HTTP/1.1':
      return HTTP1;
    case 'HTTP/2':
      return HTTP2;
    case 'AUTO':
      return AUTO;
    default:
      return downstream === 'HTTP/2' ? HTTP2 : HTTP1;
  }
}
