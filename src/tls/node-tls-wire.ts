/** A wire of TLS on `tls.TLSSocket`: documented Node API only. See wires.ts for when it is used. */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Address } from '../transport/address.ts';
import { connectSocket, NetWire } from '../transport/net-wire.ts';
import type { TransportSecurity, Wire, WireOwner } from '../transport/wire.ts';
import { readClientHello } from './client-hello.ts';
import type { ClientSide, HandshakeFacts, ServerSide } from './sides.ts';
import type { RawCertificate, SslError } from './tls-handles.ts';
import type { TlsWires } from './wires.ts';

const MAX_HELLO = 16 * 1024 + 9;

class NodeTlsWire implements Wire {
  readonly keepsWrites: boolean = true;
  readonly secure: boolean = true;
  ready = false;
  security: TransportSecurity | null = null;
  private readonly base: Socket;
  private readonly path: string;
  private owner: WireOwner | null;
  private readonly side: ServerSide | ClientSide;
  private inner: NetWire | null = null;
  private tls: TLSSocket | null = null;
  private hello: Buffer | null = null;
  private serverName = '';
  private wantsRead = false;
  private early: Buffer[] = [];
  private endWanted = false;
  private keepAlive = 0;
  private readonly names: NetWire;

  constructor(base: Socket, path: string, owner: WireOwner, side: ServerSide | ClientSide, names: NetWire) {
    this.base = base;
    this.path = path;
    this.owner = owner;
    this.side = side;
    this.names = names;
  }

  /** What comes out of the plain socket until TLS stands on it. */
  readonly plain: WireOwner = {
    takesLent: false,
    wireConnected: () => this.startClient(),
    wireData: (chunk) => this.helloBytes(chunk),
    wireEnd: () => this.fail(''),
    wireFailed: (code) => this.fail(code),
    wireWritten: () => {},
    wireShutdownDone: () => {},
  };

  private startClient(): void {
    const side = this.side as ClientSide;
    const { connect } = process.getBuiltinModule('node:tls');
    this.forget();
    const { preface } = side;
    if (preface !== null) this.base.write(preface(this.names.localAddress(), this.names.remoteAddress()));
    const session = side.takeSession();
    this.serverName = side.serverName;
    const socket = connect({
      socket: this.base,
      secureContext: { context: side.context } as never,
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...(side.serverName === '' ? {} : { servername: side.serverName }),
      ...(side.alpn === null ? {} : { ALPNProtocols: side.alpn }),
      ...(session === null ? {} : { session }),
    });
    if (side.keepsSessions) socket.on('session', (made) => side.keepSession(made));
    this.take(socket, 'secureConnect');
  }

  private helloBytes(chunk: Buffer): void {
    const data = this.hello === null ? chunk : Buffer.concat([this.hello, chunk]);
    const read = readClientHello(data);
    if (read === 'more' && data.length <= MAX_HELLO) {
      this.hello = data;
      return;
    }
    this.hello = null;
    const side = this.side as ServerSide;
    const hello = typeof read === 'string' ? null : read;
    const choice = side.choose(hello);
    if (choice.failure !== '') {
      this.fail(choice.failure);
      return;
    }
    this.serverName = hello?.serverName ?? '';
    this.base.pause();
    this.forget();
    this.base.unshift(data);
    const { TLSSocket: Tls } = process.getBuiltinModule('node:tls');
    const socket = new Tls(this.base, {
      isServer: true,
      secureContext: { context: choice.context } as never,
      requestCert: side.requestsCertificate,
      rejectUnauthorized: side.requiresCertificate,
      ...(choice.alpn === null ? {} : { ALPNProtocols: choice.alpn }),
    });
    // Node's own way is an event in the middle of the handshake.
    const { _handle } = socket as unknown as { _handle: { setOCSPResponse(b: Buffer): void } };
    if (choice.staple !== null) _handle.setOCSPResponse(choice.staple);
    this.take(socket, 'secure');
  }

  /** The plain socket's events are the TLS socket's from now on. */
  private forget(): void {
    for (const event of ['data', 'end', 'error', 'connect', 'finish']) this.base.removeAllListeners(event);
    this.base.on('error', () => {});
  }

