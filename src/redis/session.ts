/**
 * One client connection of redis_proxy: cuts what it sends into requests, routes each, and brings the replies back into the
 * order of the requests. Roles of Envoy's ProxyFilter and of CommandSplitter's request handlers.
 *
 * Requests that follow one another to the same host leave as one slice of what was read. Every request (every key of an
 * MGET) takes the next sequence number; a reply whose number is `head` is written at once, others are held.
 */
import { BROKEN, COMMAND, INVALID, LARGE, MORE, RequestFramer, words } from '../codec/resp/request-framer.ts';
import type { Connection } from '../transport/connection.ts';
import type { ConnectionHandler } from '../transport/types.ts';
import { authenticate } from './auth.ts';
import { AUTH, EVAL, lookup, MGET, MSET, PING, ROUTING, SIMPLE, SUM, UNKNOWN } from './commands.ts';
import type { RedisFilter } from './filter.ts';
import { clientOf } from './host-clients.ts';
import { hashKey, keyHash } from './key-hash.ts';
import { DIRECT, ELEMENT, INTEGER, PART } from './pending-ring.ts';
import { ReplyHold } from './reply-hold.ts';
import { Split, type SplitKind } from './split.ts';
import type { UpstreamClient } from './upstream-client.ts';

/** A client with this many replies outstanding is not read any further until half of them are out. */
const MAX_PENDING = 8192;
/** How long a client we turned away may take to read why, ms (Envoy's delayed_close_timeout). */
const LAST_WORDS_MS = 1000;
/** Envoy echoes a word of any length in an error; Redis cuts at this many bytes. */
const MAX_ECHOED = 128;

const NO_UPSTREAM = '-no upstream host\r\n';
const INVALID_REQUEST = '-invalid request\r\n';

export class Session implements ConnectionHandler {
  readonly conn: Connection;
  readonly filter: RedisFilter;
  /** Sequence number of the next reply to be written, and of the next request. Both wrap around at 32 bits. */
  head: number;
  tail: number;
  closed: boolean;
  /** Upstream that has written part of a reply to us. */
  streaming: UpstreamClient | null;
  /** Upstreams that do not read because of us. */
  readonly pausing: UpstreamClient[];

  private readonly framer: RequestFramer;
  private readonly held: ReplyHold;
  private authorised: boolean;
  /** No more input is taken; the connection closes when the last reply is out. */
  private finishing: boolean;
  private lastWords: boolean;
  /** Requests without a complete answer, and those of the read under way. */
  private active: number;
  private inTurn: boolean;
  private turnDone: number;
  private above: boolean;
  private waits: number;
  private stopped: boolean;

  // Consecutive requests to one upstream, not written yet.
  private runClient: UpstreamClient | null;
  private runBuf: Buffer;
  private runFrom: number;
  private runTo: number;
  private runCount: number;
  /** Bytes to cut off the key found last. */
  private strip: number;

  constructor(conn: Connection, filter: RedisFilter) {
    this.conn = conn;
    this.filter = filter;
    this.head = 0;
    this.tail = 0;
    this.closed = false;
    this.streaming = null;
    this.pausing = [];
    this.framer = new RequestFramer();
    this.held = new ReplyHold();
    this.authorised = !filter.credentials.required;
    this.finishing = false;
    this.lastWords = false;
    this.active = 0;
    this.inTurn = false;
    this.turnDone = 0;
    this.above = false;
    this.waits = 0;
    this.stopped = false;
    this.runClient = null;
    this.runBuf = NOTHING;
    this.runFrom = 0;
    this.runTo = 0;
    this.runCount = 0;
    this.strip = 0;
    filter.stats.cxTotal.inc();
    filter.stats.cxActive.inc();
    conn.stats = filter.stats.bytes;
    conn.handler = this;
  }

  get heldBytes(): number {
    return this.held.bytes;
  }

  // --- requests ----------------------------------------------------------------------------------------------------

