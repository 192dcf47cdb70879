/**
 * upgrade_configs: which upgrades, CONNECT among them, a connection manager and a route let through, and with which filters. Mirrors
 * HttpConnectionManagerConfig::createUpgradeFilterChain (extensions/filters/network/http_connection_manager/config.cc).
 */
import type { Headers } from '../../codec/headers.ts';
import { asciiLower } from '../../platform/wire-text.ts';
import { CONNECT, type RouteUpgrades } from '../route/route-upgrades.ts';
import type { HttpFilterChain } from './filter-chain.ts';

export interface Upgrade {
  /** False: only a route may allow it. */
  readonly enabled: boolean;
  readonly chain: HttpFilterChain;
}

/** By type in lower case. */
export type Upgrades = ReadonlyMap<string, Upgrade>;

/** In lower case; '' when nothing is asked for. */
export function upgradeType(h: Headers): string {
  if (h.protocol !== '') return asciiLower(h.protocol);
  return h.method === 'CONNECT' ? CONNECT : '';
}

/** Null: it is not allowed. `usual`: the filters of whatever brings none. */
export function upgradeChain(
  type: string,
  upgrades: Upgrades,
  route: RouteUpgrades | null,
  usual: HttpFilterChain,
): HttpFilterChain | null {
  const said = route?.get(type);
  if (said === false) return null;
  const row = upgrades.get(type);
  if (row === undefined) return said === true ? usual : null;
  return row.enabled || said === true ? row.chain : null;
}

/** The answer turns the stream into a tunnel: bytes follow in both directions that are no HTTP message. */
export function acceptsUpgrade(request: Headers, response: Headers): boolean {
  if (request.protocol !== '') return response.status === 101;
  return request.method === 'CONNECT' && response.status >= 200 && response.status < 300;
}
