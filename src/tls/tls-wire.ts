/**
 * A wire of TLS on Node's own TLS handle, over the TCP handle of a HandleWire: no stream objects, as below it. Mirrors what Envoy's SslSocket
 * does with a connection (source/common/tls/ssl_socket.cc).
 *
 * A server's looks at the ClientHello before the handle is made: by what it says the certificate and the application protocol are
 * chosen, which the handle could be told only by a callback in the middle of the handshake.
 */
import { getSystemErrorName } from 'node:util';
import { systemSentence } from '../platform/errno.ts';
import { copyOf, LENT_BYTES } from '../platform/lent.ts';
import { PrefixViews } from '../platform/prefix-views.ts';
import type { Address } from '../transport/address.ts';
import type { HandleWire } from '../transport/handle-wire.ts';
import { type HandleOwner, knownHandles, type Req } from '../transport/handles.ts';
import type { TransportSecurity, Wire, WireOwner } from '../transport/wire.ts';
import { readClientHello } from './client-hello.ts';
import type { ClientSide, ServerSide } from './sides.ts';
import { badHello, systemFailure } from './ssl-errors.ts';
import { type SslError, type TlsHandle, wrapTls } from './tls-handles.ts';

const UV_EOF = -4095;
/** Of a record: nothing is said of fewer bytes. */
const HEADER = 5;
/** An alert. */
const HANDSHAKE_FAILURE = 40;
/** Bytes of a ClientHello that are looked at here; one in very many records is OpenSSL's to judge. */
const MAX_HELLO = 16 * 1024 + 9;

const { stream } = knownHandles();
/** What is decrypted lands here: a record at a time. */
const landing = Buffer.allocUnsafeSlow(16 * 1024);
const landed = new PrefixViews(landing, LENT_BYTES);
const spoilLent = process.env.ENVOYLET_SPOIL_LENT === '1';

/** Requests that serve again. One is free when the call that completed it has returned: at the next completion. */
const MAX_SPARE = 16;
const spares: Req[] = [];
let completed: Req | null = null;

export class TlsWire implements Wire, WireOwner, HandleOwner {
  readonly keepsWrites: boolean = false;
  readonly copiesWrites: boolean = true;
  readonly takesLent: boolean = false;
  readonly secure: boolean = true;
  ready = false;
  security: TransportSecurity | null = null;
  raw!: HandleWire;
  private ssl: TlsHandle | null = null;
  private owner: WireOwner;
  private readonly server: ServerSide | null;
  private readonly client: ClientSide | null;
  private closed = false;
  /** The owner wants to read. */
  private reading = false;
  /** Of the ClientHello. */
  private hello: Buffer | null = null;
  private serverName = '';
  /** Came while the owner did not read; and the end behind it. */
  private held: Buffer[] = [];
  private heldEnd = false;
  private giving = false;
  /** Written before the handshake was over. */
  private early: Buffer | null = null;
  private endWanted = false;
  /** Our close_notify is out. */
  private shut = false;

  constructor(owner: WireOwner, server: ServerSide | null, client: ClientSide | null) {
    this.owner = owner;
    this.server = server;
    this.client = client;
  }

  // --- the socket's side, until the handle is made

  wireConnected(): void {
    const { client } = this;
    if (client === null) return;
    if (client.preface !== null) {
      this.raw.writeBuffer(client.preface(this.raw.localAddress(), this.raw.remoteAddress()));
    }
    const ssl = this.wrap(client.context, false);
    if (ssl === null) return;
    if (client.serverName !== '') ssl.setServername(client.serverName);
    if (client.alpn !== null) ssl.setALPNProtocols(client.alpn);
    const session = client.takeSession();
    if (session !== null) ssl.setSession(session);
    if (client.keepsSessions) {
      ssl.onnewsession = (_id, made) => client.keepSession(made);
      ssl.enableSessionCallbacks();
    }
    this.serverName = client.serverName;
    ssl.start();
    if (!this.closed) ssl.readStart();
  }

