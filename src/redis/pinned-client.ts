/**
 * An upstream connection that is one client's own, while it needs one (session mode): its bytes go there as they are, and what comes goes to the
 * client as it is. No counterpart in Envoy. Replies are followed only to know when the connection is not needed any more.
 */
import { MAX_REPLY_BULK_BYTES, MAX_REPLY_ELEMENTS } from '../codec/resp/limits.ts';
import { MALFORMED, NEED_MORE, ValueScanner } from '../codec/resp/value-scanner.ts';
import { logger } from '../log/logger.ts';
import { turnMs } from '../platform/clock.ts';
import { CONNECT_TIMEOUT, type Connection } from '../transport/connection.ts';
import { Timer } from '../transport/timers.ts';
import type { ConnectionHandler } from '../transport/types.ts';
import { type Host, type HostSlot, hostSlot } from '../upstream/host.ts';
import {
  LOCAL_ORIGIN_CONNECT_FAILED,
  LOCAL_ORIGIN_CONNECT_SUCCESS,
  LOCAL_ORIGIN_TIMEOUT,
} from '../upstream/outlier/host-monitor.ts';
import {
  BLOCKING,
  HERE,
  kindOf,
  numberOf,
  PinnedState,
  RESET,
  SELECT,
  SILENT,
  SUBSCRIBE,
  SUBSCRIPTIONS,
} from './pinned-state.ts';
import type { ProxySettings } from './proxy-settings.ts';
import type { ReplySource, ReplyTarget } from './reply-target.ts';
import type { ModeStats } from './session-mode.ts';
import type { Follower } from './top.ts';

const PLUS = 43;
const MINUS = 45;
const STAR = 42;
const GREATER = 62;
const PERCENT = 37;
/** Bytes at the start of a message that say what it is, and at the end of one that say how many subscriptions there are. */
const START_BYTES = 48;
const END_BYTES = 24;
const MESSAGE = /^[*>]\d+\r\n[$+](?:\d+\r\n)?([a-z]+)\r\n/;
const TOTAL = /:(\d+)\r\n$/;
const MESSAGES = new Set(['message', 'pmessage', 'smessage']);

/** Requests that may be answered and in the list yet, where something is due all the time. */
const MOST_ANSWERED = 1024;

/** What a value that came is. */
const REPLY = 1;
const NEWS = 0;
const DROP = -1;
const UNASKED = -2;

const log = logger('redis');

export interface PinnedOwner {
  /** It is closed. `clean`: nothing but the replies still due is lost with it. */
  unpinned(pinned: PinnedClient, clean: boolean, due: number, halfReply: boolean): void;
  /** Its RESET was answered. */
  wasReset(): void;
  /** The host has refused a request. True: it is asked elsewhere, and the connection is closed. */
  refusedBy(pinned: PinnedClient, reply: Buffer): boolean;
}

export class PinnedClient implements ConnectionHandler, ReplySource {
  readonly state: PinnedState;
  /** Told of each request's keys before it is asked. */
  readonly follower: Follower | null;
  readonly host: Host;
  /** Whether what is due first, alone, may be asked elsewhere: set by whoever keeps the request. */
  mayMove: boolean;
  private readonly conn: Connection;
  private readonly modeStats: ModeStats;
  private readonly idleMs: number;
  private readonly proxy: ProxySettings;
  private readonly target: ReplyTarget;
  private readonly owner: PinnedOwner;
  private readonly scanner: ValueScanner;
  /** What will follow the requests that are not answered yet, from `first` on. */
  private expected: number[];
  /** Of each, its name and when it was asked; empty where nobody follows. */
  private names: (readonly [name: string, atMs: number])[];
  private first: number;
  /** Of these, those that no reply of the host's belongs to. */
  private here: number;
  /** Confirmations that the oldest one still wants; 0: not known yet. */
  private wants: number;
  /** Replies to what was said first that are still to come. */
  private silent: number;
  private helloDue: boolean;
  private carry: Buffer | null;
  /** A value is under way that began in an earlier read; how it began, and what came of it last. */
  private inValue: boolean;
  private start: Buffer;
  private end: Buffer;
  private connected: boolean;
  private closed: boolean;
  private leaving: boolean;
  private remoteClosed: boolean;
  private above: boolean;
  private paused: boolean;
  private waiting: boolean;
  private since: number;
  private readonly timer: Timer;
  private readonly idleTimer: Timer;

