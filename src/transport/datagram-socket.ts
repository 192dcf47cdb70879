/**
 * A UDP socket: on libuv's handle where Node has it as we know it (datagram-handle.ts), else on node:dgram. Role of Envoy's
 * Network::UdpListener and of the sockets of its UDP sessions. Loaded for configs with a UDP listener only.
 */
import type { Address } from './address.ts';
import { HandleDatagramSocket, udpBinding } from './datagram-handle.ts';
import { NodeDatagramSocket } from './node-datagram-socket.ts';

export interface DatagramOwner {
  /** `data` is nobody else's memory. */
  datagram(data: Buffer, ip: string, port: number): void;
  /** The system tells of something that went wrong earlier (`ECONNREFUSED` …); the socket goes on. */
  datagramFailed(code: string): void;
}

export interface DatagramBind {
  readonly address: Address;
  /** Instead of the address's own; 0 = the kernel chooses. */
  readonly port: number;
  /** Other sockets may bind the same port; the kernel gives each peer to one of them. */
  readonly reusePort: boolean;
  /** An IPv6 socket takes nothing over IPv4. */
  readonly ipv6Only: boolean;
  readonly options: DatagramOptions;
}

/** 0: as the system has it. */
export interface DatagramOptions {
  /** SO_RCVBUF and SO_SNDBUF, bytes. */
  readonly receiveBuffer: number;
  readonly sendBuffer: number;
  /** IP_TTL. */
  readonly ttl: number;
  /** SO_BROADCAST. */
  readonly broadcast: boolean;
}

export interface DatagramSocket {
  /** Binds, and reads nothing yet; the port bound. Rejects with an error that has the system's `code`. */
  bind(options: DatagramBind): Promise<number>;
  /** Instead of binding: sends to this address and takes from nobody else. '' or the system's code. */
  connect(address: Address): string;
  /** Reads from now on; may be told again, for another owner. */
  start(owner: DatagramOwner): void;
  /** To whom it is connected. False: it could not be sent, and is lost. */
  send(data: Buffer): boolean;
  sendTo(data: Buffer, ip: string, port: number): boolean;
  /** Null before it has one. */
  localAddress(): Address | null;
  close(): void;
}

/** An IPv4 address as an IPv6 socket takes it. */
export const mappedIp = (ip: string): string => (ip.includes(':') ? ip : `::ffff:${ip}`);

export function makeDatagramSocket(ipv6: boolean): DatagramSocket {
  return udpBinding === null ? new NodeDatagramSocket(ipv6) : new HandleDatagramSocket(ipv6, udpBinding);
}
