/**
 * One pipelined connection to one Redis host, shared by all clients of a redis_proxy: Envoy's ClientImpl
 * (source/extensions/filters/network/common/redis/client_impl.cc). Replies come in the order of the requests; each is handed
 * to the session it belongs to as the bytes that were read, neighbours of one session together.
 *
 * A reply larger than `STREAM_BYTES` is forwarded as it arrives once it is its client's turn. A client that does not read
 * pauses this connection when it has too much unread; whoever needs the host meanwhile gets a fresh connection.
 */
import { MAX_REPLY_BULK_BYTES, MAX_REPLY_ELEMENTS } from '../codec/resp/limits.ts';
import { Pieces } from '../codec/resp/pieces.ts';
import { wholeReply } from '../codec/resp/reply.ts';
import { MALFORMED, ValueScanner } from '../codec/resp/value-scanner.ts';
import { logger } from '../log/logger.ts';
import { turnMs } from '../platform/clock.ts';
import { heldMemory } from '../platform/held-memory.ts';
import { isBulkLent, lendAgain, own } from '../platform/lent.ts';
import { CONNECT_TIMEOUT, type Connection } from '../transport/connection.ts';
import { Timer } from '../transport/timers.ts';
import type { ConnectionHandler } from '../transport/types.ts';
import type { Host } from '../upstream/host.ts';
import {
  EXT_ORIGIN_REQUEST_FAILED,
  EXT_ORIGIN_REQUEST_SUCCESS,
  LOCAL_ORIGIN_CONNECT_FAILED,
  LOCAL_ORIGIN_CONNECT_SUCCESS,
  LOCAL_ORIGIN_TIMEOUT,
} from '../upstream/outlier/host-monitor.ts';
import {
  accepts,
  DIRECT,
  ELEMENT,
  failure,
  LATE,
  NOBODYS,
  PART,
  PendingRing,
  QUEUED,
  refusal,
} from './pending-ring.ts';
import type { ProxySettings } from './proxy-settings.ts';
import type { Redirects } from './redirects.ts';
import { NOBODY, type ReplySource, type ReplyTarget } from './reply-target.ts';
import type { Split } from './split.ts';
import type { RedisClusterStats } from './stats.ts';
import type { Follower } from './top.ts';

/** A reply up to this size reaches its client whole or not at all, so that a failing host still means an error reply. */
const STREAM_BYTES = 256 * 1024;
/**
 * Requests of several clients wait up to this many turns of the loop for one another (Connection.gatherTurns): a write costs several
 * times what a request costs otherwise. With fewer clients, and for the next request of the same one, waiting gains nothing: they leave in
 * the turn they came.
 */
const GATHER_TURNS = 2;
/** Measured with redis-benchmark: with 4 clients the waiting costs 7 to 11 % of requests/s, with 8 it gains. */
const GATHER_CLIENTS = 8;
const MINUS = 45;
const PERCENT = 37;

/** What happens to the reply that is under way: kept until it is whole, passed on as it comes, or thrown away. */
export const COLLECT = 0;
const STREAM = 1;
const DROP = 2;

const log = logger('redis');

/** Who decides which requests go there. */
export interface ClientOwner {
  /** The client takes no new requests. */
  forget(client: UpstreamClient): void;
}

