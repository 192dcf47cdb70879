/** Twenty hosts, each on an address of loopback of its own, that speak HTTP/1.1, gRPC and Redis; and clients of each kind at a steady pace. */
import { once } from 'node:events';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import * as net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** ms that a slow host takes. */
const SLOW_MS = 60;
/** ms between the beginnings of a client's requests, where answers come in time. */
const PACE_MS = 15;

export type Mood = 'well' | 'slow' | 'hung';

export interface FleetPorts {
  readonly http: number;
  readonly grpc: number;
  readonly redis: number;
}

export class FleetHost {
  readonly ip: string;
  mood: Mood = 'well';
  private readonly ports: FleetPorts;
  private servers: net.Server[] = [];
  private readonly sockets = new Set<net.Socket>();

  constructor(ip: string, ports: FleetPorts) {
    this.ip = ip;
    this.ports = ports;
  }

  get isUp(): boolean {
    return this.servers.length > 0;
  }

  async start(): Promise<void> {
    this.mood = 'well';
    if (this.isUp) return;
    const plain = http.createServer((_, response) => this.when(() => response.end('ok')));
    plain.keepAliveTimeout = 0;
    const grpc = http2.createServer();
    grpc.on('session', (session) => session.on('error', () => {}));
    grpc.on('stream', (s) => {
      s.on('error', () => {});
      s.resume();
      this.when(() => {
        if (s.destroyed) return;
        s.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        s.on('wantTrailers', () => s.sendTrailers({ 'grpc-status': '0' }));
        s.end(Buffer.alloc(5));
      });
    });
    const redis = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        const commands = chunk.toString('latin1').split('GET').length - 1;
        for (let i = 0; i < commands; i++) this.when(() => socket.write('$2\r\nok\r\n'));
      });
    });
    this.servers = [plain, grpc, redis] as unknown as net.Server[];
    const ports = [this.ports.http, this.ports.grpc, this.ports.redis];
    await Promise.all(
      this.servers.map((server, i) => {
        server.on('connection', (socket: net.Socket) => {
          this.sockets.add(socket);
          socket.on('close', () => this.sockets.delete(socket));
        });
        server.listen(ports[i], this.ip);
        return once(server, 'listening');
      }),
    );
  }

  private when(answer: () => void): void {
    if (this.mood === 'slow') setTimeout(answer, SLOW_MS);
    else if (this.mood === 'well') answer();
  }

  kill(): void {
    for (const server of this.servers) server.close();
    this.servers = [];
    for (const socket of this.sockets) socket.destroy();
  }
}

/** What came of the requests of one kind. */
export interface Outcome {
  ok: number;
  failed: number;
  /** Connections to the proxy that broke. */
  broken: number;
}

/** Clients of one proxy. */
export class FleetClients {
  readonly outcomes: Record<keyof FleetPorts, Outcome> = {
    http: { ok: 0, failed: 0, broken: 0 },
    grpc: { ok: 0, failed: 0, broken: 0 },
    redis: { ok: 0, failed: 0, broken: 0 },
  };
  private stopped = false;
  private readonly agent: http.Agent;
  private readonly sessions: http2.ClientHttp2Session[] = [];
  private readonly sockets: net.Socket[] = [];
  private readonly loops: Promise<void>[] = [];

  constructor(ports: FleetPorts, each: number) {
    this.agent = new http.Agent({ keepAlive: true, maxSockets: each });
    for (let i = 0; i < each; i++) {
      this.loops.push(this.loop('http', () => this.get(ports.http)));
      const session = http2.connect(`http://127.0.0.1:${ports.grpc}`);
      session.on('error', () => {});
      this.sessions.push(session);
      this.loops.push(this.loop('grpc', () => this.call(session)));
      const socket = net.connect(ports.redis, '127.0.0.1');
      socket.on('error', () => {});
      this.sockets.push(socket);
      let n = 0;
      this.loops.push(this.loop('redis', () => this.command(socket, `${i}-${n++}`)));
    }
  }

  /** `once`: true: answered as it should be; false: with a failure; null: the connection broke. */
  private async loop(kind: keyof FleetPorts, once: () => Promise<boolean | null>): Promise<void> {
    const outcome = this.outcomes[kind];
    while (!this.stopped) {
      const next = performance.now() + PACE_MS;
      const answer = await once();
      if (answer === null) outcome.broken++;
      else if (answer) outcome.ok++;
      else outcome.failed++;
      await sleep(Math.max(1, next - performance.now()));
    }
  }

  private get(port: number): Promise<boolean | null> {
    return new Promise((resolve) => {
      const request = http.get({ port, host: '127.0.0.1', path: '/', agent: this.agent }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode === 200));
        response.on('error', () => resolve(null));
      });
      request.on('error', () => resolve(null));
    });
  }

  private call(session: http2.ClientHttp2Session): Promise<boolean | null> {
    return new Promise((resolve) => {
      if (session.destroyed) return resolve(null);
      const s = session.request({
        ':method': 'POST',
        ':path': '/a.B/C',
        te: 'trailers',
        'content-type': 'application/grpc',
      });
      let status: unknown;
      const note = (h: http2.IncomingHttpHeaders): void => void (status ??= h['grpc-status']);
      s.on('response', note);
      s.on('trailers', note);
      s.on('error', () => {});
      s.on('close', () => resolve(status === undefined ? null : status === '0'));
      s.resume();
      s.end(Buffer.alloc(5));
    });
  }

  private command(socket: net.Socket, key: string): Promise<boolean | null> {
    return new Promise((resolve) => {
      if (socket.destroyed) return resolve(null);
      let text = '';
      const done = (answer: boolean | null): void => {
        socket.off('data', take);
        socket.off('close', gone);
        resolve(answer);
      };
      const gone = (): void => done(null);
      const take = (chunk: Buffer): void => {
        text += chunk.toString('latin1');
        if (text.startsWith('-') ? text.endsWith('\r\n') : text === '$2\r\nok\r\n') done(text.startsWith('$'));
      };
      socket.on('data', take);
      socket.on('close', gone);
      socket.write(`*2\r\n$3\r\nGET\r\n$${key.length}\r\n${key}\r\n`);
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.loops);
    this.agent.destroy();
    for (const s of this.sessions) s.destroy();
    for (const s of this.sockets) s.destroy();
  }
}
