/**
 * redis_proxy's `faults`: which request gets one, and how its answer is kept back. Mirrors FaultManagerImpl
 * (source/extensions/filters/network/common/redis/fault_impl.cc), ErrorFaultRequest and DelayFaultRequest (redis_proxy/command_splitter_impl.cc).
 */
import type { RedisProxyRedisFault } from '../config/schema/types.ts';
import { lasting, own } from '../platform/lent.ts';
import { asciiLower } from '../platform/wire-text.ts';
import { type RuntimeShare, runtimeShare } from '../runtime/runtime.ts';
import { Timer } from '../transport/timers.ts';
import { TOO_LONG } from './aggregators.ts';
import type { CommandTable } from './command-table.ts';
import type { ProxySettings } from './proxy-settings.ts';
import type { ReplySource } from './reply-target.ts';
import type { Requester } from './request-router.ts';

export interface Fault {
  /** The request is answered with an error and goes nowhere. */
  readonly fails: boolean;
  readonly delayMs: number;
  readonly share: RuntimeShare;
  /** Who asks for a request that is kept back, in its client's place. */
  late(client: Requester, proxy: ProxySettings, counted: number): DelayedRequest;
}

const NONE: readonly Fault[] = [];

export class Faults {
  /** By the command's number: those that name it, then those that name none. */
  private readonly byCommand: readonly (readonly Fault[])[];

  constructor(configs: readonly RedisProxyRedisFault[], commands: CommandTable) {
    const byName = new Map<string, Fault[]>();
    const all: Fault[] = [];
    for (const config of configs) {
      const share = runtimeShare(config.faultEnabled, 0);
      const delayMs = config.delay ?? 0;
      const fault: Fault = {
        fails: config.faultType === 'ERROR',
        delayMs,
        share,
        late: (client, proxy, counted) => new DelayedRequest(client, proxy, counted, delayMs),
      };
      const names = config.commands ?? [];
      if (names.length === 0) all.push(fault);
      for (const name of names.map(asciiLower)) byName.set(name, [...(byName.get(name) ?? []), fault]);
    }
    this.byCommand = commands.countedNames.map((name) => {
      const own = byName.get(name) ?? NONE;
      return own.length === 0 ? all : [...own, ...all];
    });
  }

  /** Its share of the requests, and no request gets two. */
  of(command: number): Fault | null {
    const faults = this.byCommand[command] ?? NONE;
    if (faults.length === 0) return null;
    let rest = Math.random();
    for (const fault of faults) {
      rest -= fault.share.value;
      if (rest < 0) return fault;
    }
    return null;
  }
}

export const faultsOf =
  (configs: readonly RedisProxyRedisFault[]) =>
  (commands: CommandTable): Faults =>
    new Faults(configs, commands);

/** Asks in a client's place, and passes on the whole answer when it has waited. */
export class DelayedRequest implements Requester {
  readonly lateMs: number;
  readonly conn: Requester['conn'];
  head: number;
  streaming: ReplySource | null;
  private readonly client: Requester;
  private readonly proxy: ProxySettings;
  private readonly counted: number;
  /** Its place among the client's replies. */
  private readonly seq: number;
  tail: number;
  /** Of the replies that are whole, or under way. */
  private readonly replies: Buffer[][];
  private readonly done: boolean[];
  private bytes: number;
  /** More than may be kept for a client. */
  private tooLong: boolean;
  private asking: boolean;
  private over: boolean;

  /** `counted`: the command whose statistics it is in. */
  constructor(client: Requester, proxy: ProxySettings, counted: number, delayMs: number) {
    this.client = client;
    this.proxy = proxy;
    this.counted = counted;
    this.lateMs = delayMs;
    this.conn = client.conn;
    this.seq = client.take();
    this.head = 0;
    this.tail = 0;
    this.streaming = null;
    this.replies = [];
    this.done = [];
    this.bytes = 0;
    this.tooLong = false;
    this.asking = true;
    this.over = false;
  }

  /** Nothing more is asked for it. */
  asked(): void {
    this.asking = false;
    this.passOnLater(null);
  }

  get id(): number {
    return this.client.id;
  }
  get closed(): boolean {
    return this.client.closed;
  }
  get heldBytes(): number {
    return this.client.heldBytes;
  }
  take(): number {
    this.replies.push([]);
    this.done.push(false);
    return this.tail++;
  }
  wroteTo(upstream: ReplySource): void {
    this.client.wroteTo(upstream);
  }
  protocolError(): void {
    this.client.protocolError();
  }
  holdInput(): void {
    this.client.holdInput();
  }
  resume(unread: Buffer): void {
    this.client.resume(unread);
  }
  leave(): void {
    this.client.leave();
  }
  forward(from: ReplySource, buf: Buffer, at: number, to: number, count: number): void {
    this.forwardPart(from, buf, at, to, count);
  }
  forwardPart(from: ReplySource, buf: Buffer, at: number, to: number, count: number): void {
    this.add(from, this.head, own(buf, at, to), count > 0);
  }
  hold(from: ReplySource, seq: number, buf: Buffer, at: number, to: number, earlier: Buffer[] | null): void {
    for (const piece of earlier ?? []) this.add(from, seq, lasting(piece), false);
    this.add(from, seq, own(buf, at, to), true);
  }
  beginArray(seq: number, text: string): void {
    this.replyText(seq, text);
  }
  element(from: ReplySource, seq: number, buf: Buffer, at: number, to: number): void {
    this.add(from, seq, own(buf, at, to), true);
  }
  /** It keeps all back. */
  passElements(): void {}
  replyText(seq: number, text: string): void {
    this.add(null, seq, Buffer.from(text, 'latin1'), true);
  }
  replyBytes(seq: number, bytes: Buffer): void {
    this.add(null, seq, bytes, true);
  }
  gathers(from: ReplySource | null, bytes: number): void {
    this.client.gathers(from, bytes);
  }
  /** When it is passed on, it is. */
  requestsDone(): void {}
  pausedBy(source: ReplySource): void {
    this.client.pausedBy(source);
  }
  upstreamDrained(): void {
    this.client.upstreamDrained();
  }
  closeSlow(): void {
    this.client.closeSlow();
  }
  abort(): void {
    this.client.abort();
  }

  private add(from: ReplySource | null, seq: number, data: Buffer, whole: boolean): void {
    if (this.closed) return;
    if (!this.tooLong) {
      this.replies[seq].push(data);
      this.bytes += data.length;
      this.client.gathers(null, data.length);
      if (this.bytes > this.proxy.unreadLimit) this.giveUp();
    }
    if (whole) this.done[seq] = true;
    while (this.done[this.head] === true) this.head++;
    this.passOnLater(from);
  }

  private giveUp(): void {
    this.tooLong = true;
    this.client.gathers(null, -this.bytes);
    this.bytes = 0;
    this.replies.length = 0;
  }

  private passOnLater(from: ReplySource | null): void {
    if (this.asking || this.over || this.head !== this.tail) return;
    this.over = true;
    // Where much waits already, the host may wait too.
    if (from !== null) this.client.gathers(from, 0);
    new Timer(() => this.passOn(from)).arm(this.lateMs);
  }

  private passOn(from: ReplySource | null): void {
    if (this.closed) return;
    this.client.gathers(null, -this.bytes);
    from?.unpause(this.client);
    this.proxy.stats.commandDelayed(this.counted);
    this.client.replyBytes(this.seq, this.tooLong ? TOO_LONG : Buffer.concat(this.replies.flat()));
    this.client.requestsDone(1);
  }
}