export class UpstreamClient implements ConnectionHandler, ReplySource {
  readonly proxy: ProxySettings;
  readonly conn: Connection;
  readonly host: Host;
  private readonly owner: ClientOwner;
  private readonly redirects: Redirects | null;
  private readonly ring: PendingRing;
  private readonly commandStats: RedisClusterStats;
  /** Told of each request's keys before it is pushed. */
  readonly follower: Follower | null;
  /** Id of the client connection whose request was the last. */
  private lastAsker: number;
  /** Requests that were pending before the read under way, and those that it has put back. */
  private before: number;
  private readonly scanner: ValueScanner;
  private readonly partial: Pieces;
  private carry: Buffer | null;
  /** A reply is under way that began in an earlier read. */
  private inReply: boolean;
  private mode: 0 | 1 | 2;
  private connected: boolean;
  /** Replies to what was said first that are still to come. */
  private greets: number;
  /** HELLO has been answered. */
  private spoke: boolean;
  private closed: boolean;
  /** Close as soon as nothing is pending. */
  private leaving: boolean;
  /** The host left its cluster. */
  private draining: boolean;
  private remoteClosed: boolean;
  private readonly opTimer: Timer;
  /** turnMs() of the last progress: what op_timeout counts from. */
  private since: number;
  /** Whose reading waits until this connection's queue of unsent requests has drained. */
  private readonly waiting: Set<ReplyTarget>;
  private above: boolean;
  /** For whose sake nothing is read from here. */
  private readonly pausedBy: Set<ReplyTarget>;

  constructor(host: Host, proxy: ProxySettings, owner: ClientOwner) {
    this.proxy = proxy;
    this.host = host;
    this.owner = owner;
    this.redirects = proxy.redirects;
    this.ring = new PendingRing(this.redirects !== null);
    this.commandStats = proxy.clusterStats(host.cluster.name);
    this.follower = proxy.follow(host.cluster);
    this.lastAsker = 0;
    this.scanner = new ValueScanner(MAX_REPLY_ELEMENTS, MAX_REPLY_BULK_BYTES, true, proxy.resp3);
    this.partial = new Pieces();
    this.before = 0;
    this.carry = null;
    this.inReply = false;
    this.mode = COLLECT;
    this.connected = false;
    this.closed = false;
    this.leaving = false;
    this.draining = false;
    this.remoteClosed = false;
    this.opTimer = new Timer(this.onOpTimer);
    this.since = 0;
    this.waiting = new Set();
    this.above = false;
    this.pausedBy = new Set();
    const stats = host.cluster.stats;
    stats.upstreamCxTotal.inc();
    stats.upstreamCxActive.inc();
    host.stats.cxTotal++;
    host.stats.cxActive++;
    this.conn = host.connect(this);
    this.conn.takesLent = true;
    this.conn.takesBulk = true;
    this.conn.joinsWrites = true;
    const greetings = proxy.greetings(host);
    this.greets = greetings.length;
    this.spoke = false;
    for (const greeting of greetings) {
      this.expectNothing();
      this.countRequests(1);
      this.conn.write(greeting);
    }
  }

  get paused(): boolean {
    return this.pausedBy.size > 0;
  }

  /** The caller writes the request's bytes next, before anything else is written here. */
  /** `request`: kept until it is answered, where a host may say that it belongs to another one. */
  push(
    target: ReplyTarget,
    split: Split | null,
    seq: number,
    kind: number,
    command: number,
    now: number,
    request: Buffer | null = null,
    hops = 0,
  ): void {
    const asker = target.id;
    if (this.conn.bufferedBytes === 0) {
      const alone = asker === this.lastAsker || this.proxy.sessions < GATHER_CLIENTS;
      this.conn.gatherTurns = alone ? 0 : GATHER_TURNS;
    }
    this.lastAsker = asker;
    this.ring.push(target, split, seq, kind, command, now);
    if (request !== null) this.ring.keep(request, hops);
    this.commandStats.started(command);
    if (this.follower !== null) this.follower.sent();
    if (this.ring.count === 1 && this.connected) this.startTimer(now);
  }

  /** A request that no client waits for: the caller counts it (`countRequests`) and writes its bytes next. */
  expectNothing(): void {
    const now = turnMs();
    this.ring.push(NOBODY, null, 0, NOBODYS, 0, now);
    if (this.follower !== null) this.follower.sent();
    if (this.ring.count === 1 && this.connected) this.startTimer(now);
  }
  /** More waits to be written there than the cluster's buffers may hold. */
  get congested(): boolean {
    return this.above || this.paused;
  }

