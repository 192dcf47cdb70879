/** One end of a plain TCP connection, played from a script: what it reads is kept until a step takes it. */
import type { Socket } from 'node:net';

/** Waits longer than this fail the case. */
export const WAIT_MS = Number(process.env.CONFORMANCE_WAIT_MS ?? 4000);

/** Says how many bytes of the front make the thing waited for; undefined: not there yet. */
export type Wanted = (bytes: string, ended: boolean) => number | undefined;

export class Peer {
  readonly socket: Socket;
  /** Bytes not yet taken by a step, one char per byte. */
  received = '';
  /** '' while open, then how the other side ended it. */
  ended: '' | 'end' | 'reset' = '';
  #waiting: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1');
      this.#waiting?.();
    });
    const over = (how: 'end' | 'reset') => (): void => {
      if (this.ended === '') this.ended = how;
      this.#waiting?.();
    };
    socket.on('end', over('end'));
    socket.on('error', over('reset'));
    socket.on('close', over('end'));
  }

  send(bytes: string): void {
    this.socket.write(bytes, 'latin1');
  }

  /** Takes what was waited for off the front. Rejects when time is up or the connection ended without it. */
  async take(what: string, wanted: Wanted, waitMs = WAIT_MS): Promise<string> {
    const deadline = Date.now() + waitMs;
    for (;;) {
      const length = wanted(this.received, this.ended !== '');
      if (length !== undefined) {
        const bytes = this.received.slice(0, length);
        this.received = this.received.slice(length);
        return bytes;
      }
      if (this.ended !== '')
        throw new ScriptError(`wanted ${what}, but the connection ended (${this.ended})`, this.received);
      if (!(await this.#news(deadline - Date.now())))
        throw new ScriptError(`waited in vain for ${what}`, this.received);
    }
  }

  /** Everything until the other side ends the connection. */
  async takeUntilEnd(): Promise<string> {
    const bytes = await this.take('the end of the connection', (b, ended) => (ended ? b.length : undefined));
    return bytes;
  }

  /** What arrives within the time. */
  async takeFor(ms: number): Promise<string> {
    const deadline = Date.now() + ms;
    while (Date.now() < deadline && this.ended === '') await this.#news(deadline - Date.now());
    const bytes = this.received;
    this.received = '';
    return bytes;
  }

  close(): void {
    this.socket.destroy();
  }

  #news(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => {
          this.#waiting = undefined;
          resolve(false);
        },
        Math.max(0, ms),
      );
      this.#waiting = () => {
        this.#waiting = undefined;
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}

/** A step that could not be done: the case fails, whatever the other proxy did. */
export class ScriptError extends Error {
  readonly received: string;

  constructor(message: string, received = '') {
    super(message);
    this.received = received;
  }
}
