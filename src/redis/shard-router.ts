/**
 * The requests of a client in session mode whose cluster has several Redis: shards that a hash of the key chooses, or a Redis Cluster. What it
 * subscribes to, waits for, watches or does in one transaction is one shard's, to which it is then connected; all else is served as without
 * session mode. Nothing here has a counterpart in Envoy.
 */
import type { Cluster } from '../upstream/cluster.ts';
import type { ClusterRef } from '../upstream/cluster-ref.ts';
import type { Host } from '../upstream/host.ts';
import { DISCARD, EXEC, MULTI, SPLIT, TRANSACTION, UNKNOWN, UNWATCH, WATCH } from './command-table.ts';
import { NOAUTH, notWithin } from './local-answers.ts';
import { lowerWord } from './pinned-state.ts';
import { SessionRouter } from './session-router.ts';
import { keysOf } from './shard-keys.ts';
import { ABORTED } from './transaction.ts';

const OK = '+OK\r\n';
/** Redis Cluster's words. */
const CROSSES = "-CROSSSLOT Keys in request don't hash to the same slot\r\n";
const ELSEWHERE =
  '-CROSSSLOT not of the Redis that this connection is held by (a transaction, a subscription, watched keys)\r\n';
/** Redis's, of clients that speak RESP2. */
const listening = (name: string): string =>
  `-ERR Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context\r\n`;
const several = (what: string): string => `-ERR ${what} is not supported where the cluster has several Redis\r\n`;

export class ShardRouter extends SessionRouter {
  /** MULTI has been said, and no key yet that says to whom. */
  private undecided = false;
  /** A command of the transaction was refused here. */
  private doomed = false;

  private get cluster(): Cluster | null {
    return this.proxy.routes.only?.cluster.current ?? null;
  }

  override get amidTransaction(): boolean {
    return this.undecided || super.amidTransaction;
  }

  /** Where nobody's keys are anywhere in particular, there is no shard to be held by. */
  private get sharded(): boolean {
    return this.undecided || (this.shards.length > 1 && this.cluster?.usesHash === true);
  }

  protected override get asksRedisWho(): boolean {
    return !this.sharded && super.asksRedisWho;
  }

  protected override request(now: number): void {
    if (!this.sharded) {
      super.request(now);
      return;
    }
    const { buf, words } = this.framer;
    const { commands, mode } = this;
    const command = commands.lookup(buf, words[0], words[1]);
    const plain = command !== UNKNOWN && mode.ofShards[command] !== 0;
    if (!this.authorised && (command === UNKNOWN || !commands.beforeAuth[command])) this.local(NOAUTH);
    else if (this.suspended) this.wait();
    else if (plain && !this.held) this.ofSeveral(now);
    else this.special(command, plain, now);
  }

  protected override largeRequest(now: number): void {
    const name = this.framer.word(0);
    const command = this.commands.lookup(name, 0, name.length);
    if (this.sharded && !this.held && !this.suspended && command !== UNKNOWN && this.mode.ofShards[command] !== 0)
      this.largeOfSeveral(now);
    else super.largeRequest(now);
  }

  /** Not everything may be asked of everybody. */
  private get held(): boolean {
    return this.undecided || this.busy;
  }

  private get onlyListens(): boolean {
    return !this.resp3 && this.pinned?.state.listens === true;
  }

  private get inMulti(): boolean {
    return this.undecided || this.pinned?.state.inMulti === true;
  }

  private special(command: number, plain: boolean, now: number): void {
    const name = lowerWord(this, 0);
    if (command === this.mode.hello) {
      if (this.inMulti) this.refuseWithin();
      else this.hello(this.busy);
    } else if (command !== UNKNOWN && this.commands.beforeAuth[command]) {
      this.answer(command);
    } else if (command !== UNKNOWN && this.commands.handlers[command] === TRANSACTION) {
      if (this.onlyListens) this.local(listening(name));
      else this.step(this.commands.steps[command]);
    } else if (name === 'reset') {
      this.resets();
    } else if (this.inMulti) {
      this.queue(name, command);
    } else if (this.onlyListens && !name.endsWith('subscribe')) {
      // Redis says what one may do who listens.
      this.toPinned(this.pinned!.host);
    } else if (!this.refuses(name) && !this.refusesShards(name)) {
      this.single(name, command, plain, now);
    }
  }

