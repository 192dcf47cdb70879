/** socket_options of a UDP listener: what of them Node can set; the rest is refused by name. Mirrors source/common/network/socket_option_impl.cc. */
import { each, refuse } from '../config/refusal.ts';
import type { Listener as ListenerMessage } from '../config/schema/types.ts';
import type { DatagramOptions } from '../transport/datagram-socket.ts';
import { is, isReused, optionValue } from './socket-options.ts';

const SOL_SOCKET = 1;
const SO_BROADCAST = 6;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const IPPROTO_IP = 0;
const IP_TTL = 2;

export function datagramOptions(message: ListenerMessage): DatagramOptions {
  let receiveBuffer = 0;
  let sendBuffer = 0;
  let ttl = 0;
  let broadcast = false;
  each(message.socketOptions, (o) => {
    const value = optionValue(o);
    if (is(o, SOL_SOCKET, SO_RCVBUF)) receiveBuffer = value;
    else if (is(o, SOL_SOCKET, SO_SNDBUF)) sendBuffer = value;
    else if (is(o, IPPROTO_IP, IP_TTL)) ttl = value;
    else if (is(o, SOL_SOCKET, SO_BROADCAST)) broadcast = value !== 0;
    else if (!isReused(o) || value === 0) {
      const name = `${o.level ?? 0}/${o.name ?? 0}`;
      const known = 'SO_RCVBUF (1/8), SO_SNDBUF (1/7), SO_BROADCAST (1/6) and IP_TTL (0/2)';
      refuse(o, '', `the socket option ${name} is not supported: of a UDP socket Node can set ${known} only`);
    }
  });
  return { receiveBuffer, sendBuffer, ttl, broadcast };
}