  /** `n` requests were pushed. */
  countRequests(n: number): void {
    const stats = this.host.cluster.stats;
    stats.upstreamRqTotal.add(n);
    stats.upstreamRqActive.add(n);
    this.host.stats.rqTotal += n;
    this.host.stats.rqActive += n;
  }

  waitToWrite(target: ReplyTarget): boolean {
    if (!this.above || this.closed || this.waiting.has(target)) return false;
    this.waiting.add(target);
    return true;
  }

  // --- replies -----------------------------------------------------------------------------------------------------

  onData(chunk: Buffer): void {
    let buf = chunk;
    if (this.carry !== null) {
      buf = Buffer.concat([this.carry, chunk]);
      this.carry = null;
    }
    const ring = this.ring;
    const stats = this.proxy.stats;
    const now = turnMs();
    const end = buf.length;
    this.before = ring.count;
    let pos = 0;
    let run: ReplyTarget | null = null;
    let runFrom = 0;
    let runTo = 0;
    let runCount = 0;
    while (pos < end) {
      if (ring.count === 0) {
        if (run !== null) run.forward(this, buf, runFrom, runTo, runCount);
        this.answered(now);
        this.unsolicited();
        return;
      }
      let next = 0;
      if (this.inReply) {
        next = this.scanner.scan(buf, pos, end);
      } else {
        next = wholeReply(buf, pos, end);
        if (next === 0) {
          this.scanner.begin();
          next = this.scanner.scan(buf, pos, end);
        }
      }
      if (next < 0) {
        if (run !== null) run.forward(this, buf, runFrom, runTo, runCount);
        run = null;
        if (next === MALFORMED) {
          this.answered(now);
          this.protocolError();
          return;
        }
        this.takePart(buf, pos, this.scanner.pos);
        if (this.scanner.pos < end) this.carry = Buffer.from(buf.subarray(this.scanner.pos));
        break;
      }
      const i = ring.head;
      const target = ring.targets[i]!;
      const kind = ring.kinds[i];
      if (this.inReply || (kind !== DIRECT && kind !== ELEMENT) || target.closed || this.mayRedirect(buf[pos])) {
        if (run !== null) run.forward(this, buf, runFrom, runTo, runCount);
        run = null;
        this.finish(buf, pos, next, now);
      } else if (kind === ELEMENT) {
        if (run !== null) run.forward(this, buf, runFrom, runTo, runCount);
        run = null;
        this.element(buf, pos, next, now);
      } else {
        const seq = ring.seqs[i];
        if (run === target && seq === ((target.head + runCount) | 0)) {
          runTo = next;
          runCount++;
        } else {
          if (run !== null) run.forward(this, buf, runFrom, runTo, runCount);
          run = null;
          if (seq === target.head) {
            run = target;
            runFrom = pos;
            runTo = next;
            runCount = 1;
          } else {
            target.hold(this, seq, buf, pos, next, null);
            target.requestsDone(1);
          }
        }
        const elapsed = now - ring.times[i];
        const command = ring.commands[i];
        stats.commandDone(command, true, elapsed);
        this.commandStats.done(command, buf[pos] !== MINUS, elapsed);
        ring.shift();
        if (this.follower !== null) this.follower.answered(command, next - pos, elapsed);
      }
      pos = next;
    }
    if (run !== null) run.forward(this, buf, runFrom, runTo, runCount);
    this.answered(now);
    if (ring.count === 0 && !this.closed) {
      if (this.leaving) this.conn.close('noFlush');
      else if (this.pausedBy.size > 0) for (const s of [...this.pausedBy]) this.unpause(s);
    }
  }

  private mayRedirect(type: number): boolean {
    return type === MINUS && this.redirects !== null;
  }