  /** Outside transactions. */
  private single(name: string, command: number, plain: boolean, now: number): void {
    const { mode } = this;
    if (name.endsWith('subscribe')) this.subscription(name);
    else if (mode.blocks(name)) this.keyed(name, command, null);
    else if (name === 'client') this.clientOfShards(command);
    else if (mode.keyed.has(name)) this.keyed(name, command, now);
    else if (plain && this.held) this.besides(name, command, now);
    else if (plain) this.ofSeveral(now);
    else if (name === 'ping' || name === 'echo' || name === 'time') {
      if (this.busy) this.toPinned(this.pinned!.host);
      else this.simpleAnswer(command, name);
    } else if (command !== UNKNOWN && this.commands.answers[command] !== null) this.answer(command);
    else this.unknown();
  }

  private refusesShards(name: string): boolean {
    const refused = name === 'monitor' || name === 'wait' || name === 'waitaof';
    if (refused) this.local(several(name.toUpperCase()));
    return refused;
  }

  private clientOfShards(command: number): void {
    const subcommand = lowerWord(this, 1);
    if (subcommand === 'tracking' || subcommand === 'caching') {
      this.local(several(`CLIENT ${subcommand.toUpperCase()}`));
    } else if (!this.clientCommand(this.busy)) {
      if (this.busy && (subcommand === 'setname' || subcommand === 'setinfo' || subcommand === 'getname'))
        this.toPinned(this.pinned!.host);
      else this.answer(command);
    }
  }

  // --- whose it is --------------------------------------------------------------------------------------------------

  /** The Redis that all keys of the request belong to; a string: why there is none; null: it has no key. */
  private hostOf(name: string, command: number): Host | string | null {
    const route = this.proxy.routes.only;
    const keys = route === null ? null : keysOf(name, command, this.commands, this);
    if (route === null || keys === null) return null;
    const [first, last, step] = keys;
    let host: Host | null = null;
    for (let i = first; i <= last; i += step) {
      const its = this.hostOfWord(route.cluster, i);
      if (its === null) return null;
      if (host !== null && its !== host) return CROSSES;
      host = its;
    }
    return host;
  }

  /** Where writes to the key in word `i` go. */
  private hostOfWord(cluster: ClusterRef, i: number): Host | null {
    const { buf, words } = this.framer;
    this.strip = 0;
    this.newKey = null;
    return this.hostFor(cluster, buf, this.commands.multi, words[i * 2], words[i * 2 + 1]);
  }

  /** To a connection of its own, or with `shared` to the one that its shard's clients share. */
  private keyed(name: string, command: number, shared: number | null): void {
    const host = this.hostOf(name, command);
    if (typeof host === 'string') {
      this.local(host);
      return;
    }
    const { pinned } = this;
    // Without keys: the Redis that is asked says what is wrong.
    const its = host ?? pinned?.host ?? this.shards[0];
    if (pinned !== null && pinned.busy && pinned.host !== its)
      this.whileHeld(shared === null ? null : { its, command, now: shared });
    else if (shared === null || this.busy) this.toPinned(its);
    else this.shared(its, command, shared);
  }

  /** What Envoy has, while a Redis holds the client. */
  private besides(name: string, command: number, now: number): void {
    const pinned = this.pinned!;
    const host = this.hostOf(name, command);
    // A Redis Cluster takes no keys of several slots, and who listens has no other way.
    const parts = this.commands.handlers[command] === SPLIT && !pinned.state.listens;
    if (host === pinned.host && !parts) this.toPinned(host);
    else this.whileHeld({ its: null, command, now });
  }

  /** Of another Redis than the one that holds the client: when that has answered all, and if it does not send by itself. */
  private whileHeld(elsewhere: { its: Host | null; command: number; now: number } | null): void {
    const pinned = this.pinned!;
    if (pinned.due > 0) this.wait();
    else if (elsewhere === null || !pinned.state.onlyWatches) this.local(ELSEWHERE);
    else if (elsewhere.its !== null) this.shared(elsewhere.its, elsewhere.command, elsewhere.now);
    else this.ofSeveral(elsewhere.now);
  }

