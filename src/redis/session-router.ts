/**
 * The requests of a client in session mode (session-mode.ts): which share the pipelined connection, which go to one of the client's own. Whatever
 * way they go they are executed in their order: nothing goes the one way while replies are due from the other.
 */
import { encodeArray } from '../codec/resp/inline.ts';
import { heldMemory } from '../platform/held-memory.ts';
import { own } from '../platform/lent.ts';
import { Address } from '../transport/address.ts';
import type { Host } from '../upstream/host.ts';
import { UNKNOWN } from './command-table.ts';
import { clientOf } from './host-clients.ts';
import { NO_UPSTREAM, NOAUTH, NOPROTO, welcome } from './local-answers.ts';
import { DIRECT, failure } from './pending-ring.ts';
import { PinnedClient, type PinnedOwner } from './pinned-client.ts';
import { lowerWord, type PinnedState, RESET, SILENT } from './pinned-state.ts';
import { MAX_REDIRECTIONS, redirection } from './redirects.ts';
import { RequestRouter } from './request-router.ts';
import type { ModeSession, ModeSettings, SessionMode } from './session-mode.ts';
import type { Follower } from './top.ts';

const OK = '+OK\r\n';
const NO_CONNECTION =
  "-ERR no connection of its own is left for this client: the cluster's max_connections are in use\r\n";
/** Answered by what is no reply, or changing who a connection belongs to. */
const REFUSED = new Set(['sync', 'psync', 'replconf']);
/** Where these fail, what was sent behind them would do something else than was meant. */
const GUARDS = new Set(['multi', 'watch', 'select']);
/** Bytes of a name that is remembered for connections of the client's own. */
const LONGEST_NAME = 1024;
const NAMES = ['setname', 'lib-name', 'lib-ver'] as const;
const PRINTABLE = /^[!-~]*$/;
const NO_HOSTS: readonly Host[] = [];
const MULTI = encodeArray([Buffer.from('MULTI')]);
const DISCARD = encodeArray([Buffer.from('DISCARD')]);
const ASKING = encodeArray([Buffer.from('ASKING')]);

/** A request that may have to be asked elsewhere. */
export interface Kept {
  readonly request: Buffer;
  /** What `PinnedState.asks` said of it. */
  readonly expected: number;
  /** Its command's. */
  readonly name: string;
  /** It is the first of a transaction. */
  readonly multi: boolean;
  readonly hops: number;
}

export class SessionRouter extends RequestRouter implements PinnedOwner {
  protected readonly client: ModeSession;
  protected readonly mode: SessionMode;
  private readonly settings: ModeSettings;
  protected resp3: boolean;
  protected pinned: PinnedClient | null;
  /** RESET is under way, or a request that was refused waits for a name to be looked up: what follows waits for it. */
  protected suspended: boolean;
  /** The only request that is due, where its host may say that another one has the key; and how often hosts have. */
  private kept: Kept | null;
  /** What the client is called, and its library: requests for connections of its own. */
  private readonly names: (Buffer | null)[];

  constructor(client: ModeSession, mode: SessionMode, settings: ModeSettings) {
    super(client, mode.proxy);
    this.client = client;
    this.mode = mode;
    this.settings = settings;
    this.resp3 = false;
    this.pinned = null;
    this.suspended = false;
    this.kept = null;
    this.names = [null, null, null];
  }

  protected override request(now: number): void {
    if (this.shards.length > 1) this.ofSeveral(now);
    else this.ofOne(now);
  }

  /** Of several Redis there is none to be connected to. */
  protected ofSeveral(now: number): void {
    super.request(now);
  }

  private ofOne(now: number): void {
    const { buf, words } = this.framer;
    const { commands } = this;
    const command = commands.lookup(buf, words[0], words[1]);
    if (!this.authorised && (command === UNKNOWN || !commands.beforeAuth[command])) {
      this.local(NOAUTH);
      return;
    }
    const { busy } = this;
    if (this.suspended) this.wait();
    else if (command !== UNKNOWN && this.mode.shares[command] !== 0) {
      if (busy) this.toPinned(this.shards[0]);
      else this.shared(this.shards[0], command, now);
    } else if (command !== UNKNOWN && commands.beforeAuth[command] && command !== this.mode.hello) {
      // Where we ask nobody who he is, Redis may: its answer holds for a connection of the client's own.
      if (command === this.mode.auth && this.asksRedisWho) this.toPinned(this.shards[0]);
      else this.answer(command);
    } else this.stateful(command, busy);
  }