  onData(chunk: Buffer): void {
    if (this.finishing) return;
    const framer = this.framer;
    const now = performance.now();
    let started = 0;
    this.inTurn = true;
    framer.push(chunk);
    for (;;) {
      const found = framer.next();
      if (found === MORE) break;
      if (found === COMMAND) {
        started++;
        this.request(now);
      } else if (found === LARGE) {
        started++;
        this.largeRequest(now);
      } else if (found === INVALID) {
        started++;
        this.invalid();
      } else if (found === BROKEN) {
        this.protocolError();
        break;
      }
      if (this.closed) break;
    }
    if (this.runClient !== null) this.flushRun();
    this.inTurn = false;
    const stats = this.filter.stats;
    stats.rqTotal.add(started);
    const left = started - this.turnDone;
    this.turnDone = 0;
    if (left !== 0 && !this.closed) {
      this.active += left;
      stats.rqActive.add(left);
    }
    if (((this.tail - this.head) | 0) > MAX_PENDING) this.updateReading();
  }

  /** A request that lies whole in framer.buf. */
  private request(now: number): void {
    const framer = this.framer;
    const b = framer.buf;
    const command = lookup(b, words[0], words[1]);
    const routing = command === UNKNOWN ? UNKNOWN : ROUTING[command];
    if (routing === UNKNOWN && !this.filter.envoy16) {
      this.unknown(b);
      return;
    }
    if (routing === AUTH) {
      this.auth(b);
      return;
    }
    if (!this.authorised) {
      this.local('-NOAUTH Authentication required.\r\n');
      return;
    }
    if (routing === PING) {
      this.local('+PONG\r\n');
      return;
    }
    if (framer.argc < 2) {
      this.invalid();
      return;
    }
    if (routing === UNKNOWN) {
      this.unknown(b);
      return;
    }
    this.filter.stats.commandStarted(command);
    if (routing === SIMPLE) {
      this.simple(b, command, words[2], words[3], DIRECT, now);
    } else if (routing === EVAL) {
      if (framer.argc < 4) this.wrongArguments(b, command);
      else this.simple(b, command, words[6], words[7], DIRECT, now);
    } else if (routing === SUM && framer.argc === 2) {
      this.simple(b, command, words[2], words[3], INTEGER, now);
    } else {
      this.split(b, command, routing, now);
    }
  }

  /** One request, one host: its bytes are forwarded unchanged unless a prefix is cut off the key. */
  private simple(b: Buffer, command: number, key: number, length: number, kind: number, now: number): void {
    const client = this.route(b, key, length);
    if (client === null) {
      this.filter.stats.commandRefused(command);
      this.local(kind === INTEGER ? '-finished with 1 error(s)\r\n' : NO_UPSTREAM);
      return;
    }
    const framer = this.framer;
    if (this.strip > 0) {
      this.flushRun();
      client.push(this, null, this.tail, kind, command, now);
      client.countRequests(1);
      client.conn.write(b.subarray(framer.start, headerStart(key, length)));
      client.conn.writeLatin1(`$${length - this.strip}\r\n`);
      client.conn.write(b.subarray(key + this.strip, framer.end));
      this.wroteTo(client);
    } else {
      client.push(this, null, this.tail, kind, command, now);
      if (client === this.runClient && b === this.runBuf && framer.start === this.runTo) {
        this.runTo = framer.end;
        this.runCount++;
      } else {
        if (this.runClient !== null) this.flushRun();
        this.runClient = client;
        this.runBuf = b;
        this.runFrom = framer.start;
        this.runTo = framer.end;
        this.runCount = 1;
      }
    }
    this.tail = (this.tail + 1) | 0;
  }

  private flushRun(): void {
    const client = this.runClient;
    if (client === null) return;
    const b = this.runBuf;
    client.countRequests(this.runCount);
    client.conn.write(this.runFrom === 0 && this.runTo === b.length ? b : b.subarray(this.runFrom, this.runTo));
    this.runClient = null;
    this.runBuf = NOTHING;
    this.wroteTo(client);
  }

