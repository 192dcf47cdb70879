/**
 * The scripted upstreams of one side: a plain TCP server (HTTP/1.1, RESP or any bytes) and an HTTP/2 server. They live as long
 * as their config; what they answer is set anew for each case.
 */
import { once } from 'node:events';
import * as http2 from 'node:http2';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { FrameReader } from '../../src/grpc/frames.ts';
import { pem } from '../support/certificates.ts';
import { untilRequest } from './boundaries.ts';
import { asList, asMap, message, type Yaml, type YamlMap } from './case.ts';
import { errorName } from './h2-client.ts';
import { bodyChunks, fields, showFields, toOutgoing } from './message-form.ts';
import { Peer, ScriptError, WAIT_MS } from './peer.ts';
import { encodeAnswer, loadProtos, showRequest } from './proto-form.ts';

export abstract class UpstreamServer {
  /** What arrived, for the transcript. */
  seen: string[] = [];
  protected answers: Yaml[] = [];
  protected readonly sockets = new Set<net.Socket>();
  #next = 0;

  begin(answers: Yaml[]): void {
    this.seen = [];
    this.answers = answers;
    this.#next = 0;
  }

  /** Closes the connections of a case and waits until the proxy has noticed. */
  async finish(): Promise<void> {
    const gone = [...this.sockets].map((s) => (s.closed ? undefined : once(s, 'close')));
    for (const s of this.sockets) s.end();
    const force = setTimeout(() => {
      for (const s of this.sockets) s.destroy();
    }, FORCE_MS);
    await Promise.all(gone);
    clearTimeout(force);
    this.sockets.clear();
    this.answers = [];
  }

  protected nextAnswer(): Yaml | undefined {
    if (this.answers.length === 0) return undefined;
    return this.answers[Math.min(this.#next++, this.answers.length - 1)];
  }

  protected hold(socket: net.Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => {});
  }

  abstract stop(): void;
}
const FORCE_MS = 300;
/** A connection that answers by itself may be idle for so long. */
const IDLE_MS = 60_000;

export class TcpUpstream extends UpstreamServer {
  readonly server: net.Server;
  #connections: Peer[] = [];
  #taken = 0;
  #arrived: (() => void) | undefined;
  port = 0;

  private constructor(server: net.Server) {
    super();
    this.server = server;
  }

  /** `tlsOptions`: a TLS server with `cert` (of support/certificates.ts), `alpn`, `request` and `require` (a client's), `max`. */
  static async start(tlsOptions?: YamlMap): Promise<TcpUpstream> {
    const u = new TcpUpstream(
      tlsOptions === undefined ? net.createServer({ allowHalfOpen: true }) : tlsServer(tlsOptions),
    );
    if (tlsOptions !== undefined) {
      u.server.on('connection', (socket: net.Socket) => socket.on('error', () => {}));
      u.server.on('tlsClientError', () => {});
      u.server.on('secureConnection', (socket: tls.TLSSocket) => {
        u.#accept(socket);
      });
    } else u.server.on('connection', (socket: net.Socket) => u.#accept(socket));
    u.server.listen(0, '127.0.0.1');
    await once(u.server, 'listening');
    u.port = (u.server.address() as net.AddressInfo).port;
    return u;
  }

  override begin(answers: Yaml[]): void {
    super.begin(answers);
    this.#connections = [];
    this.#taken = 0;
  }

  /** The connection after the last one taken; waits for it. */
  async accept(): Promise<Peer> {
    const deadline = Date.now() + WAIT_MS;
    while (this.#connections.length <= this.#taken) {
      if (Date.now() >= deadline) throw new ScriptError('waited in vain for a connection to the upstream');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadline - Date.now());
        this.#arrived = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#connections[this.#taken++]!;
  }

  stop(): void {
    this.server.close();
    for (const s of this.sockets) s.destroy();
  }

  #accept(socket: net.Socket): void {
    this.hold(socket);
    const peer = new Peer(socket);
    this.#connections.push(peer);
    this.#arrived?.();
    if (this.answers.length > 0) this.#serve(peer).catch(() => {});
  }

