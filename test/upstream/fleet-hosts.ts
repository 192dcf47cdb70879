/** Twenty hosts, each on an address of loopback of its own, that speak HTTP/1.1, gRPC and Redis. */
import { once } from 'node:events';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import * as net from 'node:net';

/** ms that a slow host takes. */
const SLOW_MS = 60;

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
