/** envoy.filters.http.cdn_loop: adds itself to CDN-Loop (RFC 8586) and refuses requests that came by too often. Mirrors source/extensions/filters/http/cdn_loop. */
import type { Headers } from '../../codec/headers.ts';
import { refuse } from '../../config/refusal.ts';
import type { CdnLoopConfig } from '../../config/schema/types.ts';
import { toWire } from '../../platform/wire-text.ts';
import { CONTINUE, type HeadersStatus, type HttpFilterFactory, STOP, StreamFilter } from '../stream/filter.ts';

const HEADER = 'cdn-loop';
const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
/** uri-host, with brackets for IPv6, and a port; a pseudonym is a token and so fits as well. */
const ID = `(?:\\[[0-9A-Fa-f:.]+\\]|${TOKEN})(?::[0-9]*)?`;
const QUOTED = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t \\x21-\\x7e\\x80-\\xff])*"';
const INFO = new RegExp(`[\\t ]*(${ID})((?:[\\t ]*;[\\t ]*${TOKEN}=(?:${TOKEN}|${QUOTED}))*)[\\t ]*(?:,|$)`, 'y');
const EMPTY = /[\t ]*(?:,|$)/y;

/** How often `id` is in the list; -1 where it is none. */
function occurrences(list: string, id: string): number {
  let n = 0;
  let at = 0;
  while (at < list.length) {
    INFO.lastIndex = at;
    const info = INFO.exec(list);
    if (info !== null) {
      if (info[1] === id) n++;
      at = INFO.lastIndex;
      continue;
    }
    EMPTY.lastIndex = at;
    if (!EMPTY.test(list)) return -1;
    if (EMPTY.lastIndex === at) break;
    at = EMPTY.lastIndex;
  }
  return n;
}

class CdnLoopFilter extends StreamFilter {
  private readonly id: string;
  private readonly max: number;

  constructor(id: string, max: number) {
    super();
    this.id = id;
    this.max = max;
  }

  override decodeHeaders(h: Headers): HeadersStatus {
    const list = h.getAll(HEADER);
    if (list === undefined) {
      h.set(HEADER, this.id);
      return CONTINUE;
    }
    const n = occurrences(list, this.id);
    if (n < 0) {
      const body = 'Invalid CDN-Loop header in request.';
      this.stream.sendLocalReply({ status: 400, body, details: 'invalid_cdn_loop_header' });
      return STOP;
    }
    if (n > this.max) {
      const body = 'The server has detected a loop between CDNs.';
      this.stream.sendLocalReply({ status: 502, body, details: 'cdn_loop_detected' });
      return STOP;
    }
    h.set(HEADER, list === '' ? this.id : `${list},${this.id}`);
    return CONTINUE;
  }
}

export function create(c: CdnLoopConfig): HttpFilterFactory {
  const id = toWire(c.cdnId ?? '');
  if (!new RegExp(`^${ID}$`).test(id)) {
    refuse(c, 'cdn_id', `Provided cdn_id "${c.cdnId}" is not a valid CDN identifier`);
  }
  const max = c.maxAllowedOccurrences ?? 0;
  return { terminal: false, create: () => new CdnLoopFilter(id, max) };
}
