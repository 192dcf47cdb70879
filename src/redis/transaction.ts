/**
 * MULTI … EXEC of one client, on a connection of its own to the host of the first key: Envoy's TransactionRequest
 * (redis_proxy/command_splitter_impl.cc) and Transaction (common/redis/client.h). Unlike Envoy's, WATCH guards, and what a lost connection had
 * queued is not executed (docs/behaviour.md R31, R32).
 */
import type { Host } from '../upstream/host.ts';
import { type CommandTable, DISCARD, EXEC, MULTI, UNWATCH, WATCH } from './command-table.ts';
import { NO_UPSTREAM, notWithin } from './local-answers.ts';
import { failure, QUEUED } from './pending-ring.ts';
import type { ProxySettings } from './proxy-settings.ts';
import { type ClientOwner, UpstreamClient } from './upstream-client.ts';

const OK = '+OK\r\n';
const LOST = failure(QUEUED);
/** Redis's words for what it has not executed. */
export const ABORTED = '-EXECABORT Transaction discarded because of previous errors.\r\n';
const MULTI_REQUEST = Buffer.from('*1\r\n$5\r\nMULTI\r\n');

/** What of a client's requests a transaction needs: `command` is the one at hand. */
export interface TransactionRequests {
  readonly argc: number;
  echoed(i: number): string;
  /** Answer it. */
  local(text: string): void;
  wrongArguments(command: number): void;
  /** The host of its first key, and those that get copies of what it gets; null for none. */
  place(): { readonly host: Host; readonly copies: readonly Host[] } | null;
  /** Send it there and wait for the reply; `queued`: within MULTI. */
  toOwn(client: UpstreamClient, command: number, queued: boolean, now: number): void;
  /** Send it there, whatever comes back. */
  copyTo(client: UpstreamClient, command: number): void;
}

export class Transaction implements ClientOwner {
  /** MULTI was said. */
  active: boolean;
  /** While something is watched or queued. */
  client: UpstreamClient | null;
  host: Host | null;
  /** Connections to those that get copies. */
  private copies: UpstreamClient[];
  /** The connection was, and with it what was watched or queued. */
  private lost: boolean;
  /** A connection was let go whose last answers may not have come. */
  private released: boolean;
  private readonly requests: TransactionRequests;
  private readonly proxy: ProxySettings;
  private readonly commands: CommandTable;

  constructor(requests: TransactionRequests, proxy: ProxySettings) {
    this.active = false;
    this.client = null;
    this.host = null;
    this.copies = [];
    this.lost = false;
    this.released = false;
    this.requests = requests;
    this.proxy = proxy;
    this.commands = proxy.commands;
  }

  /** `toAll`: it goes to all hosts; `idle`: no reply is due. */
  mustWait(command: number, toAll: boolean, idle: boolean): boolean {
    if (idle) this.released = false;
    if (idle || this.released) return !idle;
    if (this.client !== null) return toAll && !this.active;
    const begins = this.active ? this.commands.queued[command] !== 0 : this.commands.steps[command] === WATCH;
    return begins && !this.lost;
  }

  /** True: it has been dealt with. */
  take(command: number, now: number): boolean {
    const step = this.commands.steps[command];
    if (!this.active && step === 0) return false;
    this.proxy.stats.commandStarted(this.active ? this.commands.multi : command);
    if (step === MULTI) this.multi(command, now);
    else if (step === EXEC || step === DISCARD) this.end(step, command, now);
    else if (step === WATCH) this.watch(command, now);
    else if (step === UNWATCH) this.unwatch(command, now);
    else if (this.commands.queued[command] !== 0) this.queue(command, now);
    else this.requests.local(notWithin(this.requests.echoed(0)));
    return true;
  }

  private multi(command: number, now: number): void {
    if (this.active) {
      this.requests.local('-MULTI calls can not be nested\r\n');
      return;
    }
    this.active = true;
    if (this.client === null) this.requests.local(OK);
    else this.send(this.client, command, now);
  }

  private end(step: number, command: number, now: number): void {
    const exec = step === EXEC;
    if (!this.active) {
      this.requests.local(exec ? '-EXEC without MULTI\r\n' : '-DISCARD without MULTI\r\n');
    } else if (this.client !== null) {
      this.send(this.client, command, now);
      this.release();
    } else if (this.lost) {
      this.requests.local(exec ? ABORTED : OK);
    } else {
      this.requests.local(exec ? '*0\r\n' : OK);
    }
    this.active = false;
    this.lost = false;
  }

  private watch(command: number, now: number): void {
    if (this.client === null && this.requests.argc < 2) this.requests.wrongArguments(command);
    // What was watched before is not any more: EXEC will say so.
    else if (this.lost && !this.active) this.requests.local(OK);
    else this.queue(command, now);
  }

  private unwatch(command: number, now: number): void {
    if (this.client !== null) {
      this.send(this.client, command, now);
      if (!this.active) this.release();
    } else if (this.active) {
      this.requests.local(this.lost ? LOST : '+QUEUED\r\n');
    } else {
      this.lost = false;
      this.requests.local(OK);
    }
  }

  private queue(command: number, now: number): void {
    if (this.client === null) {
      if (this.lost) {
        this.requests.local(LOST);
        return;
      }
      this.begin();
    }
    if (this.client !== null) this.send(this.client, command, now);
    else {
      this.proxy.stats.commandRefused(this.active ? this.commands.multi : command);
      this.requests.local(NO_UPSTREAM);
    }
  }

  /** Connections to the host of the key, and to those of its copies. */
  private begin(): void {
    const place = this.requests.place();
    if (place === null) return;
    this.host = place.host;
    this.client = this.connect(place.host);
    for (const copy of place.copies) this.copies.push(this.connect(copy));
  }

  private connect(host: Host): UpstreamClient {
    const client = new UpstreamClient(host, this.proxy, this);
    if (this.active) {
      client.expectNothing();
      client.countRequests(1);
      client.conn.write(MULTI_REQUEST);
    }
    return client;
  }

  private send(client: UpstreamClient, command: number, now: number): void {
    this.requests.toOwn(client, command, this.active, now);
    for (const copy of this.copies.slice()) {
      if (copy.congested) {
        this.proxy.stats.mirrorAbandoned.inc();
        copy.abandon();
      } else {
        this.requests.copyTo(copy, command);
      }
    }
  }

  /** They close when what they were sent is answered. */
  private release(): void {
    this.released = true;
    for (const client of this.takeClients()) client.retire();
  }

  /** The client has gone: nothing of it is executed. */
  abandon(): void {
    for (const client of this.takeClients()) client.abandon();
  }

  private takeClients(): UpstreamClient[] {
    const clients = this.client === null ? this.copies : [this.client, ...this.copies];
    this.client = null;
    this.host = null;
    this.copies = [];
    return clients;
  }

  /** A connection has closed. */
  forget(client: UpstreamClient): void {
    if (client !== this.client) {
      this.copies = this.copies.filter((c) => c !== client);
      return;
    }
    this.client = null;
    this.lost = true;
    this.abandon();
  }
}
