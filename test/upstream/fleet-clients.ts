/**
 * Clients of one proxy before the fleet: HTTP/1.1, gRPC and Redis. Requests are begun when they are told to, whatever has become of those
 * before, so that two proxies get as many at the same moments; what became of each is kept by its kind.
 */
import * as http from 'node:http';
import * as http2 from 'node:http2';
import * as net from 'node:net';
import type { FleetPorts } from './fleet-hosts.ts';

export type FleetKind = keyof FleetPorts;
export const FLEET_KINDS: readonly FleetKind[] = ['http', 'grpc', 'redis'];

/**
 * `ok`: answered as it should be. `unreached`: no try got an answer out of a host. `late`: the time was over. `nobody`: there was no host to
 * ask. `broken`: the client's own connection or stream ended without an answer. `odd`: anything else.
 */
export type Outcome = 'ok' | 'unreached' | 'late' | 'nobody' | 'broken' | 'odd';

/** What Envoy says in the body or in grpc-message. */
function meaning(status: string, text: string): Outcome {
  if (/^upstream connect error or disconnect\/reset before headers/.test(text)) return 'unreached';
  if (text === 'upstream request timeout') return 'late';
  if (text === 'no healthy upstream') return 'nobody';
  return status === 'ok' ? 'ok' : 'odd';
}

const OK_REPLY = '$2\r\nok\r\n';

export class FleetClients {
  readonly outcomes: Record<FleetKind, Map<Outcome, number>> = { http: new Map(), grpc: new Map(), redis: new Map() };
  /** Answers that are none of the expected ones. */
  readonly odd: string[] = [];
  private readonly port: number;
  private readonly agent: http.Agent;
  private readonly sessions: readonly http2.ClientHttp2Session[];
  private readonly sockets: readonly RedisClient[];
  private readonly running = new Set<Promise<void>>();
  private begun = 0;

  /** `each`: connections for gRPC, and for Redis; HTTP/1.1 takes as many as it needs. */
  constructor(ports: FleetPorts, each: number) {
    this.port = ports.http;
    this.agent = new http.Agent({ keepAlive: true });
    this.sessions = Array.from({ length: each }, () => {
      const session = http2.connect(`http://127.0.0.1:${ports.grpc}`);
      session.on('error', () => {});
      return session;
    });
    this.sockets = Array.from({ length: each }, () => new RedisClient(ports.redis));
  }

  count(kind: FleetKind, outcome: Outcome): number {
    return this.outcomes[kind].get(outcome) ?? 0;
  }

  /** All but the answered ones. */
  failed(kind: FleetKind): number {
    let n = 0;
    for (const [outcome, count] of this.outcomes[kind]) if (outcome !== 'ok') n += count;
    return n;
  }

  /** One request of each kind more. */
  ask(): void {
    const n = this.begun++;
    this.note('http', this.get());
    this.note('grpc', this.call(this.sessions[n % this.sessions.length]));
    this.note('redis', this.sockets[n % this.sockets.length].get(`key-${n}`));
  }

  private note(kind: FleetKind, result: Promise<readonly [status: string, text: string]>): void {
    const noted = result.then(([status, text]) => {
      const outcome = status === 'broken' ? status : meaning(status, text);
      if (outcome === 'odd') this.odd.push(`${kind} ${status} ${text}`);
      this.outcomes[kind].set(outcome, this.count(kind, outcome) + 1);
      this.running.delete(noted);
    });
    this.running.add(noted);
  }

  private get(): Promise<readonly [string, string]> {
    return new Promise((resolve) => {
      const options = { port: this.port, host: '127.0.0.1', path: '/', agent: this.agent };
      const request = http.get(options, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')));
        response.on('end', () => resolve([response.statusCode === 200 ? 'ok' : String(response.statusCode), body]));
        response.on('error', () => resolve(['broken', '']));
      });
      request.on('error', () => resolve(['broken', '']));
    });
  }

  private call(session: http2.ClientHttp2Session): Promise<readonly [string, string]> {
    return new Promise((resolve) => {
      if (session.destroyed) return resolve(['broken', '']);
      const headers = { ':method': 'POST', ':path': '/a.B/C', te: 'trailers', 'content-type': 'application/grpc' };
      const s = session.request(headers);
      let status: string | undefined;
      let message = '';
      const note = (h: http2.IncomingHttpHeaders): void => {
        if (h['grpc-status'] === undefined) return;
        status = String(h['grpc-status']);
        message = decodeURIComponent(String(h['grpc-message'] ?? ''));
      };
      s.on('response', note);
      s.on('trailers', note);
      s.on('error', () => {});
      s.on('close', () => resolve([status === undefined ? 'broken' : status === '0' ? 'ok' : status, message]));
      s.resume();
      s.end(Buffer.alloc(5));
    });
  }

  /** What was asked has come to its end. */
  async settled(): Promise<void> {
    await Promise.all(this.running);
  }

  async stop(): Promise<void> {
    await this.settled();
    this.agent.destroy();
    for (const s of this.sessions) s.destroy();
    for (const s of this.sockets) s.destroy();
  }
}

/** Requests one behind the other on one connection. */
class RedisClient {
  private readonly socket: net.Socket;
  private readonly waiting: ((answer: readonly [string, string]) => void)[] = [];
  private text = '';

  constructor(port: number) {
    this.socket = net.connect(port, '127.0.0.1');
    this.socket.on('error', () => {});
    this.socket.on('data', (chunk: Buffer) => this.take(chunk.toString('latin1')));
    this.socket.on('close', () => {
      for (const resolve of this.waiting.splice(0)) resolve(['broken', '']);
    });
  }

  get(key: string): Promise<readonly [string, string]> {
    return new Promise((resolve) => {
      if (this.socket.destroyed) return resolve(['broken', '']);
      this.waiting.push(resolve);
      this.socket.write(`*2\r\n$3\r\nGET\r\n$${key.length}\r\n${key}\r\n`);
    });
  }

  private take(chunk: string): void {
    this.text += chunk;
    for (;;) {
      const ok = this.text.startsWith(OK_REPLY);
      const end = ok ? OK_REPLY.length : this.text.indexOf('\r\n') + 2;
      if (end < 2 || (!ok && !this.text.startsWith('-'))) return;
      const line = this.text.slice(0, end - 2);
      this.text = this.text.slice(end);
      this.waiting.shift()?.(ok ? ['ok', ''] : ['error', REDIS_WORDS.get(line) ?? line]);
    }
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** The sentences that mean the same over HTTP. */
const REDIS_WORDS: ReadonlyMap<string, string> = new Map([
  ['-upstream failure', 'upstream connect error or disconnect/reset before headers'],
  ['-no upstream host', 'no healthy upstream'],
]);