  /** `proxy` speaks what the client speaks; `introduction`: what else is said first. */
  constructor(
    host: Host,
    modeStats: ModeStats,
    idleMs: number,
    proxy: ProxySettings,
    owner: PinnedOwner,
    target: ReplyTarget,
    introduction: readonly Buffer[],
  ) {
    this.state = new PinnedState();
    this.follower = proxy.follow(host.cluster);
    this.names = [];
    this.host = host;
    this.modeStats = modeStats;
    this.idleMs = idleMs;
    this.proxy = proxy;
    this.owner = owner;
    this.target = target;
    this.scanner = new ValueScanner(MAX_REPLY_ELEMENTS, MAX_REPLY_BULK_BYTES, false, true);
    this.expected = [];
    this.first = 0;
    this.here = 0;
    this.mayMove = false;
    this.wants = 0;
    this.helloDue = proxy.resp3;
    this.carry = null;
    this.inValue = false;
    this.start = NOTHING;
    this.end = NOTHING;
    this.connected = false;
    this.closed = false;
    this.leaving = false;
    this.remoteClosed = false;
    this.above = false;
    this.paused = false;
    this.waiting = false;
    this.since = 0;
    this.timer = new Timer(this.onTimer);
    this.idleTimer = new Timer(this.onIdle);
    const { stats, resources } = host.cluster;
    resources[0].connections.inc();
    stats.upstreamCxTotal.inc();
    stats.upstreamCxActive.inc();
    host.stats.cxTotal++;
    host.stats.cxActive++;
    modeStats.pinnedTotal.inc();
    modeStats.pinnedActive.inc();
    pinnedTo(host).add(this);
    this.conn = host.connect(this);
    this.conn.takesLent = true;
    this.conn.joinsWrites = true;
    const first = [...proxy.greetings(host), ...introduction];
    this.silent = first.length;
    for (const request of first) this.conn.write(request);
  }

  /** Replies are due, or Redis remembers something: all requests must go here. */
  get busy(): boolean {
    return this.due > 0 || !this.state.clean;
  }

  /** Something that blocks is not answered. */
  get blocks(): boolean {
    return this.isDue(BLOCKING);
  }

  private isDue(kind: number): boolean {
    return this.expected.some((e, i) => i >= this.first && kindOf(e) === kind);
  }

  /** Replies that are due. */
  get due(): number {
    return this.expected.length - this.first - this.here;
  }

  /** `expected`: what `state.asks` has returned. */
  ask(buf: Buffer, from: number, to: number, expected: number, name: string): void {
    this.idleTimer.cancel();
    this.expect(expected);
    if (this.follower !== null) {
      this.follower.sent();
      this.names.push([name, turnMs()]);
    }
    const { stats } = this.host.cluster;
    stats.upstreamRqTotal.inc();
    stats.upstreamRqActive.inc();
    this.host.stats.rqTotal++;
    this.host.stats.rqActive++;
    if (this.due === 1 && this.connected) this.startTimer();
    this.conn.writeBytes(buf, from, to);
  }

  /** Something that the client must be told behind what is due is told by somebody else. */
  answersHere(): void {
    if (this.due === 0) return;
    this.expect(HERE);
    this.here++;
  }

  private expect(expected: number): void {
    if (this.first > 0 && (this.due === 0 || this.first >= MOST_ANSWERED)) {
      this.expected = this.expected.slice(this.first);
      this.first = 0;
    }
    this.expected.push(expected);
  }

  // --- what comes --------------------------------------------------------------------------------------------------

