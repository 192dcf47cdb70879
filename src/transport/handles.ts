/**
 * libuv's stream handles as Node's own `net` uses them. Node does not document them, so everything used is probed at load; where
 * anything is missing `handles` is null and the transport falls back to node:net (net-wire.ts, net-server-socket.ts).
 */

/** Whose callbacks a handle or a request leads to. */
export interface HandleOwner {
  received(): void;
  written(status: number): void;
  shutdownDone(status: number): void;
  connected(status: number): void;
}

/** A write, shutdown or connect under way. */
export interface Req {
  oncomplete: ((status: number) => void) | undefined;
  owner: HandleOwner | undefined;
  /** Keeps what is in flight alive. */
  held: unknown;
}

export interface StreamHandle {
  onread: () => void;
  owner: HandleOwner | undefined;
  readStart(): number;
  readStop(): number;
  writeBuffer(req: Req, data: Uint8Array): number;
  writev(req: Req, chunks: Uint8Array[], allBuffers: true): number;
  shutdown(req: Req): number;
  close(done?: () => void): void;
  readonly writeQueueSize?: number;
  /** -1 when closed. */
  readonly fd?: number;
  reset?(done?: () => void): number;
  useUserBuffer(buffer: Uint8Array): void;
  setNoDelay?(on: boolean): number;
  setKeepAlive?(on: boolean, seconds: number): number;
  setTypeOfService?(tos: number): number;
  getpeername?(out: Record<string, unknown>): number;
  getsockname?(out: Record<string, unknown>): number;
  connect(req: Req, address: string, port?: number): number;
  connect6?(req: Req, address: string, port: number): number;
}

/** What a handle has that was made to listen. Statuses are 0 or a negative error number. */
export interface ServerHandle {
  onconnection: (status: number, accepted: StreamHandle | undefined) => void;
  /** TCP: an IPv4 address, a port and flags; a pipe: a path alone. */
  bind(address: string, port?: number, flags?: number): number;
  bind6(address: string, port: number, flags: number): number;
  listen(backlog: number): number;
  getsockname?(out: { port?: number }): number;
  close(): void;
}

interface StreamBinding {
  WriteWrap: new () => Req;
  ShutdownWrap: new () => Req;
  kReadBytesOrError: number;
  kLastWriteWasAsync: number;
  streamBaseState: Int32Array;
}
interface TcpBinding {
  TCP: new (type: number) => StreamHandle & ServerHandle;
  TCPConnectWrap: new () => Req;
  constants: { SOCKET: number; SERVER: number; UV_TCP_IPV6ONLY: number; UV_TCP_REUSEPORT: number };
}
interface PipeBinding {
  Pipe: new (type: number) => StreamHandle & ServerHandle;
  PipeConnectWrap: new () => Req;
  constants: { SOCKET: number; SERVER: number };
}

export interface Handles {
  readonly stream: StreamBinding;
  readonly tcp: TcpBinding;
  readonly pipe: PipeBinding;
}

/** Null when this Node's handles are not what we know, on Windows, or when `ENVOYLET_TRANSPORT=net` asks for plain sockets. */
export const handles: Handles | null = probe();

/** For where `handles` was looked at before. */
export function knownHandles(): Handles {
  if (handles === null) throw new Error('this Node has no stream handles that we know');
  return handles;
}

function probe(): Handles | null {
  if (process.env.ENVOYLET_TRANSPORT === 'net' || process.platform === 'win32') return null;
  try {
    const binding = (process as unknown as { binding(name: string): unknown }).binding.bind(process);
    const stream = binding('stream_wrap') as StreamBinding;
    const tcp = binding('tcp_wrap') as TcpBinding;
    const pipe = binding('pipe_wrap') as PipeBinding;
    const h = new tcp.TCP(tcp.constants.SOCKET);
    const ok =
      stream.streamBaseState instanceof Int32Array &&
      areNumbers(stream.kReadBytesOrError, stream.kLastWriteWasAsync) &&
      areNumbers(tcp.constants.SERVER, tcp.constants.UV_TCP_IPV6ONLY, tcp.constants.UV_TCP_REUSEPORT) &&
      areNumbers(pipe.constants.SERVER) &&
      areFunctions(stream.WriteWrap, stream.ShutdownWrap, tcp.TCPConnectWrap, pipe.Pipe) &&
      areFunctions(h.writeBuffer, h.writev, h.readStart, h.useUserBuffer, h.getpeername) &&
      areFunctions(h.bind, h.bind6, h.listen, h.getsockname);
    h.close();
    return ok ? { stream, tcp, pipe } : null;
  } catch {
    return null;
  }
}

function areNumbers(...all: unknown[]): boolean {
  return all.every((x) => typeof x === 'number');
}
function areFunctions(...all: unknown[]): boolean {
  return all.every((x) => typeof x === 'function');
}
