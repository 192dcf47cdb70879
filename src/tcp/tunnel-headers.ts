/**
 * What tunneling_config says of headers, the same for tcp_proxy and udp_proxy: what a tunnel is asked for with, and how filters are shown what the
 * proxy has answered. Mirrors TunnelingConfigHelperImpl and TunnelResponseHeadersOrTrailers (source/common/tcp_proxy/tcp_proxy.h).
 */
import type { Headers } from '../codec/headers.ts';
import { about, each, refuse } from '../config/refusal.ts';
import type { HeaderValueOption } from '../config/schema/types.ts';
import type { FormatBuild } from '../format/format-context.ts';
import { formatCompiler } from '../http/headers/body-format.ts';
import { compileMutations, type HeaderMutations } from '../http/headers/header-mutations.ts';
import { asciiLower, fromWire, toWire } from '../platform/wire-text.ts';

interface TunnelRequest {
  readonly usePost?: boolean;
  readonly postPath?: string;
  readonly headersToAdd?: readonly HeaderValueOption[];
}

export function postPathOf(c: TunnelRequest): string {
  if (!c.usePost && c.postPath) refuse(c, 'post_path', "Can't set a post path when POST method isn't used");
  return toWire(c.postPath || '/');
}

export function addedHeaders(c: TunnelRequest, build: FormatBuild): HeaderMutations | null {
  each(c.headersToAdd, (option) => {
    const name = asciiLower(option.header?.key ?? '');
    if (name.startsWith(':') || name === 'host')
      refuse(option, 'header', ':-prefixed or host headers may not be modified');
  });
  return about(c, 'headers_to_add', () =>
    compileMutations('request', null, [{ requestHeadersToAdd: c.headersToAdd ?? [] }], false, formatCompiler(build)),
  );
}

export interface SharedHeaders {
  readonly headers: readonly { readonly key: string; readonly value: string }[];
}

/** As what is shared under a name is shown. `head`: not trailers. */
export function sharedHeaders(h: Headers, head: boolean): SharedHeaders {
  const headers = head ? [{ key: ':status', value: String(h.status) }] : [];
  const { list } = h;
  for (let i = 0; i < list.length; i += 2) {
    headers.push({ key: list[i], value: fromWire(list[i + 1]) ?? list[i + 1] });
  }
  return { headers };
}