  onData(chunk: Buffer): void {
    let buf = chunk;
    if (this.carry !== null) {
      buf = Buffer.concat([this.carry, chunk]);
      this.carry = null;
    }
    this.since = turnMs();
    const end = buf.length;
    let pos = 0;
    let from = 0;
    let done = 0;
    while (pos < end) {
      if (!this.inValue) this.scanner.begin();
      const next = this.scanner.scan(buf, pos, end);
      if (next === NEED_MORE) {
        if (this.unshown(buf[pos])) {
          this.carry = Buffer.from(buf.subarray(pos));
          break;
        }
        const to = this.scanner.pos;
        this.note(buf, pos, to);
        if (to < end) this.carry = Buffer.from(buf.subarray(to));
        if (this.silent > 0) from = to;
        pos = to;
        break;
      }
      const what = next === MALFORMED ? UNASKED : this.whole(buf, pos, next);
      if (what === UNASKED) {
        this.pass(buf, from, pos, done);
        this.protocolError();
        return;
      }
      if (this.closed) return;
      if (what === DROP) {
        this.pass(buf, from, pos, done);
        done = 0;
        from = next;
      } else {
        done += what;
      }
      pos = next;
      if (this.here > 0 && what !== NEWS && this.passesHere()) {
        // Told by somebody else as soon as what is before it is out.
        this.pass(buf, from, pos, done);
        done = 0;
        from = pos;
      }
    }
    this.pass(buf, from, pos, done);
    if (this.closed) return;
    if (!this.busy) this.rest();
    else if (this.due > 0 && !this.timer.armed) this.startTimer();
  }

  /** True: what comes next to the client is not the host's. */
  private passesHere(): boolean {
    const { here } = this;
    while (this.here > 0 && kindOf(this.expected[this.first]) === HERE) {
      this.first++;
      this.here--;
    }
    return here !== this.here;
  }

  /** The client must see nothing of a value of this type before all of it is here: it may have to be asked for elsewhere, or is not for it. */
  private unshown(type: number): boolean {
    if (this.inValue || this.silent > 0 || this.due === 0) return false;
    return kindOf(this.expected[this.first]) === SILENT || (type === MINUS && this.proxy.redirects !== null);
  }

  /** Bytes for the client, with the ends of `done` replies in them. */
  private pass(buf: Buffer, from: number, to: number, done: number): void {
    if (done > 0) {
      this.host.cluster.stats.upstreamRqActive.add(-done);
      this.host.stats.rqActive -= done;
      this.target.requestsDone(done);
    }
    if (to > from) this.target.forwardPart(this, buf, from, to, done);
  }

  private note(buf: Buffer, from: number, to: number): void {
    this.inValue = true;
    const missing = START_BYTES - this.start.length;
    if (missing > 0) this.start = Buffer.concat([this.start, buf.subarray(from, Math.min(to, from + missing))]);
    this.end = Buffer.concat([this.end, buf.subarray(Math.max(from, to - END_BYTES), to)]).subarray(-END_BYTES);
  }

  /** A value ends with buf[from, to). */
  private whole(buf: Buffer, from: number, to: number): number {
    const type = this.inValue ? this.scanner.type : buf[from];
    const kind = this.due > 0 ? kindOf(this.expected[this.first]) : 0;
    const what = this.meaning(type, buf, from, to);
    if (what === REPLY && this.follower !== null) this.follow(this.follower, kind === BLOCKING, to - from);
    this.inValue = false;
    this.start = NOTHING;
    this.end = NOTHING;
    return what;
  }

  private meaning(type: number, buf: Buffer, from: number, to: number): number {
    if (this.silent > 0) {
      this.silent--;
      return this.greeted(type, buf, from, to);
    }
    const listens = type === GREATER || (type === STAR && (this.state.subscriptions > 0 || this.expectsSubscription));
    if (listens) {
      const word = MESSAGE.exec(this.startOf(buf, from, to))?.[1] ?? '';
      const i = SUBSCRIPTIONS.indexOf(word as (typeof SUBSCRIPTIONS)[number]);
      if (i >= 0) return this.confirmation(i, buf, from, to);
      if (type === GREATER || MESSAGES.has(word)) return NEWS;
    }
    if (type === PLUS && this.state.monitoring && isDigit(this.startOf(buf, from, to).charCodeAt(1))) return NEWS;
    if (this.due === 0) return UNASKED;
    const expected = this.expected[this.first++];
    if (kindOf(expected) === SILENT) return this.silently(type);
    if (type === MINUS && this.proxy.redirects !== null && !this.inValue) {
      if (this.owner.refusedBy(this, buf.subarray(from, to))) {
        this.first--;
        this.abandon();
        return DROP;
      }
    }
    this.mayMove = false;
    this.wants = 0;
    this.state.answered(expected, type === MINUS);
    if (kindOf(expected) === RESET && type !== MINUS) {
      // The host has forgotten who we are, too.
      this.leaving = true;
      this.owner.wasReset();
    }
    return REPLY;
  }