  /** The oldest request is an element of an array, and buf[from, to) its whole reply. */
  private element(buf: Buffer, from: number, to: number, now: number): void {
    const { ring } = this;
    const i = ring.head;
    const type = buf[from];
    if (!accepts(ELEMENT, type)) {
      this.finish(buf, from, to, now);
      return;
    }
    const target = ring.targets[i]!;
    const split = ring.splits[i]!;
    const seq = ring.seqs[i];
    const command = ring.commands[i];
    const elapsed = now - ring.times[i];
    ring.shift();
    if (this.follower !== null) this.follower.answered(command, to - from, elapsed);
    this.commandStats.done(command, type !== MINUS, elapsed);
    target.element(this, seq, buf, from, to);
    split.partDone(type !== MINUS, now);
  }

  private answered(now: number): void {
    const n = this.before - this.ring.count;
    this.since = now;
    if (n <= 0) return;
    this.host.cluster.stats.upstreamRqActive.add(-n);
    this.host.stats.rqActive -= n;
    this.host.monitor.putResult(EXT_ORIGIN_REQUEST_SUCCESS, n);
  }

  /** Any reply but the commonest: the oldest request is answered by what was collected and buf[from, to). */
  private finish(buf: Buffer, from: number, to: number, now: number): void {
    const ring = this.ring;
    const i = ring.head;
    const target = ring.targets[i]!;
    const split = ring.splits[i];
    const seq = ring.seqs[i];
    const kind = ring.kinds[i];
    const command = ring.commands[i];
    const time = ring.times[i];
    const elapsed = now - time;
    const request = ring.requests === null ? null : ring.requests[i];
    const hops = request === null ? 0 : ring.hops[i];
    ring.shift();
    if (this.follower !== null) this.follow(this.follower, kind, command, from, to, elapsed);
    const type = this.inReply ? this.scanner.type : buf[from];
    const mode = this.inReply ? this.mode : COLLECT;
    let earlier: Buffer[] | null = null;
    if (this.inReply) {
      this.inReply = false;
      this.mode = COLLECT;
      earlier = this.takeEarlier();
    }
    if (request !== null && type === MINUS && mode === COLLECT && !target.closed) {
      const reply = joined(earlier, buf, from, to);
      const sent = this.redirects!.follow(this, reply, target, split, seq, kind, command, time, request, hops);
      if (sent) {
        this.commandStats.done(command, false, elapsed);
        return;
      }
      if (this.redirects!.clusterDown(reply)) {
        this.commandStats.done(command, false, elapsed);
        this.failed(target, split, seq, kind, command, elapsed, now);
        return;
      }
    }
    if (kind === QUEUED && type === MINUS && this.redirects !== null && this.redirects.of(own(buf, from, to)) !== null)
      this.redirects.refused(this.host.cluster);
    if (kind === NOBODYS) {
      if (this.greets > 0) {
        this.greets--;
        if (type === MINUS) this.refused(own(buf, from, to));
        if (this.proxy.resp3) this.greeted(type);
      }
      return;
    }
    this.commandStats.done(command, !target.closed && type !== MINUS, elapsed);
    this.complete(target, split, seq, kind, command, elapsed, mode, type, earlier, buf, from, to, now);
  }

  /** What has come of the reply under way; null: nothing, or it is on its way. */
  private takeEarlier(): Buffer[] | null {
    const pieces = this.partial.take();
    lendAgain(pieces);
    return pieces.length === 0 ? null : pieces;
  }

  private follow(follower: Follower, kind: number, command: number, from: number, to: number, elapsed: number): void {
    if (kind === NOBODYS) follower.skipped();
    else follower.answered(command, (this.inReply ? this.scanner.consumed : 0) + to - from, elapsed);
  }