  private wroteTo(client: UpstreamClient): void {
    if (client.holdsBack(this)) {
      this.waits++;
      this.updateReading();
    }
  }

  /** A request of many reads: only the words that matter are looked at. */
  private largeRequest(now: number): void {
    const framer = this.framer;
    const name = framer.word(0);
    const command = lookup(name, 0, name.length);
    const routing = command === UNKNOWN ? UNKNOWN : ROUTING[command];
    const keyIndex = routing === EVAL ? 3 : 1;
    const direct = (routing === SIMPLE || routing === EVAL) && this.authorised && framer.argc > keyIndex;
    const key = direct ? framer.word(keyIndex) : NOTHING;
    const client = direct ? this.route(key, 0, key.length) : null;
    if (client === null || this.strip > 0) {
      framer.joinPieces();
      this.request(now);
      return;
    }
    this.flushRun();
    this.filter.stats.commandStarted(command);
    client.push(this, null, this.tail, DIRECT, command, now);
    client.countRequests(1);
    for (const piece of framer.takePieces()) client.conn.write(piece);
    this.tail = (this.tail + 1) | 0;
    this.wroteTo(client);
  }

  private split(b: Buffer, command: number, routing: number, now: number): void {
    const argc = this.framer.argc;
    if (routing === MSET && argc % 2 === 0) {
      this.wrongArguments(b, command);
      return;
    }
    this.flushRun();
    const step = routing === MSET ? 2 : 1;
    const parts = (argc - 1) / step;
    let kind: SplitKind = 'integers';
    if (routing === MGET) {
      kind = 'elements';
      this.replyText(this.take(), `*${parts}\r\n`);
    } else if (routing === MSET) {
      kind = 'oks';
    }
    const ownSeq = routing === MGET ? 0 : this.take();
    const split = new Split(this, kind, ownSeq, command, parts, now);
    const out = this.filter.fragments;
    let parted: UpstreamClient | null = null;
    for (let i = 1; i < argc; i += step) {
      const key = words[i * 2];
      const length = words[i * 2 + 1];
      const client = this.route(b, key, length);
      const seq = routing === MGET ? this.take() : ownSeq;
      if (client === null) {
        if (routing === MGET) this.replyText(seq, NO_UPSTREAM);
        split.partDone(false, now);
        continue;
      }
      client.push(this, split, seq, routing === MGET ? ELEMENT : PART, command, now);
      out.begin(client);
      if (routing === MGET) {
        out.text('*2\r\n$3\r\nget\r\n');
      } else if (routing === MSET) {
        out.text('*3\r\n$3\r\nset\r\n');
      } else {
        out.text('*2\r\n');
        out.bytes(b, headerStart(words[0], words[1]), words[0] + words[1] + 2);
      }
      if (this.strip > 0) {
        out.text(`$${length - this.strip}\r\n`);
        out.bytes(b, key + this.strip, key + length + 2);
      } else {
        out.bytes(b, headerStart(key, length), key + length + 2);
      }
      if (routing === MSET) {
        const value = words[i * 2 + 2];
        const valueLength = words[i * 2 + 3];
        out.bytes(b, headerStart(value, valueLength), value + valueLength + 2);
      }
      parted = client;
    }
    out.flush();
    if (parted !== null) this.wroteTo(parted);
  }

  /** The connection for this key, null when there is no route or no host; `strip` is set. */
  private route(b: Buffer, from: number, length: number): UpstreamClient | null {
    const filter = this.filter;
    const route = filter.routes.only ?? filter.routes.find(b, from, length);
    this.strip = 0;
    if (route === null) return null;
    const cluster = route.cluster;
    if (cluster === undefined) return null;
    this.strip = route.strip;
    let context = null;
    if (cluster.needsHash) {
      hashKey(b, from + route.strip, length - route.strip, filter.hashtags);
      context = keyHash;
    }
    const host = cluster.chooseHost(context);
    return host === null ? null : clientOf(host, filter);
  }