  private take(socket: TLSSocket, done: 'secure' | 'secureConnect'): void {
    this.tls = socket;
    const { keyLog } = this.side;
    if (keyLog?.wants(this.localAddress(), this.remoteAddress())) socket.on('keylog', (line) => keyLog.write(line));
    const early = (e: SslError): void => {
      this.fail(
        (e.code ?? '').startsWith('ERR_SSL_') ? this.side.failed(e) : e.code === 'ECONNRESET' ? '' : (e.code ?? ''),
      );
    };
    socket.once('error', early);
    socket.once('end', () => {
      if (!this.ready) this.fail('');
    });
    socket.once(done, () => {
      const verdict = this.side.established(factsOf(socket), this.serverName, socket.alpnProtocol || '');
      if (verdict.refusal !== '') {
        this.fail(verdict.refusal);
        return;
      }
      socket.off('error', early);
      this.security = verdict.security;
      this.opened(socket);
    });
  }

  private opened(socket: TLSSocket): void {
    const { owner } = this;
    if (owner === null) {
      socket.destroy();
      return;
    }
    this.ready = true;
    this.inner = new NetWire(socket, owner, this.path);
    if (this.keepAlive > 0) this.base.setKeepAlive(true, this.keepAlive * 1000);
    if ('takeSession' in this.side) owner.wireConnected();
    else owner.wireReady?.();
    const { early } = this;
    this.early = [];
    if (early.length > 0) this.inner?.writeMany(early);
    if (this.endWanted) this.inner?.shutdown();
    if (this.wantsRead) this.inner?.readStart();
  }

  private destroy(): void {
    if (this.tls === null) this.base.destroy();
    else this.tls.destroy();
  }

  private fail(code: string): void {
    const { owner } = this;
    this.owner = null;
    this.destroy();
    owner?.wireFailed(code);
  }

  handOver(owner: WireOwner, unread: Buffer | null): void {
    this.owner = owner;
    this.inner?.handOver(owner, unread);
  }
  readStart(): void {
    this.wantsRead = true;
    if (this.inner !== null) this.inner.readStart();
    else this.names.readStart();
  }
  readStop(): void {
    this.wantsRead = false;
    this.inner?.readStop();
  }
  writeBuffer(data: Buffer): boolean {
    if (this.inner !== null) return this.inner.writeBuffer(data);
    this.early.push(Buffer.from(data));
    return false;
  }
  writeMany(chunks: Buffer[]): boolean {
    if (this.inner !== null) return this.inner.writeMany(chunks);
    return this.writeBuffer(Buffer.concat(chunks));
  }
  unwritten(): number {
    return this.inner?.unwritten() ?? 0;
  }
  shutdown(): void {
    if (this.inner !== null) this.inner.shutdown();
    else this.endWanted = true;
  }
  close(): void {
    this.owner = null;
    this.inner?.close();
    this.destroy();
  }
  reset(): void {
    this.owner = null;
    this.inner?.close();
    this.base.resetAndDestroy();
  }
  setKeepAlive(enable: boolean, seconds: number): void {
    this.keepAlive = enable ? seconds : 0;
    this.base.setKeepAlive(enable, seconds * 1000);
  }
  remoteAddress(): Address {
    return this.names.remoteAddress();
  }
  localAddress(): Address {
    return this.names.localAddress();
  }
}

function factsOf(socket: TLSSocket): HandshakeFacts {
  return {
    getProtocol: () => socket.getProtocol(),
    getCipher: () => socket.getCipher(),
    getEphemeralKeyInfo: () => socket.getEphemeralKeyInfo() as { type?: string; name?: string } | null,
    isSessionReused: () => socket.isSessionReused(),
    getSession: () => socket.getSession(),
    getPeerCertificate(detailed) {
      const certificate = socket.getPeerCertificate(detailed) as unknown as RawCertificate | null;
      return certificate?.raw === undefined ? undefined : certificate;
    },
    verifyError() {
      const handle = (socket as unknown as { _handle: { verifyError(): SslError | null } | null })._handle;
      return handle?.verifyError() ?? null;
    },
  };
}

export const nodeTlsWires: TlsWires = {
  accept(raw, unread, owner, side) {
    const net = raw as NetWire;
    const wire = new NodeTlsWire(net.plainSocket, '', owner, side, net);
    net.handOver(wire.plain, unread);
    return wire;
  },
  connect(address, owner, side) {
    const socket = connectSocket(address);
    const late: WireOwner = {
      takesLent: false,
      wireConnected: () => first.wireConnected(),
      wireData: (chunk) => first.wireData(chunk),
      wireEnd: () => first.wireEnd(),
      wireFailed: (code) => first.wireFailed(code),
      wireWritten: () => first.wireWritten(),
      wireShutdownDone() {},
    };
    const names = new NetWire(socket, late, address.path);
    const wire = new NodeTlsWire(socket, address.path, owner, side, names);
    const before = side.before?.(wire.plain) ?? null;
    if (before !== null) before.wire = names;
    const first = before ?? wire.plain;
    return wire;
  },
};
