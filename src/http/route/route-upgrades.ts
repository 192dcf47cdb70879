/** RouteAction.upgrade_configs: what a route says about upgrades, and where it ends a CONNECT itself. Mirrors RouteEntryImplBase::UpgradeMap. */
import { refuse } from '../../config/refusal.ts';
import type { RouteAction } from '../../config/schema/types.ts';
import { asciiLower } from '../../platform/wire-text.ts';

/** What CONNECT is called in upgrade_configs; types are in lower case. */
export const CONNECT = 'connect';

/** Allowed or not, by type; types that are not named are the connection manager's. */
export type RouteUpgrades = ReadonlyMap<string, boolean>;

/** The payload of a CONNECT goes to the upstream as it is (connect_config). */
export interface ConnectSettings {
  /** POST is a tunnel, too. */
  readonly allowPost: boolean;
}

export interface UpgradeSettings {
  readonly upgrades: RouteUpgrades | null;
  readonly connect: ConnectSettings | null;
}

const NOTHING: UpgradeSettings = { upgrades: null, connect: null };

export function compileUpgrades(action: RouteAction): UpgradeSettings {
  const configs = action.upgradeConfigs ?? [];
  if (configs.length === 0) return NOTHING;
  const upgrades = new Map<string, boolean>();
  let connect: ConnectSettings | null = null;
  for (const config of configs) {
    const type = asciiLower(config.upgradeType ?? '');
    if (upgrades.has(type)) refuse(config, 'upgrade_type', `Duplicate upgrade ${config.upgradeType ?? ''}`);
    upgrades.set(type, config.enabled ?? true);
    if (config.connectConfig === undefined) continue;
    if (type !== CONNECT) {
      refuse(config, 'connect_config', `Non-CONNECT upgrade type ${config.upgradeType ?? ''} has ConnectConfig`);
    }
    connect = { allowPost: config.connectConfig.allowPost ?? false };
  }
  return { upgrades, connect };
}
