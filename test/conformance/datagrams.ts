/** One end of datagrams, a client's socket or an upstream's, played from a script: what comes is kept until a step takes it. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { ScriptError, WAIT_MS } from './peer.ts';

const QUIET_MS = 60;
/** Longer ones are shown by their length. */
const SHOWN_BYTES = 100;

export class DatagramPeer {
  readonly #socket: Socket;
  #received: { data: Buffer; from: RemoteInfo }[] = [];
  /** Ports that something came from, in their order: `#1` is the first. */
  #senders: number[] = [];
  #last: RemoteInfo | undefined;
  #waiting: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (data, from) => {
      this.#received.push({ data, from });
      this.#waiting?.();
    });
    socket.on('error', () => {});
  }

  static async bind(address = '127.0.0.1'): Promise<DatagramPeer> {
    const peer = new DatagramPeer(createSocket('udp4'));
    peer.#socket.bind(0, address);
    await once(peer.#socket, 'listening');
    return peer;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** A new case: nothing of the one before counts. */
  begin(): void {
    this.#received = [];
    this.#senders = [];
    this.#last = undefined;
  }

  /** `<N bytes>` is so many. Without `port`: to whoever was read from last. */
  send(text: string, port = this.#last?.port): void {
    const size = /^<(\d+) bytes>$/.exec(text)?.[1];
    const data = size === undefined ? Buffer.from(text, 'latin1') : Buffer.alloc(Number(size), 'x');
    this.#socket.send(data, port, '127.0.0.1');
  }

  /** `datagram`, `2 datagrams` in any order, or `nothing`. */
  async read(what: string): Promise<string[]> {
    if (what === 'nothing') {
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
      return this.#take(this.#received.length, '(nothing more)');
    }
    const wanted = /^(?:(\d+) )?datagrams?$/.exec(what);
    if (wanted === null) throw new Error(`cannot read '${what}'`);
    const count = Number(wanted[1] ?? 1);
    const deadline = Date.now() + WAIT_MS;
    while (this.#received.length < count) {
      const left = deadline - Date.now();
      if (left <= 0) throw new ScriptError(`waited in vain for ${what}`, this.#take(count).join());
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#take(count).sort();
  }

  #take(count: number, ...more: string[]): string[] {
    const shown = this.#received.splice(0, count).map(({ data, from }) => {
      this.#last = from;
      if (!this.#senders.includes(from.port)) this.#senders.push(from.port);
      const text = data.length > SHOWN_BYTES ? `<${data.length} bytes>` : data.toString('latin1');
      return `#${this.#senders.indexOf(from.port) + 1} ${text}`;
    });
    return [...shown, ...more];
  }

  close(): void {
    this.#socket.close();
  }
}