  /** Without the MULTI what comes behind it would be executed at once. */
  private silently(type: number): number {
    const { upstreamRqActive } = this.host.cluster.stats;
    upstreamRqActive.dec();
    this.host.stats.rqActive--;
    if (this.follower !== null) {
      this.names.shift();
      this.follower.skipped();
    }
    return type === MINUS ? UNASKED : DROP;
  }

  private follow(follower: Follower, blocks: boolean, bytes: number): void {
    const [name, atMs] = this.names.shift() ?? ['', 0];
    follower.answered(name, bytes + (this.inValue ? this.scanner.consumed : 0), blocks ? null : turnMs() - atMs);
  }

  private get expectsSubscription(): boolean {
    const kind = this.due > 0 ? kindOf(this.expected[this.first]) : 0;
    return kind >= SUBSCRIBE && kind < SUBSCRIBE + SUBSCRIPTIONS.length;
  }

  private confirmation(i: number, buf: Buffer, from: number, to: number): number {
    const asked = this.due > 0 && kindOf(this.expected[this.first]) === SUBSCRIBE + i;
    if (asked && this.wants === 0)
      this.wants = numberOf(this.expected[this.first]) || Math.max(1, this.state.countOf(i));
    const total = TOTAL.exec(this.endOf(buf, from, to));
    if (total !== null) this.state.confirmed(i, Number(total[1]));
    if (!asked || --this.wants > 0) return NEWS;
    this.first++;
    return REPLY;
  }

  private startOf(buf: Buffer, from: number, to: number): string {
    const here = buf.subarray(from, Math.min(to, from + START_BYTES));
    return (this.inValue ? Buffer.concat([this.start, here]) : here).toString('latin1', 0, START_BYTES);
  }

  private endOf(buf: Buffer, from: number, to: number): string {
    const here = buf.subarray(Math.max(from, to - END_BYTES), to);
    return (this.inValue ? Buffer.concat([this.end, here]) : here).toString('latin1');
  }

  private greeted(type: number, buf: Buffer, from: number, to: number): number {
    if (this.helloDue) {
      this.helloDue = false;
      if (type !== PERCENT) {
        this.proxy.helloFailed(this.host.cluster);
        return UNASKED;
      }
    } else if (type === MINUS && log.debugOn) {
      log.debug(
        `what an own connection begins with is refused by ${this.host.address.text}: ${this.startOf(buf, from, to)}`,
      );
    }
    return DROP;
  }

  private protocolError(): void {
    this.host.cluster.stats.upstreamCxProtocolError.inc();
    this.host.stats.rqError++;
    this.conn.close('noFlush');
  }

  // --- flow control ------------------------------------------------------------------------------------------------

  pauseFor(target: ReplyTarget): void {
    if (this.closed || this.paused) return;
    this.paused = true;
    this.conn.readDisable(true);
    target.pausedBy(this);
    this.host.cluster.stats.upstreamFlowControlPausedReadingTotal.inc();
  }

  unpause(_target: ReplyTarget): void {
    if (!this.paused || this.closed) return;
    this.paused = false;
    this.since = turnMs();
    this.host.cluster.stats.upstreamFlowControlResumedReadingTotal.inc();
    this.conn.readDisable(false);
  }

  waitToWrite(_target: ReplyTarget): boolean {
    if (!this.above || this.closed || this.waiting) return false;
    this.waiting = true;
    return true;
  }

  onAboveWriteBuffer(): void {
    this.above = true;
    this.host.cluster.stats.upstreamFlowControlBackedUpTotal.inc();
  }

  onBelowWriteBuffer(): void {
    this.above = false;
    this.host.cluster.stats.upstreamFlowControlDrainedTotal.inc();
    this.drained();
  }

  private drained(): void {
    if (!this.waiting) return;
    this.waiting = false;
    this.target.upstreamDrained();
  }

  // --- time --------------------------------------------------------------------------------------------------------