  // --- answers given here ------------------------------------------------------------------------------------------

  private take(): number {
    const seq = this.tail;
    this.tail = (seq + 1) | 0;
    return seq;
  }

  private local(text: string): void {
    this.replyText(this.take(), text);
    this.requestsDone(1);
  }

  private invalid(): void {
    this.filter.stats.invalidRequest.inc();
    this.local(INVALID_REQUEST);
  }

  /** 1.40 looks at the name first, 1.16 only after AUTH and the number of words. */
  private unknown(b: Buffer): void {
    this.filter.stats.unsupportedCommand.inc();
    const name = echo(b.subarray(words[0], words[0] + words[1]));
    if (this.framer.argc === 2 && name.toLowerCase() === 'hello' && !isTwo(b, words[2], words[3])) {
      // As 1.40, whatever the config: clients that prefer RESP3 (ioredis 6) go on with RESP2 after this, and only after this.
      this.local('-NOPROTO unsupported protocol version\r\n');
    } else if (this.filter.envoy16) {
      this.local(`-unsupported command '${name}'\r\n`);
    } else {
      const first = this.framer.argc > 1 ? echo(b.subarray(words[2], words[2] + words[3])) : '';
      this.local(`-ERR unknown command '${name}', with args beginning with: ${first}\r\n`);
    }
  }

  private wrongArguments(b: Buffer, command: number): void {
    this.filter.stats.commandRefused(command);
    this.local(`-wrong number of arguments for '${echo(b.subarray(words[0], words[0] + words[1]))}' command\r\n`);
  }

  private auth(b: Buffer): void {
    const argc = this.framer.argc;
    if (argc < 2) {
      this.invalid();
      return;
    }
    const first = b.subarray(words[2], words[2] + words[3]);
    const second = argc === 3 ? b.subarray(words[4], words[4] + words[5]) : null;
    const answer = authenticate(this.filter.credentials, first, second);
    if (answer.authorised !== null) this.authorised = answer.authorised;
    this.local(answer.text);
  }

  /** Earlier requests are answered first; then the client is told, and the connection closes. */
  private protocolError(): void {
    this.filter.stats.cxProtocolError.inc();
    this.finishing = true;
    this.lastWords = true;
    this.conn.readDisable(true);
    this.replyText(this.take(), '-downstream protocol error\r\n');
  }

  // --- replies -----------------------------------------------------------------------------------------------------

  /** The next `count` replies, whole and in order. */
  forward(from: UpstreamClient, data: Buffer, count: number): void {
    this.requestsDone(count);
    this.forwardPart(from, data, count);
  }

  /** Bytes of the reply that is due; with `count` > 0 they complete that many. */
  forwardPart(from: UpstreamClient, data: Buffer, count: number): void {
    if (this.closed) return;
    this.conn.write(data);
    if (this.conn.bufferedBytes > this.filter.unreadLimit) from.pauseFor(this);
    if (count > 0) this.advance(count);
  }

  /** A complete reply, of which the bytes in `earlier` came first, that is not due yet. */
  hold(from: UpstreamClient, seq: number, last: Buffer, earlier: Buffer[] | null): void {
    this.held.put(this.head, this.tail, seq, earlier === null ? last : Buffer.concat([...earlier, last]));
    if (this.held.bytes > this.filter.unreadLimit) from.pauseFor(this);
  }

  replyText(seq: number, text: string): void {
    if (this.closed) return;
    if (seq === this.head) {
      this.conn.writeLatin1(text);
      this.advance(1);
    } else {
      this.held.put(this.head, this.tail, seq, Buffer.from(text, 'latin1'));
    }
  }

  /** `n` requests have their whole answer, though it may be held. */
  requestsDone(n: number): void {
    if (this.closed) return;
    if (this.inTurn) {
      this.turnDone += n;
    } else {
      this.active -= n;
      this.filter.stats.rqActive.add(-n);
    }
  }