  /** The reply goes to whoever asked. */
  complete(
    target: ReplyTarget,
    split: Split | null,
    seq: number,
    kind: number,
    command: number,
    elapsed: number,
    mode: number,
    type: number,
    earlier: Buffer[] | null,
    buf: Buffer,
    from: number,
    to: number,
    now: number,
  ): void {
    if (target.closed) {
      this.host.cluster.stats.upstreamRqCancelled.inc();
    } else if (kind === PART) {
      const whole = joined(earlier, buf, from, to);
      split!.part(this, seq, type, mode === DROP || whole.length > split!.longest ? null : whole, now);
    } else if (!accepts(kind, type)) {
      target.replyText(seq, refusal(kind));
      this.settle(target, split, command, elapsed, false, now);
    } else {
      this.deliver(target, split, mode, seq, earlier, buf, from, to);
      const ok = kind === DIRECT || kind === QUEUED || kind === LATE || type !== MINUS;
      this.settle(target, split, this.countedAs(kind, command), elapsed, ok, now);
    }
  }

  private countedAs(kind: number, command: number): number {
    return kind === QUEUED ? this.proxy.commands.multi : command;
  }

  /** One that was answered has been asked again here, in one read. */
  askedAgain(): void {
    this.before++;
  }

  /** HELLO 3 is first: a host that does not answer it with a map would answer what follows in RESP2. */
  private greeted(type: number): void {
    if (this.spoke || this.closed) return;
    this.spoke = true;
    if (type === PERCENT) return;
    this.proxy.helloFailed(this.host.cluster);
    this.conn.close('noFlush');
  }

  /** What was said first. The host will say so to the clients too; but only here it is known to be the configuration's fault. */
  private refused(reply: Buffer): void {
    log.warn(
      `what a connection begins with is refused by ${this.host.address.text}: ${JSON.stringify(reply.toString('latin1', 1, Math.min(reply.length - 2, 128)))}`,
    );
  }

  /** The end of a reply goes to the client, or waits for its turn. */
  private deliver(
    target: ReplyTarget,
    split: Split | null,
    mode: number,
    seq: number,
    earlier: Buffer[] | null,
    buf: Buffer,
    from: number,
    to: number,
  ): void {
    if (mode === STREAM) {
      target.streaming = null;
    } else if (split !== null && earlier === null) {
      target.element(this, seq, buf, from, to);
      return;
    } else {
      if (split !== null) target.passElements();
      if (seq !== target.head) {
        target.hold(this, seq, buf, from, to, earlier);
        return;
      }
      if (earlier !== null) this.forwardAll(target, earlier);
    }
    target.forwardPart(this, buf, from, to, 1);
  }

  private forwardAll(target: ReplyTarget, pieces: readonly Buffer[]): void {
    for (const piece of pieces) target.forwardPart(this, piece, 0, piece.length, 0);
  }

  /** A request that is no part of a sum has its reply. `split`: it was an element of that. */
  private settle(
    target: ReplyTarget,
    split: Split | null,
    command: number,
    elapsed: number,
    ok: boolean,
    now: number,
  ): void {
    if (split !== null) {
      split.partDone(ok, now);
    } else {
      this.proxy.stats.commandDone(command, ok, elapsed + target.lateMs);
      target.requestsDone(1);
    }
  }

  /** The oldest request's reply has begun and is not complete: buf[from, to) is the next of it. */
  private takePart(buf: Buffer, from: number, to: number): void {
    if (!this.inReply) {
      this.inReply = true;
      this.mode = COLLECT;
    }
    if (this.mode === DROP || to === from) return;
    const i = this.ring.head;
    const target = this.ring.targets[i]!;
    const split = this.ring.kinds[i] === PART ? this.ring.splits[i] : null;
    const useless =
      target.closed ||
      !accepts(this.ring.kinds[i], this.scanner.type) ||
      (split !== null && this.partial.bytes + (to - from) > split.longest);
    if (useless) {
      this.mode = DROP;
      this.partial.clear();
    } else if (this.mode === STREAM) {
      target.forwardPart(this, buf, from, to, 0);
    } else {
      if (isBulkLent(buf)) this.partial.addLent(buf, from, to);
      else this.partial.add(own(buf, from, to));
      if (this.partial.bytes >= STREAM_BYTES && split === null) this.collectedMuch(target, this.ring.seqs[i]);
    }
  }