  wireData(chunk: Buffer): void {
    const data = this.hello === null ? chunk : Buffer.concat([this.hello, chunk]);
    const read = readClientHello(data);
    if ((read === 'more' && data.length <= MAX_HELLO) || data.length < HEADER) {
      this.hello = data;
      return;
    }
    this.hello = null;
    const { server } = this;
    if (server === null) return;
    const bad = read === 'bad' || read === 'notTls' ? badHello(data) : null;
    if (bad !== null) {
      if (bad.alert !== 0) this.sayAlert(bad.alert, 1);
      this.fail(server.failed(bad.error));
      return;
    }
    const hello = typeof read === 'string' ? null : read;
    const choice = server.choose(hello);
    if (choice.failure !== '') {
      this.sayAlert(HANDSHAKE_FAILURE, 3);
      this.fail(choice.failure);
      return;
    }
    const ssl = this.wrap(choice.context, true);
    if (ssl === null) return;
    ssl.setVerifyMode(server.requestsCertificate, server.requiresCertificate);
    if (choice.alpn !== null) ssl.setALPNProtocols(choice.alpn);
    if (choice.staple !== null) ssl.setOCSPResponse(choice.staple);
    this.serverName = hello?.serverName ?? '';
    // What comes next is the handle's: the socket below is being read already.
    ssl.receive(data);
  }

  wireEnd(): void {
    // In the middle of the ClientHello.
    this.fail('');
  }
  wireFailed(code: string): void {
    if (this.closed) return;
    this.closed = true;
    this.owner.wireFailed(code);
  }
  wireWritten(): void {}
  wireShutdownDone(): void {}

  private wrap(context: unknown, isServer: boolean): TlsHandle | null {
    const handle = this.raw.stream;
    if (handle === null || wrapTls === null) return null;
    const ssl = wrapTls(handle, context, isServer, false);
    ssl.owner = this;
    ssl.onread = onRead;
    ssl.onhandshakedone = onHandshakeDone;
    ssl.onerror = onError;
    ssl.useUserBuffer(landing);
    const keyLog = (this.server ?? this.client)?.keyLog ?? null;
    if (keyLog?.wants(this.raw.localAddress(), this.raw.remoteAddress())) {
      ssl.onkeylog = (line) => keyLog.write(line);
      ssl.enableKeylogCallback();
    }
    this.ssl = ssl;
    return ssl;
  }

  // --- what the handle tells

  handshakeDone(): void {
    const { ssl } = this;
    if (ssl === null || this.closed || this.ready) return;
    const side = (this.server ?? this.client) as ServerSide | ClientSide;
    const alpn = ssl.getALPNNegotiatedProtocol();
    const verdict = side.established(ssl, this.serverName, alpn === false ? '' : alpn);
    if (verdict.refusal !== '') {
      if (this.server !== null && !verdict.encrypted) this.sayAlert(verdict.alert, 3);
      this.fail(verdict.refusal);
      return;
    }
    this.security = verdict.security;
    this.ready = true;
    if (!this.reading) ssl.readStop();
    if (this.client !== null) this.owner.wireConnected();
    else this.owner.wireReady?.();
    const { early } = this;
    this.early = null;
    if (early !== null && !this.closed) this.writeBuffer(early);
    if (this.endWanted) this.shutdown();
  }

  /** Before our Finished is out, which it is not in TLS 1.2 while a client's certificate is judged, alerts are clear text. */
  private sayAlert(description: number, minor: number): void {
    this.raw.stream?.writeBuffer(new stream.WriteWrap(), Buffer.from([21, 3, minor, 0, 2, 2, description]));
  }

  received(): void {
    const n = stream.streamBaseState[stream.kReadBytesOrError];
    if (this.closed) return;
    if (n > 0) {
      if (!this.ready) return;
      if (!this.reading || this.giving) {
        this.held.push(copyOf(landing, 0, n));
        return;
      }
      const { owner } = this;
      if (n <= LENT_BYTES && owner.takesLent) {
        owner.wireData(landed.first(n));
        if (spoilLent) landing.fill('!', 0, n);
      } else {
        owner.wireData(copyOf(landing, 0, n));
      }
    } else if (n === UV_EOF) {
      this.ssl?.readStop();
      if (!this.ready) this.fail('');
      else if (this.held.length > 0 || this.giving) this.heldEnd = true;
      else this.owner.wireEnd();
    } else if (n < 0) {
      const code = getSystemErrorName(n);
      this.fail(this.ready ? code : systemFailure(-n, systemSentence(code)));
    }
  }

  sslFailed(error: SslError): void {
    if (this.closed) return;
    const side = (this.server ?? this.client) as ServerSide | ClientSide;
    this.fail(side.failed(error));
  }

  private fail(code: string): void {
    if (this.closed) return;
    this.ready = false;
    this.close();
    this.owner.wireFailed(code);
  }

  written(status: number): void {
    if (this.closed) return;
    if (status !== 0) this.fail(getSystemErrorName(status));
    else this.owner.wireWritten();
  }

  shutdownDone(status: number): void {
    if (!this.closed && status === 0) this.owner.wireShutdownDone();
  }