  /** Records and answers request after request until the connection ends. */
  async #serve(peer: Peer): Promise<void> {
    let first = true;
    for (;;) {
      const next = (b: string, ended: boolean): number | undefined => untilRequest(b, ended) ?? (ended ? 0 : undefined);
      const request = await peer.take('a request', next, IDLE_MS);
      if (request === '') break;
      if (first && peer.socket instanceof tls.TLSSocket) this.seen.push(handshakeSeen(peer.socket));
      first = false;
      this.seen.push(request);
      const answer = this.nextAnswer();
      if (answer === 'close' || answer === 'reset' || answer === 'hang') {
        if (answer === 'close') peer.socket.end();
        if (answer === 'reset') peer.socket.resetAndDestroy();
        if (answer === 'hang') continue;
        break;
      }
      const closes = Array.isArray(answer) && answer.at(-1) === 'close';
      const parts = Array.isArray(answer) ? answer.filter((part) => part !== 'close') : [answer ?? ''];
      peer.send(parts.map(message).join(''));
      if (closes) peer.socket.end();
    }
    peer.socket.end();
  }
}

export class H2Upstream extends UpstreamServer {
  readonly server = http2.createServer({ settings: { enableConnectProtocol: false } });
  port = 0;
  #open = 0;

  static async start(): Promise<H2Upstream> {
    const u = new H2Upstream();
    await loadProtos();
    u.server.on('connection', (socket: net.Socket) => u.hold(socket));
    u.server.on('sessionError', () => {});
    u.server.on('session', (session) => session.on('error', () => {}));
    // The raw list is the fourth argument.
    u.server.on('stream', (stream: http2.ServerHttp2Stream, _h: unknown, _f: number, raw: string[]) =>
      u.#onStream(stream, raw),
    );
    u.server.listen(0, '127.0.0.1');
    await once(u.server, 'listening');
    u.port = (u.server.address() as net.AddressInfo).port;
    return u;
  }

  stop(): void {
    this.server.close();
    for (const s of this.sockets) s.destroy();
  }

  /** Resolves when every stream has ended, so that a reset on its way is seen; gives up after 100 ms. */
  async settled(): Promise<void> {
    const deadline = Date.now() + SETTLE_MS;
    while (this.#open > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  #onStream(stream: http2.ServerHttp2Stream, raw: string[]): void {
    this.#open++;
    const index = this.seen.push(showFields(raw)) - 1;
    const log = this.seen;
    const show = (text: string): void => {
      log[index] += text;
    };
    let body = '';
    const path = raw[raw.indexOf(':path') + 1] ?? '';
    const flushBody = (): void => {
      if (body !== '') show(showRequest(path, body) ?? `data ${body.length} bytes:\n${body}\n`);
      body = '';
    };
    const yaml = this.nextAnswer();
    const answer = yaml === undefined || typeof yaml === 'string' ? { hang: true } : asMap(yaml, 'an HTTP/2 reply');
    const talk = answer['talk'] === undefined ? null : new Talk(stream, asList(answer['talk']), path);
    stream.on('data', (chunk: Buffer) => {
      body += chunk.toString('latin1');
      talk?.push(chunk);
    });
    stream.on('trailers', ((_: unknown, __: number, rawTrailers: string[]) => {
      flushBody();
      show(`trailers:\n${showFields(rawTrailers)}`);
    }) as (headers: http2.IncomingHttpHeaders, flags: number) => void);
    stream.on('end', () => {
      flushBody();
      if (stream.rstCode === 0 || stream.rstCode === undefined) show('end\n');
      if (talk !== null) talk.end();
      else if (answer['early'] !== true) respond(stream, answer, path);
    });
    stream.on('error', () => {});
    stream.on('aborted', () => {
      flushBody();
      show(`reset ${errorName(stream.rstCode ?? 0)}\n`);
    });
    stream.on('close', () => {
      this.#open--;
      flushBody();
    });
    if (answer['early'] === true) respond(stream, answer, path);
  }
}

function respond(stream: http2.ServerHttp2Stream, given: { [key: string]: Yaml }, path: string): void {
  // A message of a service: what else an answer of gRPC has comes with it.
  const proto = given['proto'];
  const message = proto === undefined ? null : encodeAnswer(path, proto);
  const usual = { headers: { 'content-type': 'application/grpc' }, trailers: { 'grpc-status': 0 } };
  const answer: { [key: string]: Yaml } =
    message === null ? given : { ...usual, ...given, chunks: [message.toString('latin1')] };
  if (stream.destroyed || answer['hang'] === true) return;
  if (answer['close'] === true) {
    stream.session?.destroy();
    return;
  }
  if (typeof answer['reset'] === 'string' && answer['status'] === undefined) {
    stream.close(codeOf(answer['reset']));
    return;
  }
  const trailers = fields(answer['trailers']);
  const chunks = bodyChunks(answer);
  const headers = [':status', String(answer['status'] ?? 200), ...fields(answer['headers'])];
  const endStream =
    chunks.length === 0 && trailers.length === 0 && answer['end'] !== false && answer['reset'] === undefined;
  if (trailers.length > 0) stream.on('wantTrailers', () => stream.sendTrailers(toOutgoing(trailers)));
  stream.respond(toOutgoing(headers), { endStream, waitForTrailers: trailers.length > 0 });
  if (endStream) return;
  for (const chunk of chunks) stream.write(chunk);
  // A reset must not overtake the headers in node's write queue.
  if (typeof answer['reset'] === 'string')
    setTimeout(() => stream.close(codeOf(String(answer['reset']))), RESET_AFTER_MS);
  else if (answer['end'] !== false) stream.end();
}

/** A gRPC stream: each message that comes is answered by the next one of the list. */
class Talk {
  readonly #stream: http2.ServerHttp2Stream;
  readonly #answers: Yaml[];
  readonly #path: string;
  readonly #frames = new FrameReader(1 << 24);
  #began = false;