  /** A long reply is passed on as it comes once it is its client's turn; before, its client may hold only so much. */
  private collectedMuch(target: ReplyTarget, seq: number): void {
    target.passElements();
    if (seq === target.head) {
      this.mode = STREAM;
      target.streaming = this;
      this.forwardAll(target, this.takeEarlier() ?? []);
    } else if (this.partial.bytes + target.heldBytes > heldMemory.of(this.proxy.unreadLimit)) {
      this.pauseFor(target);
    }
  }

  // --- pausing -----------------------------------------------------------------------------------------------------

  pauseFor(target: ReplyTarget): void {
    if (this.closed || this.pausedBy.has(target)) return;
    if (this.pausedBy.size === 0) this.conn.readDisable(true);
    this.pausedBy.add(target);
    target.pausedBy(this);
    this.host.cluster.stats.upstreamFlowControlPausedReadingTotal.inc();
  }

  unpause(target: ReplyTarget): void {
    if (!this.pausedBy.delete(target) || this.closed) return;
    this.host.cluster.stats.upstreamFlowControlResumedReadingTotal.inc();
    if (this.pausedBy.size === 0) {
      this.since = turnMs();
      this.conn.readDisable(false);
    }
  }

  // --- time --------------------------------------------------------------------------------------------------------

  private startTimer(now: number): void {
    this.since = now;
    if (!this.opTimer.armed) this.opTimer.arm(this.proxy.opTimeoutMs);
  }

  private readonly onOpTimer = (): void => {
    if (this.closed || this.ring.count === 0) return;
    const left = this.proxy.opTimeoutMs - (turnMs() - this.since);
    if (left > 0) {
      this.opTimer.arm(left);
    } else if (this.pausedBy.size > 0) {
      this.since = turnMs();
      this.opTimer.arm(this.proxy.opTimeoutMs);
      this.closeSlowReaders();
    } else {
      this.host.cluster.stats.upstreamRqTimeout.inc();
      this.host.stats.rqTimeout++;
      this.host.monitor.putResult(LOCAL_ORIGIN_TIMEOUT, 1);
      this.conn.close('noFlush');
    }
  };

  /** Not the host but clients were slow. They are let go only if somebody else's reply is stuck behind theirs. */
  private closeSlowReaders(): void {
    const ring = this.ring;
    for (let k = 0; k < ring.count; k++) {
      const target = ring.targets[(ring.head + k) & ring.mask]!;
      if (target.closed || this.pausedBy.has(target)) continue;
      for (const slow of [...this.pausedBy]) slow.closeSlow();
      return;
    }
  }

  // --- life --------------------------------------------------------------------------------------------------------

  onConnected(): void {
    this.connected = true;
    this.host.monitor.putResult(LOCAL_ORIGIN_CONNECT_SUCCESS, 1);
    if (this.ring.count > 0) this.startTimer(turnMs());
  }

  onEnd(): void {
    this.remoteClosed = true;
    this.conn.close('noFlush');
  }

