/**
 * proxy_protocol_tlvs: what a PROXY header to the host says of a session beside addresses, where the cluster's transport writes one. Mirrors
 * source/common/tcp_proxy/tcp_proxy.cc and what proxy_protocol_tlv_merge_policy says of TLVs that the client came with.
 */
import { each, refuse } from '../config/refusal.ts';
import type { TcpProxy } from '../config/schema/types.ts';
import type { FactoryContext } from '../extension/context.ts';
import { formatBuild } from '../format/format-build.ts';
import { NO_LOG } from '../format/format-context.ts';
import { compileFormatString } from '../format/substitution-format.ts';
import { type Downstream, downstreamOf, HEADER_STATE, type Tlv } from '../transport/downstream-facts.ts';
import { SocketInfo } from '../transport/socket-info.ts';
import { NO_LOGS, SessionLog } from './session-log.ts';
import type { TcpSession } from './tcp-session.ts';

export function sessionTlvs(config: TcpProxy, ctx: FactoryContext): (session: TcpSession) => void {
  const build = formatBuild(ctx, () => undefined);
  const makers = each(config.proxyProtocolTlvs, ({ type = 0, value, formatString, ...tlv }) => {
    const fixed = value !== undefined && value.length > 0;
    if (fixed && formatString !== undefined) {
      refuse(tlv, '', "Invalid TLV configuration: only one of 'value' or 'format_string' may be set.");
    }
    if (fixed) return (): Tlv => ({ type, value });
    if (formatString === undefined) {
      refuse(tlv, '', "Invalid TLV configuration: one of 'value' or 'format_string' must be set.");
    }
    const format = compileFormatString(formatString, build);
    return (log: SessionLog): Tlv => ({ type, value: Buffer.from(format(log, NO_LOG), 'latin1') });
  });
  const { proxyProtocolTlvMergePolicy: policy = 'ADD_IF_ABSENT' } = config;
  return (session) => {
    const { down } = session;
    const said = down.socketInfo?.filterState?.get(HEADER_STATE) as Downstream | undefined;
    if (said !== undefined && policy === 'ADD_IF_ABSENT') return;
    const log = session.log ?? new SessionLog(down, NO_LOGS);
    const own = makers.map((make) => make(log));
    const facts = downstreamOf(down);
    const replaced = policy === 'OVERWRITE_BY_TYPE_IF_EXISTS_OR_ADD';
    const kept = replaced ? facts.tlvs.filter((t) => !own.some((o) => o.type === t.type)) : facts.tlvs;
    down.socketInfo ??= new SocketInfo();
    down.socketInfo.share(HEADER_STATE, { ...facts, tlvs: replaced ? [...own, ...kept] : [...kept, ...own] });
  };
}