  protected override largeRequest(now: number): void {
    this.framer.joinPieces();
    this.request(now);
  }

  protected largeOfSeveral(now: number): void {
    super.largeRequest(now);
  }

  /** What base requests ask before they answer; nothing here is forbidden within a transaction but by Redis. */
  override get inTransaction(): boolean {
    return false;
  }

  get amidTransaction(): boolean {
    return this.pinned?.state.inTransaction === true;
  }

  /** A request is looked at again when all is answered. */
  get waits(): boolean {
    return this.unread !== null;
  }

  get blocks(): boolean {
    return this.pinned?.blocks === true;
  }

  protected get shards(): readonly Host[] {
    return this.proxy.routes.only?.cluster.current?.shards ?? NO_HOSTS;
  }

  protected get busy(): boolean {
    return this.pinned?.busy === true;
  }

  /** AUTH is for a connection of the client's own. */
  protected get asksRedisWho(): boolean {
    return !this.proxy.credentials.required;
  }

  /** Whole, on the connection to this host that all share. */
  protected shared(host: Host | undefined, command: number, now: number): void {
    this.proxy.stats.commandStarted(command);
    const client = host === undefined ? null : clientOf(host, this.proxy);
    if (client === null) {
      this.refused(command, NO_UPSTREAM);
      return;
    }
    this.strip = 0;
    this.newKey = null;
    if (client.follower !== null) this.tell(client.follower, command);
    this.forward(client, this.framer.buf, command, 0, 0, DIRECT, now);
  }

  /** The keys of the request. */
  private tell(follower: Follower, command: number): void {
    const { commands, argc } = this;
    if (command === UNKNOWN || commands.firstKeys[command] === 0) return;
    const { buf, words } = this.framer;
    const last = commands.lastKeys[command];
    const end = Math.min(argc - 1, last < 0 ? argc + last : last);
    for (let i = commands.firstKeys[command]; i <= end; i += commands.keySteps[command] || 1)
      follower.key(buf, words[i * 2], words[i * 2 + 1]);
  }

  private stateful(command: number, busy: boolean): void {
    const name = lowerWord(this, 0);
    if (command === this.mode.hello) this.hello(busy);
    else if (this.refuses(name)) return;
    else if (name === 'client' && this.clientCommand(busy)) return;
    else if ((name === 'ping' || name === 'echo' || name === 'time') && !busy) this.simpleAnswer(command, name);
    else if (name === 'reset' && !busy) this.reset();
    else if (name === 'select' && !busy && this.argc === 2 && this.word(1).toString('latin1', 0, 2) === '0')
      this.local(OK);
    else this.toPinned(this.shards[0]);
  }

  /** True: the client is told so. */
  protected refuses(name: string): boolean {
    const refused = REFUSED.has(name);
    if (refused) this.local(`-ERR '${this.echoed(0)}' is not supported by the proxy\r\n`);
    return refused;
  }

  /** In its turn, also where replies of the client's own connection are due. */
  override local(answer: string | Buffer): void {
    this.pinned?.answersHere();
    super.local(answer);
  }

  protected override wait(): void {
    super.wait();
    if (this.blocks) this.client.watch();
  }

  /** What comes while a request waits for one that may wait for ever: read, so that its client can be seen to go. */
  keepUnread(chunk: Buffer): number {
    this.unread = this.unread === null ? Buffer.from(chunk) : Buffer.concat([this.unread, chunk]);
    return this.unread.length;
  }

  // --- a connection of its own --------------------------------------------------------------------------------------

  /** `host`: where it is, where the client has no connection that it must stay with. `begins`: the first of a transaction. */
  protected toPinned(host: Host | undefined, begins = false): void {
    const name = lowerWord(this, 0);
    const mine = this.ownTo(host, GUARDS.has(name));
    if (mine === null) return;
    const alone = this.proxy.redirects !== null && (begins || !mine.busy);
    const expected = mine.state.asks(name, this);
    const { buf, start, end, words } = this.framer;
    if (mine.follower !== null) this.tell(mine.follower, this.commands.lookup(buf, words[0], words[1]));
    this.send(mine, buf, start, end, expected, name);
    if (expected === RESET) this.suspended = true;
    this.keep(mine, alone ? { request: own(buf, start, end), expected, name, multi: begins, hops: 0 } : null);
  }

  /** What the host may refuse because another one has the key; nothing of it has been asked yet. */
  private keep(pinned: PinnedClient | null, kept: Kept | null): void {
    heldMemory.add((kept === null ? 0 : kept.request.length) - (this.kept === null ? 0 : this.kept.request.length));
    this.kept = kept;
    if (pinned !== null) pinned.mayMove = kept !== null;
  }

