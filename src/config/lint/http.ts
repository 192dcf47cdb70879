/** HTTP connection managers and their routes: what Envoy's factories refuse beyond names that are unknown or given twice. */
import { asciiLower } from '../../platform/wire-text.ts';
import type {
  HeaderValueOption,
  HttpConnectionManager,
  RouteConfiguration,
  RouteRetryPolicy,
} from '../schema/types.ts';
import type { Reporter } from './reporter.ts';

export function checkUpgrades(hcm: HttpConnectionManager, report: Reporter): void {
  const seen = new Set<string>();
  for (const upgrade of hcm.upgradeConfigs ?? []) {
    const type = asciiLower(upgrade.upgradeType ?? '');
    if (seen.has(type)) {
      const message = `Error: multiple upgrade configs with the same name: '${upgrade.upgradeType ?? ''}'`;
      report.problem(upgrade, 'upgrade_type', message);
    }
    seen.add(type);
  }
}

interface HeaderLevel {
  requestHeadersToAdd?: readonly HeaderValueOption[];
  requestHeadersToRemove?: readonly string[];
  responseHeadersToAdd?: readonly HeaderValueOption[];
  responseHeadersToRemove?: readonly string[];
}

/** At each level of a route table, in both directions (source/common/router/header_parser.cc). */
export function checkRouteParts(config: RouteConfiguration, report: Reporter): void {
  checkHeaders(config, report);
  for (const host of config.virtualHosts ?? []) {
    checkHeaders(host, report);
    checkRetries(host.retryPolicy, report);
    for (const route of host.routes ?? []) {
      checkHeaders(route, report);
      checkRetries(route.route?.retryPolicy, report);
      for (const part of route.route?.weightedClusters?.clusters ?? []) checkHeaders(part, report);
    }
  }
}

const isReserved = (name: string): boolean => name.startsWith(':') || asciiLower(name) === 'host';

function checkHeaders(level: HeaderLevel, report: Reporter): void {
  for (const direction of ['request', 'response'] as const) {
    const [add, remove] =
      direction === 'request'
        ? [level.requestHeadersToAdd, level.requestHeadersToRemove]
        : [level.responseHeadersToAdd, level.responseHeadersToRemove];
    for (const option of add ?? []) {
      if (isReserved(option.header?.key ?? '')) {
        report.problem(option.header as object, 'key', ':-prefixed or host headers may not be modified');
      }
      const { append, appendAction } = option;
      if (append !== undefined && appendAction !== undefined && appendAction !== 'APPEND_IF_EXISTS_OR_ADD') {
        report.problem(option, 'append', "Both append and append_action are set and it's not allowed");
      }
    }
    (remove ?? []).forEach((name, i) => {
      if (!isReserved(name)) return;
      const message = ':-prefixed or host headers may not be removed';
      report.problem(level, `${direction}_headers_to_remove[${i}]`, message);
    });
  }
}

function checkRetries(policy: RouteRetryPolicy | undefined, report: Reporter): void {
  const { baseInterval, maxInterval } = policy?.retryBackOff ?? {};
  if (baseInterval === undefined || maxInterval === undefined || maxInterval >= baseInterval) return;
  const message = 'retry_policy.max_interval must greater than or equal to the base_interval';
  report.problem(policy?.retryBackOff as object, 'max_interval', message);
}
