/**
 * Who the connection manager takes for the client where that is not the peer: DOWNSTREAM_REMOTE_ADDRESS of logs and headers. Mirrors
 * ConnectionManagerUtility::mutateRequestHeaders and Utility::getLastAddressFromXFF.
 */
import { trimOws } from '../../codec/ows.ts';
import type { ClientAddress } from '../../format/format-context.ts';
import { isIP } from '../../platform/ip.ts';
import type { ForwardingSettings } from './forwarding.ts';

export function clientAddress(
  cfg: Pick<ForwardingSettings, 'useRemoteAddress' | 'xffNumTrustedHops' | 'skipXffAppend'> & {
    readonly detects?: boolean;
  },
): ClientAddress {
  if (cfg.detects === true) return ({ info }) => info.clientIp || undefined;
  const hops = cfg.xffNumTrustedHops;
  if (cfg.useRemoteAddress && hops === 0) return () => undefined;
  // The header is asked for when it is complete: what we appended is the last address.
  const skip = cfg.useRemoteAddress ? hops - (cfg.skipXffAppend ? 1 : 0) : hops;
  return ({ request }) => {
    const list = request.getAll('x-forwarded-for');
    if (list === undefined) return undefined;
    const addresses = list.split(',');
    const at = addresses.length - 1 - skip;
    const ip = at < 0 ? '' : trimOws(addresses[at]);
    return isIP(ip) !== 0 ? ip : undefined;
  };
}
