/** A head as the debug log shows it: a line for each header, pseudo-headers first, as Envoy prints a HeaderMap (source/common/http/header_map_impl.cc). */
import { fromWire } from '../platform/wire-text.ts';
import type { Headers } from './headers.ts';

/** Begins with a line feed, where there is anything. */
export function headerLines(h: Headers): string {
  let out = '';
  const line = (name: string, value: string): void => {
    if (value !== '') out += `\n'${name}', '${fromWire(value) ?? value}'`;
  };
  line(':authority', h.authority);
  line(':path', h.path);
  line(':method', h.method);
  line(':scheme', h.scheme);
  line(':protocol', h.protocol);
  if (h.status !== 0) line(':status', String(h.status));
  const { list } = h;
  for (let i = 0; i < list.length; i += 2) out += `\n'${list[i]}', '${fromWire(list[i + 1]) ?? list[i + 1]}'`;
  return out;
}
