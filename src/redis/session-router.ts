/**
 * The requests of a client in session mode (session-mode.ts): which share the pipelined connection, which go to one of the client's own. Whatever
 * way they go they are executed in their order: nothing goes the one way while replies are due from the other.
 */
import { encodeArray } from '../codec/resp/inline.ts';
import type { Host } from '../upstream/host.ts';
import { UNKNOWN } from './command-table.ts';
import { clientOf } from './host-clients.ts';
import { NO_UPSTREAM, NOAUTH, NOPROTO, welcome } from './local-answers.ts';
import { DIRECT, failure } from './pending-ring.ts';
import { PinnedClient, type PinnedOwner } from './pinned-client.ts';
import { lowerWord, RESET } from './pinned-state.ts';
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

export class SessionRouter extends RequestRouter implements PinnedOwner {
  private readonly client: ModeSession;
  private readonly mode: SessionMode;
  private readonly settings: ModeSettings;
  private resp3: boolean;
  private pinned: PinnedClient | null;
  /** RESET is under way: what follows waits for it. */
  private resetting: boolean;
  /** What the client is called, and its library: requests for connections of its own. */
  private readonly names: (Buffer | null)[];

  constructor(client: ModeSession, mode: SessionMode, settings: ModeSettings) {
    super(client, mode.proxy);
    this.client = client;
    this.mode = mode;
    this.settings = settings;
    this.resp3 = false;
    this.pinned = null;
    this.resetting = false;
    this.names = [null, null, null];
  }

  protected override request(now: number): void {
    if (this.pinned === null && this.shards.length > 1) {
      // Of several Redis there is none to be connected to.
      super.request(now);
      return;
    }
    const { buf, words } = this.framer;
    const { commands } = this;
    const command = commands.lookup(buf, words[0], words[1]);
    if (!this.authorised && (command === UNKNOWN || !commands.beforeAuth[command])) {
      this.local(NOAUTH);
      return;
    }
    const busy = this.pinned !== null && this.pinned.busy;
    if (this.resetting) this.wait();
    else if (command !== UNKNOWN && this.mode.shares[command] !== 0) {
      if (busy) this.toPinned();
      else this.shared(command, now);
    } else if (command !== UNKNOWN && commands.beforeAuth[command] && command !== this.mode.hello) {
      // Where we ask nobody who he is, Redis may: its answer holds for a connection of the client's own.
      if (command === this.mode.auth && !this.proxy.credentials.required) this.toPinned();
      else this.answer(command);
    } else this.stateful(command, busy);
  }

  protected override largeRequest(now: number): void {
    this.framer.joinPieces();
    this.request(now);
  }

  /** What base requests ask before they answer; nothing here is forbidden within a transaction but by Redis. */
  override get inTransaction(): boolean {
    return false;
  }

  get amidTransaction(): boolean {
    return this.pinned?.state.inTransaction === true;
  }

  get blocks(): boolean {
    return this.pinned?.blocks === true;
  }

  private get shards(): readonly Host[] {
    return this.proxy.routes.only?.cluster.current?.shards ?? NO_HOSTS;
  }

  /** Whole, on the connection that all share. */
  private shared(command: number, now: number): void {
    const host = this.shards.length === 0 ? null : this.shards[0];
    this.proxy.stats.commandStarted(command);
    const client = host === null ? null : clientOf(host, this.resp3 ? this.mode.proxy3 : this.proxy);
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
    else if (REFUSED.has(name)) this.local(`-ERR '${this.echoed(0)}' is not supported by the proxy\r\n`);
    else if (name === 'client' && this.clientCommand(busy)) return;
    else if ((name === 'ping' || name === 'echo' || name === 'time') && !busy) this.simpleAnswer(command, name);
    else if (name === 'reset' && !busy) this.reset();
    else if (name === 'select' && !busy && this.argc === 2 && this.word(1).toString('latin1', 0, 2) === '0')
      this.local(OK);
    else this.toPinned();
  }

  // --- a connection of its own --------------------------------------------------------------------------------------