  private startTimer(): void {
    this.since = turnMs();
    if (!this.timer.armed) this.timer.arm(this.proxy.opTimeoutMs);
  }

  private readonly onTimer = (): void => {
    if (this.closed || this.due === 0) return;
    const now = turnMs();
    // Neither what blocks nor a client that does not read is the host's fault.
    if (this.paused || kindOf(this.expected[this.first]) === BLOCKING) this.since = now;
    const left = this.proxy.opTimeoutMs - (now - this.since);
    if (left > 0) {
      this.timer.arm(left);
      return;
    }
    this.host.cluster.stats.upstreamRqTimeout.inc();
    this.host.stats.rqTimeout++;
    this.host.monitor.putResult(LOCAL_ORIGIN_TIMEOUT, 1);
    this.proxy.upstreamFailed(this.host.cluster);
    this.conn.close('noFlush');
  };

  /** Not needed now: kept for a while. */
  private rest(): void {
    if (this.leaving) this.conn.close('noFlush');
    else this.idleTimer.arm(this.idleMs);
  }

  private readonly onIdle = (): void => {
    if (!this.closed && !this.busy) this.conn.close('noFlush');
  };

  // --- life --------------------------------------------------------------------------------------------------------

  onConnected(): void {
    this.connected = true;
    this.host.monitor.putResult(LOCAL_ORIGIN_CONNECT_SUCCESS, 1);
    if (this.due > 0) this.startTimer();
  }

  onEnd(): void {
    this.remoteClosed = true;
    this.conn.close('noFlush');
  }

  onClose(local: boolean, error: string): void {
    const { stats, resources } = this.host.cluster;
    const remote = !local || this.remoteClosed;
    const { due } = this;
    this.closed = true;
    this.timer.cancel();
    this.idleTimer.cancel();
    pinnedTo(this.host).delete(this);
    resources[0].connections.dec();
    this.modeStats.pinnedActive.dec();
    stats.upstreamCxActive.dec();
    this.host.stats.cxActive--;
    stats.upstreamCxDestroy.inc();
    (remote ? stats.upstreamCxDestroyRemote : stats.upstreamCxDestroyLocal).inc();
    if (due > 0) {
      stats.upstreamCxDestroyWithActiveRq.inc();
      (remote ? stats.upstreamCxDestroyRemoteWithActiveRq : stats.upstreamCxDestroyLocalWithActiveRq).inc();
      stats.upstreamRqActive.add(-due);
      this.host.stats.rqActive -= due;
      if (remote) this.host.monitor.putResult(LOCAL_ORIGIN_CONNECT_FAILED, 1);
    }
    if (remote && (due > 0 || !this.state.clean)) this.proxy.upstreamFailed(this.host.cluster);
    if (!this.connected) {
      this.host.stats.cxConnectFail++;
      if (error === CONNECT_TIMEOUT) stats.upstreamCxConnectTimeout.inc();
      else if (!local) stats.upstreamCxConnectFail.inc();
    }
    this.drained();
    // What has been sent behind a SELECT is not for the database that everybody else is in.
    const clean = this.state.clean && !this.isDue(SELECT);
    const toTell = this.expected.slice(this.first).filter((e) => kindOf(e) < HERE).length;
    this.owner.unpinned(this, clean, toTell, this.inValue && this.silent === 0);
  }

  /** Needed no more, or by nobody. */
  abandon(): void {
    if (!this.closed) this.conn.close('noFlush');
  }

  /** The host left its cluster: what has been asked is still answered; who only listens has to do so elsewhere. */
  drain(): void {
    this.leaving = true;
    if (this.due === 0 && !this.state.inTransaction) this.abandon();
  }
}

const NOTHING = Buffer.alloc(0);

function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}

/** All that clients have to themselves on a host. */
class PinnedToHost implements HostSlot {
  readonly all = new Set<PinnedClient>();
  drain(): void {
    for (const pinned of [...this.all]) pinned.drain();
  }
}

const SLOT = hostSlot();

function pinnedTo(host: Host): Set<PinnedClient> {
  let slot = host.slots[SLOT] as PinnedToHost | undefined;
  if (slot === undefined) host.slots[SLOT] = slot = new PinnedToHost();
  return slot.all;
}
