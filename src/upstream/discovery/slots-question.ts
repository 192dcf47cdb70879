/** One connection to one host of a Redis Cluster that asks CLUSTER SLOTS, once. */
import { MAX_REPLY_BULK_BYTES } from '../../codec/resp/limits.ts';
import { NEED_MORE, ValueScanner } from '../../codec/resp/value-scanner.ts';
import type { Address } from '../../transport/address.ts';
import { type Connection, type ConnectOptions, connect } from '../../transport/connection.ts';
import { Timer } from '../../transport/timers.ts';
import type { ConnectionHandler } from '../../transport/types.ts';

const QUESTION = Buffer.from('*2\r\n$7\r\nCLUSTER\r\n$5\r\nSLOTS\r\n');
/** Bytes of the longest answer: a thousand nodes in the most scattered cluster say less. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_ELEMENTS = 1024 * 1024;

export class SlotsQuestion implements ConnectionHandler {
  private readonly conn: Connection;
  private readonly timer: Timer;
  private readonly done: (reply: Buffer | null, why: string) => void;
  private readonly scanner = new ValueScanner(MAX_ELEMENTS, MAX_REPLY_BULK_BYTES, false);
  /** Of the reply under way; and what the scanner wants to see again. */
  private read: Buffer[] = [];
  private unread: Buffer = Buffer.alloc(0);
  private bytes = 0;
  /** Replies that come before the one that counts. */
  private greetings: number;
  private over = false;

  /** `done`: the reply, once; null with a reason where there is none. Never from within this call. */
  constructor(
    address: Address,
    options: ConnectOptions,
    greeting: Buffer | null,
    timeoutMs: number,
    done: (reply: Buffer | null, why: string) => void,
  ) {
    this.done = done;
    this.greetings = greeting === null ? 0 : 1;
    this.timer = new Timer(() => this.finish(null, `no answer in ${timeoutMs} ms`));
    this.timer.arm(timeoutMs);
    this.conn = connect(address, this, options);
    if (greeting !== null) this.conn.write(greeting);
    this.conn.write(QUESTION);
  }

  cancel(): void {
    this.over = true;
    this.timer.cancel();
    this.conn.close('noFlush');
  }

  private finish(reply: Buffer | null, why: string): void {
    if (this.over) return;
    this.cancel();
    this.done(reply, why);
  }

  onData(chunk: Buffer): void {
    if (this.over) return;
    this.bytes += chunk.length;
    if (this.bytes > MAX_ANSWER_BYTES) {
      this.finish(null, `the answer is longer than ${MAX_ANSWER_BYTES} bytes`);
      return;
    }
    const { scanner } = this;
    const buf = Buffer.concat([this.unread, chunk]);
    for (let at = 0; ; ) {
      const end = scanner.scan(buf, at, buf.length);
      if (end === NEED_MORE) {
        this.read.push(buf.subarray(at, scanner.pos));
        this.unread = buf.subarray(scanner.pos);
        return;
      }
      if (end < 0) {
        this.finish(null, 'the answer is not RESP');
        return;
      }
      if (this.greetings === 0) {
        this.finish(Buffer.concat([...this.read, buf.subarray(at, end)]), '');
        return;
      }
      this.greetings--;
      this.read = [];
      scanner.begin();
      at = end;
    }
  }

  onConnected(): void {}
  onEnd(): void {
    this.finish(null, 'the host closed the connection');
  }
  onClose(_local: boolean, error: string): void {
    this.finish(null, error === '' ? 'the connection was closed' : error);
  }
  onAboveWriteBuffer(): void {}
  onBelowWriteBuffer(): void {}
}
