/**
 * internal_address_config: whose requests are internal. Without it, Envoy 1.16 took RFC 1918 and loopback addresses and 1.40 takes
 * nobody (source/common/http/conn_manager_config.h, runtime feature explicit_internal_address_config).
 */
import { cidrText } from '../../config/cidr-range.ts';
import type { HttpConnectionManagerInternalAddressConfig } from '../../config/schema/types.ts';
import { IpRanges } from '../../platform/ip.ts';

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '::1/128', 'fd00::/8'];

/** Null when nobody is internal: then nothing is looked up. An address '' stands for a Unix socket's peer. */
export function internalAddresses(
  config: HttpConnectionManagerInternalAddressConfig | undefined,
  envoy16: boolean,
): ((ip: string) => boolean) | null {
  const ranges = config?.cidrRanges?.map(cidrText) ?? [];
  const unix = config === undefined ? envoy16 : (config.unixSockets ?? false);
  const cidrs = config === undefined && envoy16 ? PRIVATE : ranges;
  if (cidrs.length === 0 && !unix) return null;
  const list = new IpRanges();
  for (const cidr of cidrs) list.add(cidr);
  return (ip) => (ip === '' ? unix : list.has(ip));
}
