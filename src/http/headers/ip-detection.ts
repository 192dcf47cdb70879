/**
 * original_ip_detection_extensions: who a request is from, told by a header. Mirrors the loop in
 * ConnectionManagerUtility::mutateRequestHeaders and extensions/http/original_ip_detection.
 */

import type { Headers } from '../../codec/headers.ts';
import { trimOws } from '../../codec/ows.ts';
import { cidrText } from '../../config/cidr-range.ts';
import { each, refuse } from '../../config/refusal.ts';
import type {
  CustomHeaderConfig,
  HttpConnectionManager,
  TypedExtensionConfig,
  XffConfig,
} from '../../config/schema/types.ts';
import { statusNumber } from '../../config/status-code.ts';
import { IpRanges, isIP } from '../../platform/ip.ts';
import { asciiLower, toWire } from '../../platform/wire-text.ts';
import type { Connection } from '../../transport/connection.ts';
import type { LocalReply } from '../reply.ts';
import { appendForwardedFor } from './forwarding.ts';

const PACKAGE = 'envoy.extensions.http.original_ip_detection';

/** What the last detection found; one for the process, read at once. */
class Detected {
  /** '' for nothing. */
  ip = '';
  /** The address may say that a request is internal. */
  trusted = false;
  /** The peer goes into x-forwarded-for. */
  appends = false;
  /** The answer to give instead of going on. */
  reject: LocalReply | null = null;
}
export const detected = new Detected();

/** One extension: says in `detected` what it found. */
interface Detection {
  detect(h: Headers, peer: string): void;
}

export class IpDetections {
  private readonly list: readonly Detection[];
  private readonly localIp: () => string;

  constructor(list: readonly Detection[], localIp: () => string) {
    this.list = list;
    this.localIp = localIp;
  }

  /** The first that finds something counts. Those asked append the peer to x-forwarded-for, unless they are told not to. */
  detect(h: Headers, conn: Connection): void {
    const peer = conn.remoteAddress.ip;
    for (const detection of this.list) {
      detected.ip = '';
      detected.trusted = false;
      detected.appends = false;
      detected.reject = null;
      detection.detect(h, peer);
      if (detected.reject !== null) return;
      if (detected.appends) appendForwardedFor(h, peer, this.localIp);
      if (detected.ip !== '') return;
    }
  }
}

/** Null where there are none. */
export function ipDetections(message: HttpConnectionManager, localIp: () => string): IpDetections | null {
  const configs = message.originalIpDetectionExtensions ?? [];
  if (configs.length === 0) return null;
  if (message.useRemoteAddress) {
    refuse(
      message,
      'original_ip_detection_extensions',
      'Original IP detection extensions and use_remote_address may not be mixed',
    );
  }
  if ((message.xffNumTrustedHops ?? 0) > 0) {
    refuse(
      message,
      'original_ip_detection_extensions',
      'Original IP detection extensions and xff_num_trusted_hops may not be mixed',
    );
  }
  return new IpDetections(each(configs, makeDetection), localIp);
}

function makeDetection(config: TypedExtensionConfig): Detection {
  const { name = '', typedConfig } = config;
  if (typedConfig?.typeUrl === `${PACKAGE}.xff.v3.XffConfig`) return xff(typedConfig.value as XffConfig);
  if (typedConfig?.typeUrl === `${PACKAGE}.custom_header.v3.CustomHeaderConfig`) {
    return customHeader(typedConfig.value as CustomHeaderConfig);
  }
  return refuse(config, '', `Original IP detection extension not found: '${name}'`);
}

function customHeader(config: CustomHeaderConfig): Detection {
  const name = asciiLower(toWire(config.headerName ?? ''));
  const trusted = config.allowExtensionToSetAddressAsTrusted ?? false;
  const { rejectWithStatus } = config;
  const reject = rejectWithStatus === undefined ? null : rejection(statusNumber(rejectWithStatus.code));
  return {
    detect(h): void {
      const ip = h.get(name) ?? '';
      if (isIP(ip) === 0) {
        detected.reject = reject;
        return;
      }
      detected.ip = ip;
      detected.trusted = trusted;
    },
  };
}

/** What is no error is a 403. */
const rejection = (code: number): LocalReply => ({
  status: code >= 400 && code <= 599 ? code : 403,
  body: '',
  details: 'rejecting_because_detection_failed',
});

function xff(config: XffConfig): Detection {
  const hops = config.xffNumTrustedHops ?? 0;
  if (config.xffTrustedCidrs !== undefined && hops > 0) {
    refuse(config, 'xff_trusted_cidrs', 'Cannot set both xff_num_trusted_hops and xff_trusted_cidrs');
  }
  const appends = config.skipXffAppend === false;
  const cidrs = config.xffTrustedCidrs?.cidrs ?? [];
  const trusted = new IpRanges();
  for (const c of cidrs) trusted.add(cidrText(c));
  return {
    detect(h, peer): void {
      const stranger = cidrs.length > 0 && !trusted.has(peer);
      // Whoever is no proxy of ours is put there, whatever skip_xff_append says.
      detected.appends = appends || stranger;
      const addresses = h.getAll('x-forwarded-for')?.split(',');
      if (addresses === undefined || stranger) return;
      if (cidrs.length === 0) lastBut(addresses, hops);
      else lastNot(addresses, trusted);
    },
  };
}

/** Utility::getLastAddressFromXFF. */
function lastBut(addresses: readonly string[], hops: number): void {
  const at = addresses.length - 1 - hops;
  const ip = at < 0 ? '' : trimOws(addresses[at]);
  if (isIP(ip) === 0) return;
  detected.ip = ip;
  detected.trusted = addresses.length === 1;
}

/** Utility::getLastNonTrustedAddressFromXFF: from the end, the first that no proxy of ours has. */
function lastNot(addresses: readonly string[], trusted: IpRanges): void {
  const entries = addresses.map(trimOws).filter((a) => a !== '');
  for (let i = entries.length - 1; i >= 0; i--) {
    const ip = entries[i];
    if (isIP(ip) === 0) {
      detected.ip = '';
      return;
    }
    detected.ip = ip;
    if (!trusted.has(ip)) break;
  }
  detected.trusted = entries.length === 1;
}
