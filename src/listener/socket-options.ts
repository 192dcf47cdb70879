/**
 * socket_options and tcp_keepalive of a listener: what of them Node can set on an accepted socket; the rest is refused by name. Mirrors
 * source/common/network/socket_option_impl.cc and tcp_keepalive_option_impl.cc. Loaded for listeners that have some.
 */
import { each, refuse } from '../config/refusal.ts';
import type { SocketOption, TcpKeepalive } from '../config/schema/types.ts';
import { handles } from '../transport/handles.ts';

const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_KEEPALIVE = 9;
const SO_REUSEPORT = 15;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const TCP_KEEPIDLE = 4;
const IPPROTO_IP = 0;
const IP_TOS = 1;
const IPPROTO_IPV6 = 41;
const IPV6_TCLASS = 67;
/** Linux' default of TCP_KEEPIDLE, s (tcp(7)). */
const DEFAULT_KEEPALIVE_SECONDS = 7200;

/** Seconds of silence before the kernel probes the peer; 0 = it does not. */
export function keepAliveSeconds(
  keepalive: TcpKeepalive | undefined,
  options: readonly SocketOption[] | undefined,
): number {
  let seconds = keepalive === undefined ? 0 : (keepalive.keepaliveTime ?? DEFAULT_KEEPALIVE_SECONDS);
  // Any field that is 0 switches it off.
  if (keepalive?.keepaliveProbes === 0 || keepalive?.keepaliveInterval === 0) seconds = 0;
  let idle = DEFAULT_KEEPALIVE_SECONDS;
  each(options, (o) => {
    const value = optionValue(o);
    if (is(o, IPPROTO_TCP, TCP_KEEPIDLE)) {
      idle = value;
      if (seconds > 0) seconds = value;
    } else if (is(o, SOL_SOCKET, SO_KEEPALIVE)) seconds = value === 0 ? 0 : idle;
    // These are as they are asked for: addresses are reused, event loops share ports, nothing waits to be sent.
    else if (!isTypeOfService(o) && (!(isReused(o) || is(o, IPPROTO_TCP, TCP_NODELAY)) || value === 0)) unknown(o);
  });
  return seconds;
}

/** IP_TOS, or of an IPv6 socket IPV6_TCLASS; -1 = as the system has it. Of the listening socket in Envoy, whose connections inherit it. */
export function typeOfService(options: readonly SocketOption[] | undefined, ipv6: boolean): number {
  let found = -1;
  each(options, (o) => {
    if (!isTypeOfService(o)) return;
    // Older Nodes cannot.
    if (is(o, IPPROTO_IP, IP_TOS) === ipv6 || !nodeCan()) unknown(o);
    found = optionValue(o);
  });
  return found;
}

const nodeCan = (): boolean => handles === null || 'setTypeOfService' in handles.tcp.TCP.prototype;

const isTypeOfService = (o: SocketOption): boolean => is(o, IPPROTO_IP, IP_TOS) || is(o, IPPROTO_IPV6, IPV6_TCLASS);

export const is = (o: SocketOption, level: number, name: number): boolean =>
  (o.level ?? 0) === level && (o.name ?? 0) === name;
export const isReused = (o: SocketOption): boolean =>
  is(o, SOL_SOCKET, SO_REUSEADDR) || is(o, SOL_SOCKET, SO_REUSEPORT);

export function optionValue(o: SocketOption): number {
  if (o.intValue !== undefined) return o.intValue;
  // Bytes that came from another thread are no Buffer.
  return o.bufValue !== undefined && o.bufValue.length >= 4 ? Buffer.from(o.bufValue).readInt32LE(0) : unknown(o);
}

function unknown(o: SocketOption): never {
  return refuse(
    o,
    '',
    `the socket option ${o.level ?? 0}/${o.name ?? 0} is not supported: Node can set SO_KEEPALIVE (1/9), TCP_KEEPIDLE (6/4), IP_TOS (0/1) and of an IPv6 socket IPV6_TCLASS (41/67) only`,
    { hint: 'SO_REUSEADDR (1/2), SO_REUSEPORT (1/15) and TCP_NODELAY (6/1) are set in any case' },
  );
}
