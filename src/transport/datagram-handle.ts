/**
 * A UDP socket on libuv's handle as node:dgram itself uses it, without its events, look-ups and objects for each datagram. Node does not document
 * the handle: what is used of it is probed when this is loaded, and node-datagram-socket.ts is there where anything is missing.
 */
import { getSystemErrorName } from 'node:util';
import { Address, plainIp } from './address.ts';
import {
  type DatagramBind,
  type DatagramOptions,
  type DatagramOwner,
  type DatagramSocket,
  mappedIp,
} from './datagram-socket.ts';

interface SendReq {
  oncomplete: ((status: number) => void) | undefined;
  /** Keeps the bytes alive while they wait. */
  held: unknown;
}

/** Statuses are 0 or a negative error number. */
interface UdpHandle {
  onmessage: (n: number, handle: UdpHandle, data: Buffer | undefined, from: { address: string; port: number }) => void;
  bind(ip: string, port: number, flags: number): number;
  bind6(ip: string, port: number, flags: number): number;
  connect(ip: string, port: number): number;
  connect6(ip: string, port: number): number;
  recvStart(): number;
  /** Above 0: it is sent; 0: it waits, and the request is told. */
  send(
    req: SendReq,
    list: readonly Buffer[],
    count: number,
    ...to: [tell: boolean] | [port: number, ip: string, tell: boolean]
  ): number;
  send6(
    req: SendReq,
    list: readonly Buffer[],
    count: number,
    ...to: [tell: boolean] | [port: number, ip: string, tell: boolean]
  ): number;
  bufferSize(size: number, receive: boolean, context: object): number | undefined;
  setTTL(ttl: number): number;
  setBroadcast(on: boolean): number;
  getsockname(out: { address?: string; port?: number }): number;
  close(): void;
}

export interface UdpBinding {
  readonly UDP: new () => UdpHandle;
  readonly SendWrap: new () => SendReq;
  readonly constants: { readonly UV_UDP_IPV6ONLY: number; readonly UV_UDP_REUSEPORT: number };
}

/** Null when this Node's handle is not what we know, on Windows, or when `ENVOYLET_TRANSPORT=net` asks for plain sockets. */
export const udpBinding: UdpBinding | null = probe();

function probe(): UdpBinding | null {
  if (process.env.ENVOYLET_TRANSPORT === 'net' || process.platform === 'win32') return null;
  try {
    const binding = (process as unknown as { binding(name: string): UdpBinding }).binding('udp_wrap');
    const { UDP, SendWrap, constants } = binding;
    const h = new UDP();
    const methods = [h.bind, h.bind6, h.connect, h.connect6, h.recvStart, h.send, h.send6, h.getsockname, h.bufferSize];
    const flags = [constants.UV_UDP_IPV6ONLY, constants.UV_UDP_REUSEPORT];
    const ok =
      typeof SendWrap === 'function' &&
      methods.every((m) => typeof m === 'function') &&
      flags.every((f) => typeof f === 'number');
    h.close();
    return ok ? binding : null;
  } catch {
    return null;
  }
}

export class HandleDatagramSocket implements DatagramSocket {
  private readonly binding: UdpBinding;
  private readonly ipv6: boolean;
  private readonly handle: UdpHandle;
  private closed = false;
  /** One datagram waits for room in the socket's buffer: until it is gone nothing more is taken, so that no queue grows. */
  private waits = false;
  private req: SendReq;
  private readonly list: [Buffer | null] = [null];

  constructor(ipv6: boolean, binding: UdpBinding) {
    this.ipv6 = ipv6;
    this.binding = binding;
    this.handle = new binding.UDP();
    this.req = this.newReq();
  }

  async bind(o: DatagramBind): Promise<number> {
    const { UV_UDP_IPV6ONLY, UV_UDP_REUSEPORT } = this.binding.constants;
    const flags = (o.reusePort ? UV_UDP_REUSEPORT : 0) | (o.ipv6Only ? UV_UDP_IPV6ONLY : 0);
    const { ip } = o.address;
    const status = this.ipv6 ? this.handle.bind6(ip, o.port, flags) : this.handle.bind(ip, o.port, flags);
    if (status !== 0) this.fail(status);
    this.apply(o.options);
    return this.localAddress()?.port ?? 0;
  }

  private apply(o: DatagramOptions): void {
    const { handle } = this;
    const context: { code?: string } = {};
    if (o.receiveBuffer > 0 && handle.bufferSize(o.receiveBuffer, true, context) === undefined)
      this.failed(context.code);
    if (o.sendBuffer > 0 && handle.bufferSize(o.sendBuffer, false, context) === undefined) this.failed(context.code);
    const status = (o.ttl > 0 ? handle.setTTL(o.ttl) : 0) || (o.broadcast ? handle.setBroadcast(true) : 0);
    if (status !== 0) this.fail(status);
  }

  private fail(status: number): never {
    return this.failed(getSystemErrorName(status));
  }
  private failed(code = 'EINVAL'): never {
    this.close();
    throw Object.assign(new Error(`bind ${code}`), { code });
  }

  connect({ ip, port }: Address): string {
    const status = this.ipv6 ? this.handle.connect6(ip, port) : this.handle.connect(ip, port);
    return status === 0 ? '' : getSystemErrorName(status);
  }

  start(owner: DatagramOwner): void {
    if (this.closed) return;
    this.handle.onmessage = (n, _handle, data, from) => {
      if (this.closed) return;
      if (n < 0) owner.datagramFailed(getSystemErrorName(n));
      else if (data !== undefined) owner.datagram(data, this.ipv6 ? plainIp(from.address) : from.address, from.port);
    };
    // -EALREADY where another owner has started it.
    this.handle.recvStart();
  }

  send(data: Buffer): boolean {
    if (this.waits || this.closed) return false;
    const { handle, req, list } = this;
    list[0] = data;
    const all = list as [Buffer];
    return this.sent(this.ipv6 ? handle.send6(req, all, 1, true) : handle.send(req, all, 1, true), data);
  }

  sendTo(data: Buffer, ip: string, port: number): boolean {
    if (this.waits || this.closed) return false;
    const { handle, req, list } = this;
    list[0] = data;
    const all = list as [Buffer];
    return this.sent(
      this.ipv6 ? handle.send6(req, all, 1, port, mappedIp(ip), true) : handle.send(req, all, 1, port, ip, true),
      data,
    );
  }

  private sent(status: number, data: Buffer): boolean {
    this.list[0] = null;
    if (status > 0) return true;
    if (status < 0) return false;
    this.waits = true;
    this.req.held = data;
    this.req = this.newReq();
    return true;
  }

  private newReq(): SendReq {
    const req = new this.binding.SendWrap();
    req.oncomplete = () => {
      req.held = undefined;
      this.waits = false;
    };
    return req;
  }

  localAddress(): Address | null {
    const out: { address?: string; port?: number } = {};
    return this.closed || this.handle.getsockname(out) !== 0 ? null : new Address(out.address ?? '', out.port ?? 0);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.handle.close();
  }
}