  private toPinned(): void {
    const pinned = this.pinned;
    if ((pinned === null || !pinned.busy) && this.client.head !== this.client.tail) {
      this.wait();
      return;
    }
    const name = lowerWord(this, 0);
    const mine = pinned ?? this.pin();
    if (mine === null) {
      if (GUARDS.has(name)) this.leave();
      return;
    }
    const expected = mine.state.asks(name, this);
    const { buf, start, end, words } = this.framer;
    if (mine.follower !== null) this.tell(mine.follower, this.commands.lookup(buf, words[0], words[1]));
    this.send(mine, buf, start, end, expected, name);
    if (expected === RESET) this.resetting = true;
  }

  private send(pinned: PinnedClient, buf: Buffer, from: number, to: number, expected: number, name: string): void {
    this.client.take();
    pinned.ask(buf, from, to, expected, name);
    this.client.wroteTo(pinned);
  }

  /** Null: there is none, and the client has been told. */
  private pin(): PinnedClient | null {
    const [host] = this.shards;
    const cluster = host?.cluster;
    if (cluster === undefined) this.local(NO_UPSTREAM);
    else if (!cluster.resources[0].connections.canCreate()) {
      cluster.stats.upstreamCxOverflow.inc();
      this.mode.stats.pinnedOverflow.inc();
      this.local(NO_CONNECTION);
    } else {
      const proxy = this.resp3 ? this.mode.proxy3 : this.proxy;
      const introduction = this.names.filter((n) => n !== null);
      return (this.pinned = new PinnedClient(
        host,
        this.mode.stats,
        this.settings.idleMs,
        proxy,
        this,
        this.client,
        introduction,
      ));
    }
    return null;
  }

  unpinned(pinned: PinnedClient, clean: boolean, due: number, halfReply: boolean): void {
    if (pinned !== this.pinned) return;
    this.pinned = null;
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
    this.resetting = false;
    this.forget();
  }

  override end(): void {
    const { pinned } = this;
    this.pinned = null;
    pinned?.abandon();
    super.end();
  }

  // --- what is answered here -----------------------------------------------------------------------------------------

  private hello(busy: boolean): void {
    const asked = this.argc > 1 ? this.word(1).toString('latin1', 0, 2) : this.resp3 ? '3' : '2';
    if (asked !== '2' && asked !== '3') {
      this.local(NOPROTO);
      return;
    }
    if (this.pinned?.state.inMulti === true) {
      this.toPinned();
      return;
    }
    if (!this.proxy.credentials.required && this.saysAuth()) {
      this.toPinned();
      // Only RESET ends what it says: until then nothing is asked elsewhere.
      if (this.asking === null) this.resp3 = asked === '3';
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
      this.resp3 = asked === '3';
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

  private saysAuth(): boolean {
    for (let i = 2; i < this.argc; i++) {
      if (lowerWord(this, i) === 'auth') return true;
    }
    return false;
  }

  private simpleAnswer(command: number, name: string): void {
    if (name !== 'ping' || this.argc < 2) this.answer(command);
    else if (this.argc > 2) this.local("-ERR wrong number of arguments for 'ping' command\r\n");
    else this.local(`$${this.word(1).length}\r\n${this.word(1).toString('latin1')}\r\n`);
  }

  private unpin(): void {
    const { pinned } = this;
    this.pinned = null;
    pinned?.abandon();
  }

  private reset(): void {
    if (this.client.head !== this.client.tail) {
      this.wait();
      return;
    }
    this.unpin();
    this.forget();
    this.local('+RESET\r\n');
  }

  private forget(): void {
    this.resp3 = false;
    this.names.fill(null);
    this.authorise(!this.proxy.credentials.required);
  }

  private named(i: number, value: Buffer): void {
    const words = i === 0 ? ['CLIENT', 'SETNAME'] : ['CLIENT', 'SETINFO', NAMES[i]];
    this.names[i] = value.length > LONGEST_NAME ? null : encodeArray([...words.map((w) => Buffer.from(w)), value]);
  }

  /** True: it is answered here. */
  private clientCommand(busy: boolean): boolean {
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
