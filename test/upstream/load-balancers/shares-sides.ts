/** Hosts that say who they are, and clients that ask one proxy for them: for shares-beside-envoy.test.ts. */
import { once } from 'node:events';
import * as net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../../support/child.ts';
import { freePort } from '../../support/ports.ts';
import { get } from '../../support/proxy-process.ts';
import { ipOf, LETTERS, NOBODY } from './shares-rows.ts';

/** Requests of one write. */
export const BATCH = 40;

/** All hosts on one port: each answers with its letter; requests for `/…/hold` wait. */
export class Hosts {
  port = 0;
  private readonly servers: net.Server[] = [];
  private readonly sockets = new Set<net.Socket>();
  /** By the side that asked: who has just been asked to wait. */
  private readonly waiting = new Map<string, (letter: string) => void>();

  async start(): Promise<void> {
    for (;;) {
      this.port = await freePort();
      try {
        for (const letter of LETTERS) await this.listen(letter);
        return;
      } catch (error) {
        this.stop();
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      }
    }
  }

  private async listen(letter: string): Promise<void> {
    const answer = `HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n${letter}`;
    const server = net.createServer((socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => {});
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
        if (!text.endsWith('\r\n\r\n')) return;
        if (/^GET \/\w+\/hold /.test(text)) this.waiting.get(/x-side: (\w+)/.exec(text)![1])?.(letter);
        else socket.write(answer);
        text = '';
      });
    });
    this.servers.push(server);
    server.listen(this.port, ipOf(letter));
    await Promise.race([once(server, 'listening'), once(server, 'error').then(([error]) => Promise.reject(error))]);
  }

  /** Before the request is sent. */
  held(side: string): Promise<string> {
    return new Promise((resolve) => this.waiting.set(side, resolve));
  }

  stop(): void {
    for (const server of this.servers.splice(0)) server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}

/** One connection to a proxy. */
export class Client {
  private readonly socket: net.Socket;
  private text = '';
  private more: (() => void) | null = null;

  constructor(port: number) {
    this.socket = net.connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.on('data', (chunk) => {
      this.text += chunk.toString('latin1');
      this.more?.();
    });
    this.socket.on('error', () => {});
  }

  send(text: string): void {
    this.socket.write(text);
  }
  close(): void {
    this.socket.destroy();
  }

  /** Who has answered. */
  async answer(): Promise<string> {
    for (;;) {
      const end = this.text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/.exec(this.text.slice(0, Math.max(end, 0)))?.[1] ?? 0);
      if (end >= 0 && this.text.length >= end + 4 + length) {
        const letter = this.text.startsWith('HTTP/1.1 200') ? this.text[end + 4] : NOBODY;
        this.text = this.text.slice(end + 4 + length);
        return letter;
      }
      await new Promise<void>((resolve) => {
        this.more = resolve;
      });
    }
  }
}

export class Side {
  readonly name: string;
  readonly child: Child;
  private readonly port: number;
  private readonly admin: number;
  private readonly hosts: Hosts;

  constructor(name: string, child: Child, port: number, admin: number, upstream: Hosts) {
    this.name = name;
    this.child = child;
    this.port = port;
    this.admin = admin;
    this.hosts = upstream;
  }

  private request(path: string, headers: string): string {
    const lines = headers.replace(/<(\w)>/, (_, letter: string) => `${ipOf(letter)}:${this.hosts.port}`);
    return `GET ${path} HTTP/1.1\r\nhost: a\r\nx-side: ${this.name}\r\n${lines === '' ? '' : `${lines}\r\n`}\r\n`;
  }

  /** One after the other; `headers` of each. */
  async ask(cluster: string, headers: readonly string[], atOnce = BATCH): Promise<string> {
    const client = new Client(this.port);
    let answers = '';
    for (let i = 0; i < headers.length; i += atOnce) {
      const batch = headers.slice(i, i + atOnce);
      client.send(batch.map((h) => this.request(`/${cluster}/`, h)).join(''));
      for (let n = 0; n < batch.length; n++) answers += await client.answer();
    }
    client.close();
    return answers;
  }

  /** Requests that nobody answers, and who has them, in their order. */
  async hold(cluster: string, count: number, headers = ''): Promise<{ held: string; clients: Client[] }> {
    const clients: Client[] = [];
    let held = '';
    for (let i = 0; i < count; i++) {
      const letter = this.hosts.held(this.name);
      const client = new Client(this.port);
      clients.push(client);
      client.send(this.request(`/${cluster}/hold`, headers));
      held += await letter;
    }
    return { held, clients };
  }

  /** Nothing is under way any more. */
  async idle(cluster: string): Promise<void> {
    const name = `cluster.${cluster}.upstream_rq_active`;
    while (!(await get(this.admin, `/stats?filter=^${name}$`))?.body.includes(`${name}: 0`)) await sleep(5);
  }
}
