/**
 * From the bytes of one client to requests on upstream connections: which command, which key, which host, whole or split.
 * Role of Envoy's CommandSplitter::InstanceImpl and its handlers (redis_proxy/command_splitter_impl.cc).
 *
 * Requests that follow one another to the same upstream are written as one piece.
 */

import { BROKEN, COMMAND, INVALID, LARGE, MORE, RequestFramer } from '../codec/resp/request-framer.ts';
import { NOTED_WORDS } from '../codec/resp/value-scanner.ts';
import { turnMs } from '../platform/clock.ts';
import { own } from '../platform/lent.ts';
import type { Connection } from '../transport/connection.ts';
import type { ClusterRef } from '../upstream/cluster-ref.ts';
import { DEGRADED } from '../upstream/health/health-flags.ts';
import type { Host } from '../upstream/host.ts';
import { CONCATENATED, finishedWith, SUM } from './aggregators.ts';
import { authenticate } from './auth.ts';
import { type CommandTable, FORWARD, HOSTS, LOCAL, TRANSACTION, UNKNOWN } from './command-table.ts';
import type { ExternalAuth, Verdict } from './external-auth.ts';
import { KeptPart, type PartSink } from './fragment-writer.ts';
import { clientOf } from './host-clients.ts';
import type { KeyForm } from './key-form.ts';
import { hashKey, keyHash, slotKey } from './key-hash.ts';
import { type Asked, echoed, NO_UPSTREAM, NOAUTH } from './local-answers.ts';
import { DIRECT, ELEMENT, INTEGER, LATE, LIST, PART, QUEUED, WHOLE } from './pending-ring.ts';
import type { ProxySettings } from './proxy-settings.ts';
import { loadRare, rareAreLoaded, rareCommands } from './rare-commands.ts';
import type { ReplySource, ReplyTarget } from './reply-target.ts';
import type { Mirror } from './routes.ts';
import { Split } from './split.ts';
import type { Transaction, TransactionRequests } from './transaction.ts';
import type { UpstreamClient } from './upstream-client.ts';

const INVALID_REQUEST = '-invalid request\r\n';
/** Nobody is asked, but something has to be there first. */
export const WAITING = { cancel(): void {} };

/** Whose requests they are. */
export interface Requester extends ReplyTarget {
  readonly conn: Connection;
  /** The next sequence number; `head` while no reply is due. */
  readonly tail: number;
  /** Takes it for a request. */
  take(): number;
  /** A request of its was written there. */
  wroteTo(upstream: ReplySource): void;
  /** What it sent cannot be read. Earlier requests are answered first; then the client is told, and the connection closes. */
  protocolError(): void;
  /** Nothing more is read from it, until `resume` is given what had been read and not looked at. */
  holdInput(): void;
  resume(unread: Buffer): void;
  /** It asks for no more: the connection closes when the last reply is out. */
  leave(): void;
}

export class RequestRouter implements Asked, TransactionRequests {
  private session: Requester;
  /** Another one where the client changes what it speaks (session mode). */
  protected proxy: ProxySettings;
  protected readonly framer: RequestFramer;
  protected readonly commands: CommandTable;
  authorised: boolean;
  private left: boolean;
  // Consecutive requests to one upstream, not written yet.
  private runClient: UpstreamClient | null;
  private runBuf: Buffer;
  private runFrom: number;
  private runTo: number;
  private runCount: number;
  /** Bytes to cut off the key found last, what key_formatter makes of the rest (null: itself), and where copies of its request go. */
  protected strip: number;
  protected newKey: Buffer | null;
  private mirrors: readonly Mirror[];
  /** Whoever is asked about an AUTH; nothing is looked at meanwhile. */
  protected asking: { cancel(): void } | null;
  /** What came of it, for the AUTH that is looked at again. */
  private verdict: Verdict | null;
  /** Date.now() until which `authorised` holds. */
  private authorisedUntil: number;
  /** Since the first MULTI, WATCH or the like. */
  private transaction: Transaction | null;
  /** What was read and waits until all is answered. */
  protected unread: Buffer | null;

