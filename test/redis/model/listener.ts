/** A client that listens (session mode) and one that speaks: what is heard was said on that channel, in its order, no message twice. */
import { createConnection, type Socket } from 'node:net';
import { request } from '../harness.ts';
import { type Reply, read, show } from './replies.ts';

export class Listener {
  heard = 0;
  private readonly channel: string;
  private last = -1;
  private socket: Socket | null = null;
  private over = false;
  readonly wrong: string[] = [];

  constructor(id: number) {
    this.channel = `channel${id}`;
  }

  /** Until `end`: who is closed comes again. */
  listen(port: number): void {
    const socket = createConnection({ port, host: '127.0.0.1' });
    this.socket = socket;
    let got: Buffer = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('close', () => {
      if (!this.over) this.listen(port);
    });
    socket.on('data', (d) => {
      got = Buffer.concat([got, d]);
      for (let one = read(got, 0); one !== null; one = read(got, 0)) {
        got = got.subarray(one.next);
        this.take(one.reply, socket);
      }
    });
    socket.write(request('SUBSCRIBE', this.channel));
  }

  private take(reply: Reply, socket: Socket): void {
    const [kind, channel, text] = Array.isArray(reply) ? (reply as Reply[]) : [];
    if (kind === 'subscribe' && channel === this.channel) return;
    const n = kind === 'message' && channel === this.channel ? Number(text) : Number.NaN;
    if (n > this.last) {
      this.last = n;
      this.heard++;
    } else if (show(reply).startsWith('-')) socket.destroy();
    else this.wrong.push(`${this.channel}: heard ${show(reply)} after ${this.last}`);
  }

  end(): void {
    this.over = true;
    this.socket?.destroy();
  }
}

/** Says numbers on channels 0 … `channels` − 1, until `over`. */
export async function speak(port: number, channels: number, over: () => boolean): Promise<void> {
  let said = 0;
  while (!over()) {
    await new Promise<void>((resolve) => {
      const socket = createConnection({ port, host: '127.0.0.1' });
      socket.on('error', () => {});
      socket.on('close', () => resolve());
      const say = (): void => {
        if (over()) socket.destroy();
        else socket.write(request('PUBLISH', `channel${said % channels}`, `${said++}`));
      };
      socket.on('data', say);
      socket.on('connect', say);
    });
  }
}
