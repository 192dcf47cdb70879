/** envoy.filters.http.ip_tagging: says in a header which lists of ranges the client's address is in. Mirrors source/extensions/filters/http/ip_tagging/ip_tagging_filter.cc. */

import type { Headers } from '../../codec/headers.ts';
import { cidrText, notARange } from '../../config/cidr-range.ts';
import { refuse } from '../../config/refusal.ts';
import type { CidrRange, IPTaggingIPTag as IPTag, IPTagging } from '../../config/schema/types.ts';
import { IpRanges } from '../../platform/ip.ts';
import { asciiLower, toWire } from '../../platform/wire-text.ts';
import type { Counter, Scope } from '../../stats/store.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { CONTINUE, type HeadersStatus, type HttpFilterFactory, StreamFilter } from '../stream/filter.ts';

interface Tag {
  readonly name: string;
  readonly ranges: IpRanges;
  /** Made when it is counted for the first time, as in Envoy. */
  readonly hit: () => Counter;
}

interface Settings {
  readonly type: 'BOTH' | 'INTERNAL' | 'EXTERNAL';
  /** Those of today: a file may bring others. */
  tags: readonly Tag[];
  readonly header: string;
  /** What the client says of itself there is taken out. */
  readonly sanitizes: boolean;
  readonly clientIp: (h: Headers, f: StreamFilter) => string;
  readonly scope: Scope;
}

class IpTaggingFilter extends StreamFilter {
  private readonly settings: Settings;

  constructor(settings: Settings) {
    super();
    this.settings = settings;
  }

  override decodeHeaders(h: Headers): HeadersStatus {
    const { type, tags, header, sanitizes, scope, clientIp } = this.settings;
    const internal = h.get('x-envoy-internal') === 'true';
    if ((type === 'INTERNAL' && !internal) || (type === 'EXTERNAL' && internal)) return CONTINUE;
    const ip = clientIp(h, this);
    const found = tags.filter((tag) => tag.ranges.has(ip));
    let changed = false;
    if (sanitizes) changed = h.remove(header);
    if (found.length > 0) {
      const said = h.getAll(header);
      const names = found.map((tag) => tag.name).join(',');
      h.set(header, said === undefined || said === '' ? names : `${said},${names}`);
      changed = true;
      for (const tag of found) tag.hit().inc();
    } else scope.counter('no_hit').inc();
    scope.counter('total').inc();
    if (changed) this.stream.clearRoute();
    return CONTINUE;
  }
}

function rangesOf(list: readonly CidrRange[] | undefined): IpRanges {
  const ranges = new IpRanges();
  for (const range of list ?? []) {
    try {
      ranges.add(cidrText(range));
    } catch {
      refuse(range, 'address_prefix', notARange(range));
    }
  }
  return ranges;
}

export async function create(c: IPTagging, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  const { ipTags = [], ipTagsDatasource: source } = c;
  if (ipTags.length === 0 && source === undefined) {
    refuse(c, '', 'HTTP IP Tagging Filter requires either ip_tags or ip_tags_datasource to be specified.');
  }
  if (ipTags.length > 0 && source !== undefined) {
    refuse(c, 'ip_tags_datasource', 'Only one of ip_tags or ip_tags_datasource can be configured.');
  }
  const scope = ctx.httpStats.scope.scope('ip_tagging.');
  const tagsOf = (list: readonly IPTag[]): readonly Tag[] =>
    list.map((tag) => ({
      name: toWire(tag.ipTagName ?? ''),
      ranges: rangesOf(tag.ipList),
      hit: () => scope.counter(`${tag.ipTagName ?? ''}.hit`),
    }));
  const settings: Settings = {
    type: c.requestType ?? 'BOTH',
    tags: tagsOf(ipTags),
    header: asciiLower(toWire(c.ipTagHeader?.header ?? 'x-envoy-ip-tags')),
    sanitizes: c.ipTagHeader !== undefined && (c.ipTagHeader.action ?? 'SANITIZE') === 'SANITIZE',
    clientIp: (h, { stream: { info, connection } }) =>
      ctx.clientAddress?.({ request: h, info }) ?? connection?.remoteAddress.ip ?? '',
    scope,
  };
  if (source !== undefined) {
    const { tagsFile } = await import('./ip-tags-file.ts');
    const take = (list: readonly IPTag[]): void => {
      settings.tags = tagsOf(list);
    };
    await tagsFile(source, ctx.clusters).read(take, scope.counter('reload_success'));
  }
  return { terminal: false, create: () => new IpTaggingFilter(settings) };
}