  constructor(session: Requester, proxy: ProxySettings) {
    this.session = session;
    this.proxy = proxy;
    this.framer = new RequestFramer();
    this.commands = proxy.commands;
    this.left = false;
    this.authorised = true;
    if (proxy.credentials.required) this.authorise(false);
    this.runClient = null;
    this.runBuf = NOTHING;
    this.runFrom = 0;
    this.runTo = 0;
    this.runCount = 0;
    this.strip = 0;
    this.newKey = null;
    this.mirrors = NO_MIRRORS;
    this.transaction = null;
    this.unread = null;
    this.asking = null;
    this.verdict = null;
    this.authorisedUntil = Number.POSITIVE_INFINITY;
  }

  protected authorise(authorised: boolean): void {
    this.authorised = authorised;
    this.framer.limit(!authorised);
  }

  /** Take in what was read: how many requests were in it. */
  read(chunk: Buffer): number {
    const framer = this.framer;
    const now = turnMs();
    let started = 0;
    if (this.authorisedUntil !== Number.POSITIVE_INFINITY && Date.now() > this.authorisedUntil) this.authorise(false);
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
        this.session.protocolError();
        break;
      }
      if (this.session.closed || this.left || this.asking !== null) break;
    }
    if (this.runClient !== null) this.flushRun();
    // It is counted when it is looked at again.
    return this.asking === null ? started : started - 1;
  }

  /** A request that lies whole in framer.buf. */
  protected request(now: number): void {
    const framer = this.framer;
    const b = framer.buf;
    const words = framer.words;
    const { commands } = this;
    const command = commands.lookup(b, words[0], words[1]);
    const routing = command === UNKNOWN ? UNKNOWN : commands.handlers[command];
    if (routing === UNKNOWN && !this.proxy.envoy16) {
      this.unknown();
      return;
    }
    if (!this.authorised && (command === UNKNOWN || !commands.beforeAuth[command])) {
      this.local(NOAUTH);
      return;
    }
    if (routing === LOCAL) {
      this.answer(command);
      return;
    }
    if (framer.argc < 2 && (command === UNKNOWN || commands.leastWords[command] > 1)) {
      this.tooShort(command);
      return;
    }
    if (routing === UNKNOWN) {
      this.unknown();
      return;
    }
    if (commands.rare[command] !== 0 && !rareAreLoaded()) {
      this.loadFirst();
      return;
    }
    if ((routing === TRANSACTION || this.transaction !== null) && this.outOfOrder(command, routing)) {
      this.wait();
      return;
    }
    if (this.proxy.faults !== null && this.fault(command, routing, now)) return;
    this.start(b, command, routing, now);
  }

  /** True: a fault answers it, or keeps its answer back. */
  private fault(command: number, routing: number, now: number): boolean {
    const { proxy, session } = this;
    const fault = proxy.faults!.of(command);
    if (fault === null) return false;
    const counted = this.inTransaction ? this.commands.multi : command;
    if (fault.delayMs > 0) {
      const late = fault.late(session, proxy, counted);
      this.session = late;
      if (fault.fails) this.fail(counted, fault.delayMs);
      else this.start(this.framer.buf, command, routing, now);
      // What was joined and not written yet is the client's that waits.
      this.flushRun();
      this.session = session;
      late.asked();
    } else if (fault.fails) {
      this.fail(counted, 0);
    }
    return fault.fails || fault.delayMs > 0;
  }

  private fail(counted: number, elapsedMs: number): void {
    this.proxy.stats.commandStarted(counted);
    this.proxy.stats.commandFailed(counted, elapsedMs);
    this.local('-Fault Injected: Error\r\n');
  }

  private start(b: Buffer, command: number, routing: number, now: number): void {
    const { framer, commands } = this;
    const { words } = framer;
    if (this.transaction?.take(command, now) === true) return;
    this.proxy.stats.commandStarted(command);
    if (framer.argc < commands.leastWords[command]) {
      this.wrongArguments(command);
    } else if (routing === FORWARD) {
      const key = commands.firstKeys[command] * 2;
      this.simple(b, command, words[key], words[key + 1], DIRECT, now);
    } else if (commands.aggregators[command] === SUM && framer.argc === 2) {
      // A sum of one part needs no adding up.
      this.simple(b, command, words[2], words[3], INTEGER, now);
    } else if (routing === HOSTS) {
      this.toHosts(b, command, now);
    } else {
      this.split(b, command, now);
    }
  }

  /** One request, one host: its bytes are forwarded unchanged unless a prefix is cut off the key. */
  private simple(b: Buffer, command: number, key: number, length: number, kind: number, now: number): void {
    const client = this.route(b, command, key, length);
    if (client === null) {
      this.refused(command, kind === INTEGER ? finishedWith(1) : NO_UPSTREAM);
      return;
    }
    if (client.follower !== null) client.follower.key(b, key, length);
    this.forward(client, b, command, key, length, kind, now);
    if (this.mirrors.length > 0) this.mirror(b, command, key, length);
  }

  protected forward(
    client: UpstreamClient,
    b: Buffer,
    command: number,
    key: number,
    length: number,
    kind: number,
    now: number,
  ): void {
    const framer = this.framer;
    const kept = this.proxy.redirects === null ? null : this.whole(b, key, length);
    if (kind === DIRECT && this.session.lateMs > 0) kind = LATE;
    if (this.strip > 0 || this.newKey !== null) {
      this.flushRun();
      client.push(this.session, null, this.session.take(), kind, command, now, kept);
      client.countRequests(1);
      this.writeStripped(client, b, key, length);
      this.session.wroteTo(client);
    } else {
      client.push(this.session, null, this.session.take(), kind, command, now, kept);
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
  }

  /** The request, with the key that is sent. */
  private writeStripped({ conn }: UpstreamClient, b: Buffer, key: number, length: number): void {
    conn.writeBytes(b, this.framer.start, headerStart(key, length));
    const { newKey } = this;
    conn.writeLatin1(`$${newKey === null ? length - this.strip : newKey.length}\r\n`);
    if (newKey === null) {
      conn.writeBytes(b, key + this.strip, this.framer.end);
    } else {
      conn.write(newKey);
      conn.writeBytes(b, key + length, this.framer.end);
    }
  }

  /** The request as it is sent, to keep. */
  private whole(b: Buffer, key: number, length: number): Buffer {
    const { start, end } = this.framer;
    if (this.strip === 0 && this.newKey === null) return own(b, start, end);
    const head = b.subarray(start, headerStart(key, length));
    if (this.newKey !== null)
      return Buffer.concat([
        head,
        Buffer.from(`$${this.newKey.length}\r\n`),
        this.newKey,
        b.subarray(key + length, end),
      ]);
    return Buffer.concat([head, Buffer.from(`$${length - this.strip}\r\n`), b.subarray(key + this.strip, end)]);
  }

  /** The request goes to other clusters too. */
  private mirror(b: Buffer, command: number, key: number, length: number): void {
    const { framer } = this;
    for (let i = 0; i < this.mirrors.length; i++) {
      const client = this.mirrored(this.mirrors[i], b, command, key, length);
      if (client === null) continue;
      // Before anything that was joined and not written yet, or its answer would be taken for this one's.
      if (client === this.runClient) this.flushRun();
      client.expectNothing();
      client.countRequests(1);
      if (this.strip > 0 || this.newKey !== null) this.writeStripped(client, b, key, length);
      else client.conn.writeBytes(b, framer.start, framer.end);
    }
  }

  /** Where a copy goes; null where none does: by the policy, without a host, or where too much waits already: nobody waits for a copy. */
  private mirrored(mirror: Mirror, b: Buffer, command: number, key: number, length: number): UpstreamClient | null {
    if (!mirror.takes(this.commands.writes[command] !== 0)) return null;
    const host = this.hostFor(mirror.cluster, b, command, key, length);
    if (host === null) return null;
    const client = clientOf(host, this.proxy);
    if (client === null || !client.congested) return client;
    this.proxy.stats.mirrorAbandoned.inc();
    return null;
  }

  /** A request that has not come whole yet should be given up. */
  get holdsTooMuch(): boolean {
    return this.framer.holdsTooMuch;
  }

  /** The client is gone. */
  end(): void {
    this.flushRun();
    this.asking?.cancel();
    this.transaction?.abandon();
    this.framer.drop();
  }

  /** What an upstream was told to expect it must get, even when the client has gone meanwhile. */
  flushRun(): void {
    const client = this.runClient;
    if (client === null) return;
    const b = this.runBuf;
    client.countRequests(this.runCount);
    client.conn.writeBytes(b, this.runFrom, this.runTo);
    this.runClient = null;
    this.runBuf = NOTHING;
    this.session.wroteTo(client);
  }

  /** A request of many reads: only the words that matter are looked at. */
  protected largeRequest(now: number): void {
    const framer = this.framer;
    const name = framer.word(0);
    const { commands } = this;
    const command = commands.lookup(name, 0, name.length);
    const keyIndex = command === UNKNOWN ? 0 : commands.firstKeys[command];
    // The framer remembers where the first words are; a key behind them is looked for in a copy.
    const direct =
      keyIndex > 0 &&
      keyIndex < NOTED_WORDS &&
      commands.handlers[command] === FORWARD &&
      this.authorised &&
      this.transaction === null &&
      framer.argc >= commands.leastWords[command];
    const key = direct ? framer.word(keyIndex) : NOTHING;
    const client = direct ? this.route(key, command, 0, key.length) : null;
    const changed = this.strip > 0 || this.newKey !== null || this.mirrors.length > 0;
    if (client === null || changed || this.proxy.redirects !== null || this.proxy.faults !== null) {
      framer.joinPieces();
      this.request(now);
      return;
    }
    this.flushRun();
    this.proxy.stats.commandStarted(command);
    if (client.follower !== null) client.follower.key(key, 0, key.length);
    client.push(this.session, null, this.session.take(), DIRECT, command, now);
    client.countRequests(1);
    for (const piece of framer.takePieces()) client.conn.write(piece);
    this.session.wroteTo(client);
  }

  /** One request for each key, and what belongs to the key. */
  private split(b: Buffer, command: number, now: number): void {
    const { session, commands, proxy } = this;
    const { argc, words } = this.framer;
    const step = commands.keySteps[command];
    const first = commands.firstKeys[command];
    const last = commands.lastKeys[command];
    const end = last < 0 ? argc + last : last;
    if ((end + 1 - first) % step !== 0) {
      this.wrongArguments(command);
      return;
    }
    this.flushRun();
    const parts = (end + 1 - first) / step;
    const aggregator = commands.aggregators[command];
    // Without an aggregator the replies are elements, each with a place of its own behind the array's head.
    const elements = aggregator === null;
    const ownSeq = session.take();
    if (elements) session.beginArray(ownSeq, `*${parts}\r\n`);
    const split = new Split(session, this.proxy, aggregator, ownSeq, command, parts, now);
    const sent = commands.partCommands[command];
    const out = this.proxy.fragments;
    let parted: UpstreamClient | null = null;
    for (let i = first; i <= end; i += step) {
      const key = words[i * 2];
      const length = words[i * 2 + 1];
      const client = this.route(b, sent, key, length);
      const seq = elements ? session.take() : ownSeq;
      if (client === null) {
        if (elements) session.replyText(seq, NO_UPSTREAM);
        split.partDone(false, now);
        continue;
      }
      if (client.follower !== null) client.follower.key(b, key, length);
      out.begin(client);
      this.writePart(out, b, i, command, sent);
      const kept = proxy.redirects === null ? null : (out.part() ?? this.keptPart(b, i, command, sent));
      client.push(session, split, seq, elements ? ELEMENT : PART, sent, now, kept);
      parted = client;
      for (const m of this.mirrors) {
        const copy = this.mirrored(m, b, sent, key, length);
        if (copy === null) continue;
        copy.expectNothing();
        out.begin(copy);
        this.writePart(out, b, i, command, sent);
      }
    }
    out.flush();
    if (parted !== null) session.wroteTo(parted);
  }

  /** The part of word `i`, to keep. */
  private keptPart(b: Buffer, i: number, command: number, sent: number): Buffer {
    const kept = new KeptPart();
    this.writePart(kept, b, i, command, sent);
    return kept.whole();
  }

  /** The part of word `i`: its key, and the words up to the next one. */
  private writePart(out: PartSink, b: Buffer, i: number, command: number, sent: number): void {
    const { commands } = this;
    const { words } = this.framer;
    const key = words[i * 2];
    const length = words[i * 2 + 1];
    const head = commands.partHeads[command];
    out.bytes(head, 0, head.length);
    // Its own name as the client spelt it.
    if (sent === command) out.bytes(b, headerStart(words[0], words[1]), words[0] + words[1] + 2);
    if (this.newKey !== null) {
      out.text(`$${this.newKey.length}\r\n`);
      out.bytes(this.newKey, 0, this.newKey.length);
      out.bytes(b, key + length, key + length + 2);
    } else if (this.strip > 0) {
      out.text(`$${length - this.strip}\r\n`);
      out.bytes(b, key + this.strip, key + length + 2);
    } else {
      out.bytes(b, headerStart(key, length), key + length + 2);
    }
    for (let w = (i + 1) * 2; w < (i + commands.keySteps[command]) * 2; w += 2) {
      out.bytes(b, headerStart(words[w], words[w + 1]), words[w] + words[w + 1] + 2);
    }
  }

  /** To all hosts, to a certain one, or to any. */
  private toHosts(b: Buffer, command: number, now: number): void {
    const { session, proxy, framer } = this;
    // Of an empty key: where nothing but prefixes is routed, there is none.
    const hosts = (proxy.routes.only ?? proxy.routes.find(b, 0, 0))?.cluster.current?.shards ?? [];
    const choice = this.commands.hosts[command]!(this, hosts.length);
    if (typeof choice === 'string') {
      proxy.stats.commandAnswered(command, choice[0] !== '-');
      this.local(choice);
      return;
    }
    if (hosts.length === 0) {
      this.refused(command, NO_UPSTREAM);
      return;
    }
    // A map of RESP3 becomes an array, also where there is but one.
    const reshaped = proxy.resp3 && choice === CONCATENATED;
    if (choice === null || ('passesOne' in choice && choice.passesOne && hosts.length === 1 && !reshaped)) {
      this.strip = 0;
      this.newKey = null;
      const client = clientOf(hosts[Math.floor(Math.random() * hosts.length)], proxy);
      const kind = choice?.onlyArrays === true ? LIST : WHOLE;
      if (client === null) this.refused(command, kind === LIST ? finishedWith(1) : NO_UPSTREAM);
      else this.forward(client, b, command, 0, 0, kind, now);
      return;
    }
    this.flushRun();
    if ('host' in choice) {
      const split = new Split(session, proxy, choice.aggregator, session.take(), command, 1, now);
      const { request } = choice;
      this.part(split, 0, hosts[choice.host], this.commands.numberOf(choice.command), request, 0, request.length, now);
      return;
    }
    const split = new Split(session, proxy, choice, session.take(), command, hosts.length, now);
    for (const [i, host] of hosts.entries()) this.part(split, i, host, command, b, framer.start, framer.end, now);
  }

  /** Part `i` is b[from, to), for this host. */
  private part(
    split: Split,
    i: number,
    host: Host,
    command: number,
    b: Buffer,
    from: number,
    to: number,
    now: number,
  ): void {
    const { session } = this;
    const client = clientOf(host, this.proxy);
    if (client === null) {
      split.partFailed(i, NO_UPSTREAM, now);
      return;
    }
    client.push(session, split, i, PART, command, now);
    client.countRequests(1);
    client.conn.writeBytes(b, from, to);
    session.wroteTo(client);
  }

  /** The connection for this key, null when there is no route or no host; `strip` and `mirrors` are set. */
  private route(b: Buffer, command: number, from: number, length: number): UpstreamClient | null {
    const { proxy } = this;
    const route = proxy.routes.only ?? proxy.routes.find(b, from, length);
    this.strip = 0;
    this.newKey = null;
    this.mirrors = NO_MIRRORS;
    if (route === null) return null;
    this.strip = route.strip;
    this.newKey = route.form === null ? null : this.formed(route.form, b, from, length);
    this.mirrors = route.mirrors;
    const reads = route.reads !== null && this.commands.writes[command] === 0;
    const host = this.hostFor(reads ? route.reads! : route.cluster, b, command, from, length);
    if (host === null) return null;
    // What is read between WATCH and MULTI is read behind the WATCH.
    const { transaction } = this;
    return transaction !== null && transaction.host === host ? transaction.client : clientOf(host, proxy);
  }

  private formed(form: KeyForm, b: Buffer, from: number, length: number): Buffer {
    return form.of(Buffer.from(b.subarray(from + this.strip, from + length)), this.session.conn);
  }

  /** The host for this key in that cluster; null when there is none. */
  protected hostFor({ current }: ClusterRef, b: Buffer, command: number, from: number, length: number): Host | null {
    if (current === null) return null;
    let context = null;
    if (current.needsHash) {
      const { strip, newKey, proxy } = this;
      const key = newKey ?? b;
      const at = newKey === null ? from + strip : 0;
      const bytes = newKey === null ? length - strip : newKey.length;
      if (current.hashesSlots) slotKey(key, at, bytes, this.commands.writes[command] === 0 ? proxy.readPolicy : 0);
      else hashKey(key, at, bytes, proxy.hashtags);
      context = keyHash;
    }
    const host = current.chooseHost(context);
    if (host !== null && host.level === DEGRADED) this.proxy.choseDegraded(host.cluster);
    return host;
  }

  // --- transactions ------------------------------------------------------------------------------------------------

  /** Sent now, it might be executed before what was asked for first: they go over two connections. */
  private outOfOrder(command: number, routing: number): boolean {
    const transaction = (this.transaction ??= new (rareCommands().Transaction)(this, this.proxy));
    return transaction.mustWait(command, routing === HOSTS, this.session.head === this.session.tail);
  }

  /** This request and all behind it are looked at when all before are answered. */
  protected wait(): void {
    this.unread = this.lookAgain();
    this.asking = WAITING;
  }

  /** All is answered: it goes on with what has waited. */
  goOn(): void {
    const { unread } = this;
    if (unread === null) return;
    this.unread = null;
    this.asking = null;
    this.session.resume(unread);
  }

  get inTransaction(): boolean {
    return this.transaction?.active === true;
  }

  place(): { readonly host: Host; readonly copies: readonly Host[] } | null {
    const { proxy } = this;
    const { buf, words } = this.framer;
    const [, , from, length] = words;
    const route = proxy.routes.only ?? proxy.routes.find(buf, from, length);
    if (route === null) return null;
    this.strip = route.strip;
    this.newKey = route.form === null ? null : this.formed(route.form, buf, from, length);
    // All of it goes where writes go, whatever comes first.
    const writing = this.commands.multi;
    const host = this.hostFor(route.cluster, buf, writing, from, length);
    if (host === null) return null;
    const copies: Host[] = [];
    for (const m of route.mirrors) {
      const copy = m.takes(true) ? this.hostFor(m.cluster, buf, writing, from, length) : null;
      if (copy !== null) copies.push(copy);
    }
    return { host, copies };
  }

  toOwn(client: UpstreamClient, command: number, queued: boolean, now: number): void {
    this.flushRun();
    const { argc, words, buf } = this.framer;
    if (client.follower !== null && argc > 1) client.follower.key(buf, words[2], words[3]);
    client.push(this.session, null, this.session.take(), queued ? QUEUED : DIRECT, command, now);
    this.writeTo(client, command);
    this.session.wroteTo(client);
  }

  copyTo(client: UpstreamClient, command: number): void {
    client.expectNothing();
    this.writeTo(client, command);
  }

  /** The request, with the keys that are sent. */
  private writeTo(client: UpstreamClient, command: number): void {
    const { buf, start, end, argc, words } = this.framer;
    const { commands, proxy } = this;
    client.countRequests(1);
    let from = start;
    const first = commands.firstKeys[command];
    const last = commands.lastKeys[command] < 0 ? argc - 1 : commands.lastKeys[command];
    for (
      let i = first;
      proxy.routes.changesKeys && first > 0 && i <= last && i < argc;
      i += commands.keySteps[command]
    ) {
      const key = words[i * 2];
      const length = words[i * 2 + 1];
      const route = proxy.routes.only ?? proxy.routes.find(buf, key, length);
      if (route === null || (route.strip === 0 && route.form === null)) continue;
      this.strip = route.strip;
      const made = route.form === null ? null : this.formed(route.form, buf, key, length);
      client.conn.writeBytes(buf, from, headerStart(key, length));
      client.conn.writeLatin1(`$${made === null ? length - route.strip : made.length}\r\n`);
      if (made !== null) client.conn.write(made);
      from = made === null ? key + route.strip : key + length;
    }
    client.conn.writeBytes(buf, from, end);
  }

  // --- answers given here ------------------------------------------------------------------------------------------

  protected refused(command: number, text: string): void {
    this.proxy.stats.commandRefused(command);
    this.local(text);
  }

  local(answer: string | Buffer): void {
    const { session } = this;
    if (typeof answer === 'string') session.replyText(session.take(), answer);
    else session.replyBytes(session.take(), answer);
    session.requestsDone(1);
  }

  private invalid(): void {
    this.proxy.stats.invalidRequest.inc();
    this.local(INVALID_REQUEST);
  }

  /** A command alone that wants more. */
  private tooShort(command: number): void {
    if (command === UNKNOWN || command !== this.commands.scan) this.invalid();
    else this.local(`-ERR ${this.wrongNumber()}`);
  }

  /** 1.40 looks at the name first, 1.16 only after AUTH and the number of words. */
  protected unknown(): void {
    this.proxy.stats.unsupportedCommand.inc();
    const name = this.echoed(0);
    if (this.proxy.envoy16) {
      this.local(`-unsupported command '${name}'\r\n`);
    } else {
      const first = this.framer.argc > 1 ? this.echoed(1) : '';
      this.local(`-ERR unknown command '${name}', with args beginning with: ${first}\r\n`);
    }
  }

  wrongArguments(command: number): void {
    this.refused(command, `-${this.wrongNumber()}`);
  }

  private wrongNumber(): string {
    return `wrong number of arguments for '${this.echoed(0)}' command\r\n`;
  }

  protected answer(command: number): void {
    const { commands } = this;
    const answer = commands.answers[command]!(this);
    if (this.asking !== null) return;
    if (answer === null) {
      this.invalid();
      return;
    }
    if (command < commands.countedNames.length) {
      this.proxy.stats.commandStarted(this.inTransaction ? commands.multi : command);
      if (!this.inTransaction) this.proxy.stats.commandAnswered(command, answer[0] !== '-');
    }
    this.local(answer);
  }

  // --- what local answers ask for -----------------------------------------------------------------------------------

  get argc(): number {
    return this.framer.argc;
  }

  word(i: number): Buffer {
    const { buf, words } = this.framer;
    return buf.subarray(words[i * 2], words[i * 2] + words[i * 2 + 1]);
  }

  echoed(i: number): string {
    return echoed(this.word(i));
  }

  replaced(i: number, text: string): Buffer {
    const { buf, words, start, end } = this.framer;
    const word = words[i * 2];
    const length = words[i * 2 + 1];
    const put = Buffer.from(`$${Buffer.byteLength(text)}\r\n${text}`);
    return Buffer.concat([buf.subarray(start, headerStart(word, length)), put, buf.subarray(word + length, end)]);
  }

  authenticate(first: Buffer, second: Buffer | null, inHello?: true): string | null {
    const external = this.proxy.externalAuth;
    if (external !== null) return this.askAbout(external, first, second, inHello === true);
    const answer = authenticate(this.proxy.credentials, first, second);
    if (answer.authorised !== null) this.authorise(answer.authorised);
    return answer.authorised === true ? null : answer.text;
  }

  /** The request is looked at again when it is known what comes of it. */
  private askAbout(
    external: Pick<ExternalAuth, 'ask'>,
    first: Buffer,
    second: Buffer | null,
    inHello: boolean,
  ): string | null {
    const { verdict, session } = this;
    this.verdict = null;
    if (verdict !== null) {
      if (verdict.authorised !== null) this.authorise(verdict.authorised);
      if (verdict.authorised === true) this.authorisedUntil = verdict.untilMs;
      return inHello ? verdict.helloText : verdict.text;
    }
    const username = second === null ? '' : first.toString();
    const password = (second ?? first).toString();
    const unread = this.lookAgain();
    this.asking = external.ask(session.conn, username, password, (answer) => {
      this.asking = null;
      this.verdict = answer;
      session.resume(unread);
    });
    return '';
  }

  /** The request at hand and what has been read behind it: for `resume`. */
  protected lookAgain(): Buffer {
    const { framer, session } = this;
    const request = Buffer.from(framer.buf.subarray(framer.start, framer.end));
    session.holdInput();
    return Buffer.concat([request, framer.takeUnread()]);
  }

  private loadFirst(): void {
    const { session } = this;
    const unread = this.lookAgain();
    const over = (go: () => void) => (): void => {
      this.asking = null;
      go();
    };
    this.asking = WAITING;
    loadRare().then(
      over(() => session.resume(unread)),
      over(() => session.abort()),
    );
  }

  leave(): void {
    this.left = true;
    this.session.leave();
  }
}

const NOTHING = Buffer.alloc(0);
const NO_MIRRORS: readonly Mirror[] = [];

/** Where the `$` of a word starts, from its first byte and its length. */
function headerStart(word: number, length: number): number {
  let digits = 1;
  for (let n = length; n >= 10; n = (n / 10) | 0) digits++;
  return word - digits - 3;
}