  constructor(stream: http2.ServerHttp2Stream, answers: Yaml[], path: string) {
    this.#stream = stream;
    this.#answers = [...answers];
    this.#path = path;
  }

  push(chunk: Buffer): void {
    this.#frames.push(chunk, () => {
      const next = this.#answers.shift();
      for (const one of next === undefined ? [] : asList(next)) this.#say(one);
    });
  }

  #say(one: Yaml): void {
    if (one === 'nothing' || this.#stream.destroyed) return;
    if (one === 'close') this.end();
    else if (one === 'reset') this.#stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    else if (one === 'die') this.#stream.session?.destroy();
    else {
      const m = asMap(one, 'a message');
      if (m['status'] !== undefined || m['trailers'] !== undefined) this.end(m);
      else {
        this.#begin([]);
        const raw = m['raw'];
        this.#stream.write(typeof raw === 'string' ? Buffer.from(raw, 'latin1') : encodeAnswer(this.#path, one));
      }
    }
  }

  #begin(trailers: string[], status = '200'): void {
    if (this.#began) return;
    this.#began = true;
    this.#trailers = trailers;
    this.#stream.on('wantTrailers', () => this.#stream.sendTrailers(toOutgoing(this.#trailers)));
    this.#stream.respond(toOutgoing([':status', status, 'content-type', 'application/grpc']), {
      waitForTrailers: true,
    });
  }
  #trailers: string[] = [];

  /** In good order, unless told otherwise. */
  end(how: YamlMap = {}): void {
    if (this.#stream.destroyed || this.#stream.writableEnded) return;
    const trailers = fields(how['trailers'] ?? { 'grpc-status': 0 });
    this.#begin(trailers, String(how['status'] ?? 200));
    this.#trailers = trailers;
    this.#stream.end();
  }
}
const RESET_AFTER_MS = 30;
const SETTLE_MS = 100;

function codeOf(name: string): number {
  const constants = http2.constants as unknown as Record<string, number>;
  return constants[`NGHTTP2_${name}`] ?? Number(name);
}

function tlsServer(o: YamlMap): tls.Server {
  const cert = String(o['cert'] ?? 'server');
  return tls.createServer({
    cert: pem(`${cert}.pem`),
    key: pem(`${cert}.key`),
    ca: [pem('ca.pem')],
    requestCert: o['request'] === true || o['require'] === true,
    rejectUnauthorized: o['require'] === true,
    minVersion: String(o['min'] ?? 'TLSv1.2') as tls.SecureVersion,
    maxVersion: String(o['max'] ?? 'TLSv1.3') as tls.SecureVersion,
    ...(o['alpn'] === undefined ? {} : { ALPNProtocols: asList(o['alpn']).map(String) }),
  });
}

function handshakeSeen(socket: tls.TLSSocket): string {
  const client = socket.getPeerCertificate().subject?.CN ?? 'none';
  const sni = (socket as tls.TLSSocket & { servername?: string | false }).servername || 'none';
  const { alpnProtocol } = socket;
  return `TLS: ${socket.getProtocol()} ${socket.getCipher().name} sni=${sni} alpn=${alpnProtocol === false ? 'none' : alpnProtocol} client=${client}`;
}