  /** The connection that the request goes to; null: it waits, or there is none and the client has been told. `guards`: and it is closed. */
  protected ownTo(host: Host | undefined, guards: boolean): PinnedClient | null {
    const { pinned, client } = this;
    const due = pinned === null ? 0 : pinned.due;
    if (due === 0 ? client.head !== client.tail : pinned!.mayMove) {
      this.wait();
      return null;
    }
    if (pinned !== null && (pinned.busy || pinned.host === host)) return pinned;
    this.unpin();
    const cluster = host?.cluster;
    if (host === undefined || cluster === undefined) this.local(NO_UPSTREAM);
    else if (!cluster.resources[0].connections.canCreate()) {
      cluster.stats.upstreamCxOverflow.inc();
      this.mode.stats.pinnedOverflow.inc();
      this.local(NO_CONNECTION);
    } else {
      return this.pin(host);
    }
    if (guards) this.leave();
    return null;
  }

  private pin(host: Host): PinnedClient {
    const introduction = this.names.filter((n) => n !== null);
    const { stats } = this.mode;
    const { idleMs } = this.settings;
    this.pinned = new PinnedClient(host, stats, idleMs, this.proxy, this, this.client, introduction);
    return this.pinned;
  }

  private send(pinned: PinnedClient, buf: Buffer, from: number, to: number, expected: number, name: string): void {
    this.client.take();
    pinned.ask(buf, from, to, expected, name);
    this.client.wroteTo(pinned);
  }

  // --- another host has the key --------------------------------------------------------------------------------------

  refusedBy(pinned: PinnedClient, reply: Buffer): boolean {
    const { kept } = this;
    const { redirects } = this.proxy;
    const to = pinned === this.pinned && redirects !== null ? redirection(reply) : null;
    if (to === null || redirects === null) return false;
    const { cluster } = pinned.host;
    this.keep(null, null);
    // One that has been told of it for one request only has no part in a transaction.
    const stays = kept === null || !pinned.mayMove || kept.hops >= MAX_REDIRECTIONS;
    if (kept === null || stays || (to.ask && (kept.multi || kept.name === 'watch'))) {
      redirects.refused(cluster);
      return false;
    }
    const go = (address: Address | null): boolean => {
      const host = address === null ? null : redirects.host(cluster, address);
      if (host === null) return false;
      this.askAgain(host, kept, to.ask, pinned.state);
      return true;
    };
    if (!to.named) return go(new Address(to.host, to.port));
    const text = reply.toString('latin1');
    const found = redirects.lookUp(to, (address) => {
      this.suspended = false;
      if (this.client.closed || go(address)) return;
      this.client.requestsDone(1);
      this.client.replyText(this.client.head, text);
    });
    if (found !== 'later') return go(found);
    this.pinned = null;
    this.suspended = true;
    return true;
  }

  private askAgain(host: Host, kept: Kept, ask: boolean, before: PinnedState): void {
    const { request, expected, name, multi } = kept;
    host.cluster.stats.scope.counter('upstream_internal_redirect_succeeded_total').inc();
    const mine = this.pin(host);
    mine.state.adopt(before);
    if (multi) this.begin(mine);
    if (ask) mine.ask(ASKING, 0, ASKING.length, SILENT, 'asking');
    mine.ask(request, 0, request.length, expected, name);
    this.keep(mine, { ...kept, hops: kept.hops + 1 });
  }

  /** MULTI, which the client has been answered already. */
  protected begin(pinned: PinnedClient): void {
    pinned.state.inMulti = true;
    pinned.ask(MULTI, 0, MULTI.length, SILENT, 'multi');
  }

  /** EXEC of what must not be executed: the host forgets it, and the client has been told. */
  protected discard(pinned: PinnedClient): void {
    pinned.state.asks('discard', this);
    pinned.ask(DISCARD, 0, DISCARD.length, SILENT, 'discard');
  }

  unpinned(pinned: PinnedClient, clean: boolean, due: number, halfReply: boolean): void {
    if (pinned !== this.pinned) return;
    this.pinned = null;
    this.keep(null, null);
    const { client } = this;
    if (client.closed) return;
    if (halfReply) client.abort();
    else if (!clean) {
      this.mode.stats.pinnedLost.inc();
      client.lost();
    } else {
      for (let i = 0; i < due && !client.closed; i++) {
        client.requestsDone(1);
        client.replyText(client.head, failure(DIRECT));
      }
    }
  }

