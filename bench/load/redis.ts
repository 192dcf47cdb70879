/** Redis commands over raw sockets: GET, SET or MGET, `depth` of them in one write; the next batch after the last answer. */
import { connect, type Socket } from 'node:net';
import type { Job } from './job.ts';
import type { Lane, Pacer } from './pacer.ts';

/** Keys in use; every proxy must spread them over its servers. */
export const KEYS = 1000;
/** Keys of one MGET. */
export const MGET_KEYS = 10;

/** redis-benchmark writes its random numbers with this many digits; both loads must ask for keys that exist. */
const DIGITS = 12;

export const keyName = (i: number): string => `bench:${String(i % KEYS).padStart(DIGITS, '0')}`;

export function command(words: readonly string[]): string {
  let s = `*${words.length}\r\n`;
  for (const w of words) s += `$${Buffer.byteLength(w)}\r\n${w}\r\n`;
  return s;
}

const CR = 13;

/** Bytes of each value that is asked for, where the scenario does not say. */
export const VALUE_BYTES = 100;

export const valueBytes = ({ bodyBytes }: Pick<Job, 'bodyBytes'>): number => bodyBytes || VALUE_BYTES;

/** Bytes of every right reply: values all have the same length. */
function replyBytes({ what, bodyBytes }: Pick<Job, 'what' | 'bodyBytes'>): number {
  if (what === 'set') return '+OK\r\n'.length;
  const bytes = valueBytes({ bodyBytes });
  const value = `$${bytes}\r\n`.length + bytes + 2;
  return what === 'mget' ? `*${MGET_KEYS}\r\n`.length + MGET_KEYS * value : value;
}

/** Counts whole replies; holds what is cut. */
export class ReplyCounter {
  /** Replies that were errors, held one at any depth, or had another length than they should. */
  errors = 0;
  private readonly want: number;
  private held: Buffer | null = null;
  /** An error stands somewhere in the reply that is read. */
  private hasError = false;

  /** `want`: bytes of every right reply; 0 when any length will do. */
  constructor(want = 0) {
    this.want = want;
  }

  /** Replies that became complete with this chunk; -1 when the bytes are not RESP. */
  feed(chunk: Buffer): number {
    const b = this.held === null ? chunk : Buffer.concat([this.held, chunk]);
    let at = 0;
    let n = 0;
    while (at < b.length) {
      this.hasError = false;
      const next = this.skip(b, at);
      if (next === -2) return -1;
      if (next < 0) break;
      if (this.hasError || (this.want > 0 && next - at !== this.want)) this.errors++;
      at = next;
      n++;
    }
    this.held = at === b.length ? null : b.subarray(at);
    return n;
  }

  /** End of the reply at `at`; -1: cut, -2: not RESP. */
  private skip(b: Buffer, at: number): number {
    const end = b.indexOf(CR, at);
    if (end < 0 || end + 2 > b.length) return -1;
    switch (b[at]) {
      case 0x2d: // -
        this.hasError = true;
        return end + 2;
      case 0x2b: // +
      case 0x3a: // :
        return end + 2;
      case 0x24: {
        // $
        const length = Number(b.toString('latin1', at + 1, end));
        if (!Number.isInteger(length)) return -2;
        const stop = length < 0 ? end + 2 : end + 4 + length;
        return stop <= b.length ? stop : -1;
      }
      case 0x2a: {
        // *
        const count = Number(b.toString('latin1', at + 1, end));
        if (!Number.isInteger(count)) return -2;
        let next = end + 2;
        for (let i = 0; i < count; i++) {
          next = this.skip(b, next);
          if (next < 0) return next;
        }
        return next;
      }
      default:
        return -2;
    }
  }
}

/** The words of the i-th command. */
export function wordsOf(what: string, i: number, value: string): string[] {
  if (what === 'set') return ['SET', keyName(i), value];
  if (what === 'mget') return ['MGET', ...Array.from({ length: MGET_KEYS }, (_, k) => keyName(i * 7 + k))];
  return ['GET', keyName(i)];
}

/** Different batches a lane sends in turn. */
const BATCHES = 16;

export class RedisLane implements Lane {
  began = Number.NaN;
  readonly size: number;
  private readonly pacer: Pacer;
  private readonly port: number;
  private readonly batches: Buffer[] = [];
  private turn = 0;
  private waiting = 0;
  private socket: Socket | null = null;
  private readonly replyBytes: number;
  private counter: ReplyCounter;

  constructor(pacer: Pacer, job: Job, seed: number) {
    this.pacer = pacer;
    this.port = job.port;
    this.size = job.depth;
    this.replyBytes = replyBytes(job);
    this.counter = new ReplyCounter(this.replyBytes);
    const value = job.what === 'set' ? 'x'.repeat(job.bodyBytes) : '';
    for (let i = 0; i < BATCHES; i++) {
      let text = '';
      for (let k = 0; k < job.depth; k++) text += command(wordsOf(job.what, seed * 131 + i * job.depth + k, value));
      this.batches.push(Buffer.from(text, 'latin1'));
    }
  }

  send(): void {
    this.waiting = this.size;
    if (this.socket === null) this.open();
    this.socket!.write(this.batches[this.turn++ % BATCHES]);
  }

  close(): void {
    this.socket?.destroy();
  }

  private open(): void {
    const socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true });
    this.socket = socket;
    this.counter = new ReplyCounter(this.replyBytes);
    socket.on('data', (chunk: Buffer) => {
      if (socket === this.socket) this.onData(socket, chunk);
    });
    socket.on('error', () => {});
    socket.on('close', () => this.lost(socket));
  }

  private onData(socket: Socket, chunk: Buffer): void {
    const n = this.counter.feed(chunk);
    if (n < 0 || n > this.waiting || this.counter.errors > 0) {
      socket.destroy();
      this.lost(socket);
      return;
    }
    this.waiting -= n;
    if (this.waiting === 0 && n > 0) this.pacer.done(this);
  }

  private lost(socket: Socket): void {
    if (socket !== this.socket) return;
    this.socket = null;
    if (this.waiting === 0) return;
    this.waiting = 0;
    this.pacer.failed(this);
  }
}
