/** auto_sni and auto_san_validation: what a request says of its host is asked of the host's TLS (Filter::decodeHeaders, router.cc). */
import type { Headers } from '../../codec/headers.ts';
import { isIP } from '../../platform/ip.ts';
import type { TransportOptions } from '../../transport/transport-factory.ts';
import type { NamesFromHeader } from '../../upstream/http-settings.ts';

export function upstreamNames(names: NamesFromHeader, h: Headers): TransportOptions | null {
  const other = names.header === '' ? undefined : h.get(names.header);
  const host = bare(other === undefined || other === '' ? h.authority : other);
  if (host === '') return null;
  const options: { serverName?: string; verifyName?: string } = {};
  if (names.sni && isIP(host) === 0) options.serverName = host;
  if (names.san) options.verifyName = host;
  return options;
}

/** Without port and brackets. */
function bare(authority: string): string {
  if (authority.startsWith('[')) return authority.slice(1, authority.indexOf(']'));
  const colon = authority.indexOf(':');
  return colon < 0 ? authority : authority.slice(0, colon);
}