  // --- subscriptions ------------------------------------------------------------------------------------------------

  private subscription(name: string): void {
    const { pinned } = this;
    const sharding = name.startsWith('s') && name !== 'subscribe';
    const everywhere = this.cluster?.hashesSlots === true && !sharding;
    if (this.argc < 2 || name.includes('unsub')) {
      this.toPinned(pinned?.host ?? this.shards[0]);
    } else if (everywhere && this.busy) {
      // Each node of a Redis Cluster has all messages.
      this.toPinned(pinned!.host);
    } else if (everywhere) {
      // The same one for all that listen to it, and not the same for everything.
      this.toPinned(this.hostOfWord(this.proxy.routes.only!.cluster, 1) ?? this.shards[0]);
    } else if (name === 'psubscribe') {
      this.local(several('PSUBSCRIBE'));
    } else {
      this.keyed(name, UNKNOWN, null);
    }
  }

  // --- transactions -------------------------------------------------------------------------------------------------

  private step(step: number): void {
    const { pinned } = this;
    if (step === MULTI) {
      if (this.inMulti) this.local('-ERR MULTI calls can not be nested\r\n');
      else if (pinned !== null && !pinned.state.clean) this.toPinned(pinned.host);
      else if (pinned !== null && pinned.due > 0) this.wait();
      else {
        this.undecided = true;
        this.local(OK);
      }
    } else if (step === WATCH) this.watch();
    else if (step === UNWATCH && !this.inMulti) {
      if (this.busy) this.toPinned(pinned!.host);
      else this.local(OK);
    } else if (step === UNWATCH) {
      this.refuseWithin();
    } else if (!this.inMulti) {
      this.local(`-ERR ${step === EXEC ? 'EXEC' : 'DISCARD'} without MULTI\r\n`);
    } else {
      this.ends(step);
    }
  }

  private watch(): void {
    if (this.inMulti) this.local('-ERR WATCH inside MULTI is not allowed\r\n');
    else if (this.argc < 2) this.local("-ERR wrong number of arguments for 'watch' command\r\n");
    else this.keyed('watch', UNKNOWN, null);
  }

  private ends(step: number): void {
    const { undecided, doomed, pinned } = this;
    if (!undecided && pinned !== null && pinned.mayMove) {
      this.wait();
      return;
    }
    this.undecided = false;
    this.doomed = false;
    if (undecided) this.local(step === DISCARD ? OK : doomed ? ABORTED : '*0\r\n');
    else if (doomed && step === EXEC) {
      this.discard(pinned!);
      this.local(ABORTED);
    } else this.toPinned(pinned!.host);
  }

  private queue(name: string, command: number): void {
    const host = this.hostOf(name, command);
    const { pinned, undecided } = this;
    const at = undecided ? null : pinned!.host;
    if (typeof host === 'string') this.doom(host);
    else if (host === null) this.refuseWithin();
    // Each node of a Redis Cluster takes messages for all.
    else if (at !== null && name === 'publish' && this.cluster?.hashesSlots === true) this.toPinned(at);
    else if (at !== null && host !== at) this.doom(ELSEWHERE);
    else if (!undecided) this.toPinned(at!);
    else this.decide(host);
  }

  /** The first key says whose the transaction is. */
  private decide(host: Host): void {
    const mine = this.ownTo(host, true);
    // It waits for its turn, or the client goes.
    if (mine === null) return;
    this.undecided = false;
    this.begin(mine);
    this.toPinned(host, true);
  }

  private refuseWithin(): void {
    this.doom(notWithin(this.echoed(0)));
  }

  private doom(text: string): void {
    this.doomed = true;
    this.local(text);
  }

  private resets(): void {
    if (this.busy) this.toPinned(this.pinned!.host);
    else this.reset();
  }

  protected override forget(): void {
    this.undecided = false;
    this.doomed = false;
    super.forget();
  }
}
