/** Twenty HTTP servers on loopback that a test kills, hangs, slows and brings back. */
import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** ms that a slow one takes. */
const SLOW_MS = 60;

export type Mood = 'well' | 'slow' | 'hung' | 'dead' | 'sick';

export class Member {
  port = 0;
  mood: Mood = 'dead';
  private server: http.Server | null = null;
  private readonly sockets = new Set<Socket>();

  /** On the port it had before, if it had one. */
  async start(): Promise<void> {
    if (this.server !== null) return;
    const server = http.createServer((request, response) => this.answer(request, response));
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    server.keepAliveTimeout = 0;
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    this.mood = 'well';
  }

  private answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const check = request.url === '/health';
    if (this.mood === 'hung') return;
    if (check && this.mood === 'sick') {
      response.writeHead(503).end();
      return;
    }
    if (this.mood === 'slow' && !check) setTimeout(() => response.end('ok'), SLOW_MS);
    else response.end('ok');
  }

  kill(): void {
    this.mood = 'dead';
    this.server?.close();
    this.server = null;
    for (const socket of this.sockets) socket.destroy();
  }
}

/** Requests one after the other on connections of their own, until told to stop; answers by status. */
export class Clients {
  readonly answers = new Map<number, number>();
  /** Connections that broke under a request. */
  broken = 0;
  private stopped = false;
  private readonly agent: http.Agent;
  private readonly loops: Promise<void>[];

  constructor(port: number, count: number) {
    this.agent = new http.Agent({ keepAlive: true, maxSockets: count });
    this.loops = Array.from({ length: count }, () => this.loop(port));
  }

  private async loop(port: number): Promise<void> {
    while (!this.stopped) {
      await new Promise<void>((resolve) => {
        const request = http.get({ port, host: '127.0.0.1', path: '/', agent: this.agent }, (response) => {
          const status = response.statusCode ?? 0;
          this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
          response.resume();
          response.on('end', resolve);
        });
        request.on('error', () => {
          this.broken++;
          resolve();
        });
      });
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.loops);
    this.agent.destroy();
  }
}