  wasReset(): void {
    this.suspended = false;
    this.forget();
  }

  override end(): void {
    this.unpin();
    super.end();
  }

  // --- what is answered here -----------------------------------------------------------------------------------------

  protected hello(busy: boolean): void {
    const asked = this.argc > 1 ? this.word(1).toString('latin1', 0, 2) : this.resp3 ? '3' : '2';
    if (asked !== '2' && asked !== '3') {
      this.local(NOPROTO);
      return;
    }
    if (this.pinned?.state.inMulti === true) {
      this.toPinned(this.shards[0]);
      return;
    }
    if (this.asksRedisWho && this.saysAuth()) {
      this.toPinned(this.shards[0]);
      // Only RESET ends what it says: until then nothing is asked elsewhere.
      if (this.asking === null) this.speak(asked === '3');
      return;
    }
    const changes = (asked === '3') !== this.resp3;
    if (changes && this.client.head !== this.client.tail) {
      this.wait();
      return;
    }
    const { text, ok, name } = welcome(this, asked === '3');
    if (this.asking !== null) return;
    if (ok && name !== null) this.named(0, name);
    if (ok && changes) {
      this.speak(asked === '3');
      const { pinned } = this;
      if (busy) {
        const hello = Buffer.from(`*2\r\n$5\r\nHELLO\r\n$1\r\n${asked}\r\n`);
        this.send(pinned!, hello, 0, hello.length, 0, 'hello');
        return;
      }
      this.unpin();
    }
    this.local(text);
  }

  private speak(resp3: boolean): void {
    this.resp3 = resp3;
    this.proxy = resp3 ? this.mode.proxy3 : this.mode.proxy;
  }

  private saysAuth(): boolean {
    for (let i = 2; i < this.argc; i++) {
      if (lowerWord(this, i) === 'auth') return true;
    }
    return false;
  }

  protected simpleAnswer(command: number, name: string): void {
    if (name !== 'ping' || this.argc < 2) this.answer(command);
    else if (this.argc > 2) this.local("-ERR wrong number of arguments for 'ping' command\r\n");
    else this.local(`$${this.word(1).length}\r\n${this.word(1).toString('latin1')}\r\n`);
  }

  protected unpin(): void {
    const { pinned } = this;
    this.pinned = null;
    this.keep(null, null);
    pinned?.abandon();
  }

  protected reset(): void {
    if (this.client.head !== this.client.tail) {
      this.wait();
      return;
    }
    this.unpin();
    this.forget();
    this.local('+RESET\r\n');
  }

  protected forget(): void {
    this.speak(false);
    this.names.fill(null);
    this.authorise(!this.proxy.credentials.required);
  }

  private named(i: number, value: Buffer): void {
    const words = i === 0 ? ['CLIENT', 'SETNAME'] : ['CLIENT', 'SETINFO', NAMES[i]];
    this.names[i] = value.length > LONGEST_NAME ? null : encodeArray([...words.map((w) => Buffer.from(w)), value]);
  }

  /** True: it is answered here. */
  protected clientCommand(busy: boolean): boolean {
    const subcommand = lowerWord(this, 1);
    if (subcommand === 'reply' && lowerWord(this, 2) !== 'on') {
      this.local(`-ERR CLIENT REPLY ${this.argc > 2 ? this.echoed(2) : ''} is not supported by the proxy\r\n`);
      return true;
    }
    if (subcommand === 'setname' && this.argc === 3) return this.setName(0, this.word(2), busy);
    const i =
      subcommand === 'setinfo' && this.argc === 4 ? NAMES.indexOf(lowerWord(this, 2) as (typeof NAMES)[number]) : -1;
    if (i > 0) return this.setName(i, this.word(3), busy);
    if (subcommand !== 'getname' || this.argc !== 2 || busy) return false;
    const request = this.names[0];
    if (request === null) this.local(this.resp3 ? '_\r\n' : '$-1\r\n');
    else this.local(request.toString('latin1', request.indexOf('SETNAME\r\n') + 9));
    return true;
  }

  private setName(i: number, value: Buffer, busy: boolean): boolean {
    if (!PRINTABLE.test(value.toString('latin1'))) {
      const what = i === 0 ? 'Client names' : NAMES[i];
      this.local(`-ERR ${what} cannot contain spaces, newlines or special characters.\r\n`);
      return true;
    }
    this.named(i, value);
    if (i === 0 && value.length === 0) this.names[0] = null;
    if (busy) return false;
    this.unpin();
    this.local(OK);
    return true;
  }
}
