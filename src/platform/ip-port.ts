/** `1.2.3.4:80` or `[::1]:80`, as Envoy's Utility::parseInternetAddressAndPort reads them (source/common/network/utility.cc). */
import { isIP } from './ip.ts';

const LITERAL = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,10})$/;
const MAX_PORT = 65535;

/** Null for anything else. */
export function ipAndPort(text: string): { readonly ip: string; readonly port: number } | null {
  const [, v6, v4, port] = LITERAL.exec(text) ?? [];
  const ip = v6 ?? v4;
  if (ip === undefined || isIP(ip) !== (v6 === undefined ? 4 : 6) || Number(port) > MAX_PORT) return null;
  return { ip, port: Number(port) };
}