  private advance(count: number): void {
    this.head = (this.head + count) | 0;
    if (this.held.count > 0) {
      let next = this.held.take(this.head);
      while (next !== null) {
        this.conn.write(next);
        this.head = (this.head + 1) | 0;
        next = this.held.take(this.head);
      }
    }
    if (this.pausing.length > 0) this.release();
    if (this.stopped) this.updateReading();
    if (this.head === this.tail) this.allAnswered();
  }

  private allAnswered(): void {
    if (this.finishing) {
      if (this.lastWords) {
        this.conn.delayedCloseTimeoutMs = LAST_WORDS_MS;
        this.conn.end();
        this.conn.close('flushDelayed');
      } else {
        this.conn.close('flush');
      }
    } else if (!this.inTurn && this.filter.isDraining()) {
      this.filter.stats.cxDrainClose.inc();
      this.finishing = true;
      this.conn.close('flush');
    }
  }

  // --- flow control ------------------------------------------------------------------------------------------------

  private updateReading(): void {
    const pending = (this.tail - this.head) | 0;
    const full = pending > (this.stopped ? MAX_PENDING / 2 : MAX_PENDING);
    const stop = this.above || this.waits > 0 || full;
    if (stop === this.stopped || this.closed) return;
    this.stopped = stop;
    if (stop) this.filter.stats.flowControlPaused.inc();
    this.conn.readDisable(stop);
  }

  onAboveWriteBuffer(): void {
    this.above = true;
    this.updateReading();
  }

  onBelowWriteBuffer(): void {
    this.above = false;
    this.updateReading();
    if (this.pausing.length > 0) this.release();
  }

  /** An upstream we had to wait for sent what it had queued, or closed. */
  upstreamDrained(): void {
    this.waits--;
    this.updateReading();
  }

  /** Upstreams that stopped reading for us may go on once we hold little. */
  private release(): void {
    const half = this.filter.unreadLimit / 2;
    if (this.conn.bufferedBytes > half || this.held.bytes > half) return;
    const list = this.pausing.splice(0);
    for (const client of list) client.unpause(this);
  }

  /** We kept others waiting for longer than op_timeout. */
  closeSlow(): void {
    if (this.closed) return;
    this.filter.stats.cxSlowReaderClose.inc();
    this.abort();
  }

  abort(): void {
    if (!this.closed) this.conn.close('noFlush');
  }

  // --- life --------------------------------------------------------------------------------------------------------

  onConnected(): void {}

  /** The client sends no more. What it asked for is still answered, then the connection closes. */
  onEnd(): void {
    if (this.finishing) return;
    this.finishing = true;
    if (this.head === this.tail) this.conn.close('flush');
  }

  onClose(_local: boolean, _error: string): void {
    this.closed = true;
    this.finishing = true;
    // What the upstream was told to expect it must get.
    if (this.runClient !== null) this.flushRun();
    this.held.clear();
    this.filter.stats.cxActive.dec();
    if (this.active > 0) this.filter.stats.rqActive.add(-this.active);
    this.active = 0;
    const list = this.pausing.splice(0);
    for (const client of list) client.unpause(this);
  }
}

const NOTHING = Buffer.alloc(0);

/** Where the `$` of a word starts, from its first byte and its length. */
function headerStart(word: number, length: number): number {
  let digits = 1;
  for (let n = length; n >= 10; n = (n / 10) | 0) digits++;
  return word - digits - 3;
}

/** RESP2 is what we speak. */
function isTwo(b: Buffer, from: number, length: number): boolean {
  return length === 1 && b[from] === 50;
}

/** A word of the request inside an error reply; a line end there would be taken for the reply's. */
function echo(word: Buffer): string {
  return word.toString('latin1', 0, MAX_ECHOED).replace(/[\r\n]/g, ' ');
}