  connected(): void {}

  // --- the connection's side

  handOver(owner: WireOwner, unread: Buffer | null): void {
    this.owner = owner;
    if (unread !== null) this.held.unshift(unread);
  }

  readStart(): void {
    if (this.reading || this.closed) return;
    this.reading = true;
    if (this.held.length > 0) {
      if (this.giving) return;
      this.giving = true;
      setImmediate(giveHeld, this);
    } else if (this.ssl !== null) this.ssl.readStart();
    else if (this.server !== null) this.raw.readStart();
  }

  giveHeld(): void {
    this.giving = false;
    while (this.held.length > 0) {
      if (this.closed || !this.reading) return;
      this.owner.wireData(this.held.shift() as Buffer);
    }
    if (this.closed) return;
    if (this.heldEnd) {
      this.heldEnd = false;
      this.owner.wireEnd();
    } else if (this.reading) this.ssl?.readStart();
  }

  /** The handshake goes on all the same. */
  readStop(): void {
    if (!this.reading) return;
    this.reading = false;
    if (this.ready) this.ssl?.readStop();
  }

  writeBuffer(data: Buffer): boolean {
    const { ssl } = this;
    if (!this.ready || ssl === null) {
      this.early = Buffer.from(data);
      return false;
    }
    const req = writeReq(this);
    this.started(ssl.writeBuffer(req, data));
    return false;
  }

  writeMany(chunks: Buffer[]): boolean {
    const { ssl } = this;
    if (!this.ready || ssl === null) return this.writeBuffer(Buffer.concat(chunks));
    const req = writeReq(this);
    this.started(ssl.writev(req, chunks, true));
    return false;
  }

  private started(status: number): void {
    if (status === 0) {
      // Taken within the call: nothing will complete it.
      if (stream.streamBaseState[stream.kLastWriteWasAsync] === 0) setImmediate(() => this.written(0));
      return;
    }
    setImmediate(() => this.fail(getSystemErrorName(status)));
  }

  unwritten(): number {
    return this.raw.unwritten();
  }

  shutdown(): void {
    const { ssl } = this;
    if (this.closed || this.shut) return;
    if (!this.ready || ssl === null) {
      this.endWanted = true;
      return;
    }
    this.shut = true;
    const req = new stream.ShutdownWrap();
    req.oncomplete = onShutdown;
    req.owner = this;
    const status = ssl.shutdown(req);
    if (status === 1) setImmediate(() => this.shutdownDone(0));
    else if (status !== 0) setImmediate(() => this.fail(getSystemErrorName(status)));
  }

  /** With close_notify, if the kernel takes it at once. */
  close(): void {
    if (this.closed) return;
    if (this.ready && !this.shut) this.shutdown();
    this.closed = true;
    this.held = [];
    this.early = null;
    this.raw.close(this.release());
  }

  reset(): void {
    if (this.closed) return;
    this.closed = true;
    this.raw.reset(this.release());
  }

  private release(): (() => void) | undefined {
    const { ssl } = this;
    this.ssl = null;
    if (ssl === null) return undefined;
    return () => ssl.destroySSL();
  }

  setKeepAlive(enable: boolean, initialDelaySeconds: number): void {
    this.raw.setKeepAlive(enable, initialDelaySeconds);
  }
  remoteAddress(): Address {
    return this.raw.remoteAddress();
  }
  localAddress(): Address {
    return this.raw.localAddress();
  }
}

function writeReq(wire: TlsWire): Req {
  const req = spares.pop() ?? new stream.WriteWrap();
  req.oncomplete = onWritten;
  req.owner = wire;
  return req;
}

function giveHeld(wire: TlsWire): void {
  wire.giveHeld();
}

// Callbacks of the handle: `this` is the handle or the request; its owner is the wire.
function onRead(this: { owner: HandleOwner | undefined }): void {
  this.owner?.received();
}
function onHandshakeDone(this: { owner: HandleOwner | undefined }): void {
  (this.owner as TlsWire | undefined)?.handshakeDone();
}
function onError(this: { owner: HandleOwner | undefined }, error: SslError): void {
  (this.owner as TlsWire | undefined)?.sslFailed(error);
}
function onWritten(this: Req, status: number): void {
  const { owner } = this;
  this.owner = undefined;
  if (completed !== null && spares.length < MAX_SPARE) spares.push(completed);
  completed = this;
  owner?.written(status);
}
function onShutdown(this: Req, status: number): void {
  this.owner?.shutdownDone(status);
}