  onClose(local: boolean, error: string): void {
    const stats = this.host.cluster.stats;
    const remote = !local || this.remoteClosed;
    const pending = this.ring.count;
    if (this.draining && pending === 0) this.commandStats.upstreamCxDrained.inc();
    this.closed = true;
    this.owner.forget(this);
    this.opTimer.cancel();
    this.pausedBy.clear();
    stats.upstreamCxActive.dec();
    this.host.stats.cxActive--;
    stats.upstreamCxDestroy.inc();
    (remote ? stats.upstreamCxDestroyRemote : stats.upstreamCxDestroyLocal).inc();
    if (pending > 0) {
      stats.upstreamCxDestroyWithActiveRq.inc();
      (remote ? stats.upstreamCxDestroyRemoteWithActiveRq : stats.upstreamCxDestroyLocalWithActiveRq).inc();
    }
    if (!this.connected && error === CONNECT_TIMEOUT) this.host.monitor.putResult(LOCAL_ORIGIN_TIMEOUT, 1);
    else if (pending > 0 && remote) this.host.monitor.putResult(LOCAL_ORIGIN_CONNECT_FAILED, 1);
    if (!this.connected) {
      this.host.stats.cxConnectFail++;
      if (error === CONNECT_TIMEOUT) stats.upstreamCxConnectTimeout.inc();
      else if (!local) stats.upstreamCxConnectFail.inc();
    }
    if (log.debugOn) log.debug(`upstream ${this.host.address.text} closed, ${pending} pending, ${error}`);
    this.failAll();
    stats.upstreamRqActive.add(-pending);
    this.host.stats.rqActive -= pending;
    for (const target of this.waiting) target.upstreamDrained();
    this.waiting.clear();
  }

  private failed(
    target: ReplyTarget,
    split: Split | null,
    seq: number,
    kind: number,
    command: number,
    elapsed: number,
    now: number,
  ): void {
    this.proxy.upstreamFailed(this.host.cluster);
    if (kind === PART) {
      split!.partFailed(seq, failure(kind), now);
    } else {
      target.replyText(seq, failure(kind));
      this.settle(target, split, this.countedAs(kind, command), elapsed, false, now);
    }
  }

  private failAll(): void {
    const ring = this.ring;
    const now = turnMs();
    this.partial.clear();
    while (ring.count > 0) {
      const i = ring.head;
      const target = ring.targets[i]!;
      const split = ring.splits[i];
      const seq = ring.seqs[i];
      const kind = ring.kinds[i];
      const command = ring.commands[i];
      const elapsed = now - ring.times[i];
      ring.shift();
      if (kind === NOBODYS) continue;
      if (target.closed) {
        this.host.cluster.stats.upstreamRqCancelled.inc();
      } else if (target.streaming === this) {
        // Half a reply is out: there is no honest way to go on.
        target.abort();
      } else {
        this.failed(target, split, seq, kind, command, elapsed, now);
      }
    }
  }

  private protocolError(): void {
    this.host.cluster.stats.upstreamCxProtocolError.inc();
    this.host.stats.rqError++;
    this.host.monitor.putResult(EXT_ORIGIN_REQUEST_FAILED, 1);
    this.conn.close('noFlush');
  }

  /** Bytes nobody asked for: whatever they are, the next reply could not be trusted. */
  private unsolicited(): void {
    log.warn(`unsolicited bytes from ${this.host.address.text}: closing the connection`);
    this.protocolError();
  }

  /** The host is gone: finish what is pending. */
  drain(): void {
    this.draining = true;
    this.retire();
  }

  /** Nobody waits for what is pending, and it shall not go on. */
  abandon(): void {
    if (!this.closed) this.conn.close('noFlush');
  }

  /** No new requests; close when the last reply is in. */
  retire(): void {
    this.leaving = true;
    this.owner.forget(this);
    if (this.ring.count === 0 && !this.closed) this.conn.close('noFlush');
  }

  onAboveWriteBuffer(): void {
    this.above = true;
    this.host.cluster.stats.upstreamFlowControlBackedUpTotal.inc();
  }

  onBelowWriteBuffer(): void {
    this.above = false;
    this.host.cluster.stats.upstreamFlowControlDrainedTotal.inc();
    for (const target of this.waiting) target.upstreamDrained();
    this.waiting.clear();
  }
}

function joined(earlier: readonly Buffer[] | null, buf: Buffer, from: number, to: number): Buffer {
  return earlier === null ? own(buf, from, to) : Buffer.concat([...earlier, buf.subarray(from, to)]);
}
