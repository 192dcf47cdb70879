/**
 * What Redis remembers of a connection that is one client's own, told from what the client asks and what is answered: as long as there is
 * anything, its requests must go there.
 */
import { asciiLower } from '../platform/wire-text.ts';
import type { Asked } from './local-answers.ts';

/** What follows a request; a number that goes with it is kept above these bits. */
/** One reply. */
export const PLAIN = 0;
/** One reply, which may take as long as it likes. */
export const BLOCKING = 1;
/** One reply; the number is the database. */
export const SELECT = 2;
export const RESET = 3;
export const MONITOR = 4;
/** It changes what cannot be told from here when it ends. */
const KEPT = 5;
const MULTI = 6;
const WATCH = 7;
const UNWATCH = 8;
const TRACKING = 9;
/** And the five after it, in the order of SUBSCRIPTIONS: a reply for each word, or for each subscription where there are none. */
export const SUBSCRIBE = 10;
/** The client is answered from here, in its turn: no reply of the host's is its. */
export const HERE = 16;
/** The host is asked for the proxy's sake: the client gets nothing of the reply. */
export const SILENT = 17;
const KIND_BITS = 5;
const KIND_MASK = (1 << KIND_BITS) - 1;
/** Words of a SUBSCRIBE, databases: far more than there are. */
const LARGEST = 0x3ffffff;

export const SUBSCRIPTIONS = [
  'subscribe',
  'unsubscribe',
  'psubscribe',
  'punsubscribe',
  'ssubscribe',
  'sunsubscribe',
] as const;

const RULES = new Map<string, number>([
  ...'blpop brpop brpoplpush blmove blmpop bzpopmin bzpopmax bzmpop xread xreadgroup wait waitaof'
    .split(' ')
    .map((name) => [name, BLOCKING] as const),
  ...SUBSCRIPTIONS.map((name, i) => [name, SUBSCRIBE + i] as const),
  ...['asking', 'auth', 'hello', 'readonly', 'readwrite'].map((name) => [name, KEPT] as const),
  ['select', SELECT],
  ['reset', RESET],
  ['monitor', MONITOR],
  ['multi', MULTI],
  ['watch', WATCH],
  ['unwatch', UNWATCH],
  ['client', TRACKING],
]);

/** A connection is changed by it, or held up. */
export function needsOwn(name: string): boolean {
  return RULES.has(name) || name === 'exec' || name === 'discard';
}

/** It may take as long as it likes. */
export function mayWait(name: string): boolean {
  return RULES.get(name) === BLOCKING;
}

/** CLIENT subcommands that change nothing for the connection. */
const HARMLESS = new Set([
  'getname',
  'getredir',
  'help',
  'info',
  'kill',
  'list',
  'pause',
  'setinfo',
  'setname',
  'trackinginfo',
  'unblock',
  'unpause',
]);

/** Word `i`, as far as a name may be long; '' where there is none. */
export function lowerWord(asked: Asked, i: number): string {
  return i < asked.argc ? asciiLower(asked.word(i).toString('latin1', 0, 32)) : '';
}

export const kindOf = (expected: number): number => expected & KIND_MASK;
export const numberOf = (expected: number): number => expected >>> KIND_BITS;

export class PinnedState {
  inMulti = false;
  private watching = false;
  private database = 0;
  private tracking = false;
  monitoring = false;
  /** For as long as the connection lasts. */
  private kept = false;
  /** Channels, patterns, shard channels. */
  private readonly subscribed: [number, number, number] = [0, 0, 0];

  /** Redis would forget nothing if the connection closed. */
  get clean(): boolean {
    return !(this.inMulti || this.watching || this.database !== 0 || this.tracking || this.kept || this.listens);
  }

  /** What nobody asked for may come. */
  get listens(): boolean {
    return this.monitoring || this.subscriptions > 0;
  }

  get subscriptions(): number {
    const [channels, patterns, shards] = this.subscribed;
    return channels + patterns + shards;
  }

  /** Nothing but keys is watched: what is asked elsewhere meanwhile changes nothing here. */
  get onlyWatches(): boolean {
    return !(this.inMulti || this.database !== 0 || this.tracking || this.kept || this.listens);
  }

  /** It must not be told to go between its parts. */
  get inTransaction(): boolean {
    return this.inMulti || this.watching;
  }

  /** What it has been asked is asked here again. */
  adopt(other: PinnedState): void {
    this.inMulti = other.inMulti;
    this.watching = other.watching;
    this.tracking = other.tracking;
    this.kept = other.kept;
  }

  /** The request, of lower-case `name`, is about to be sent: what will follow. */
  asks(name: string, asked: Asked): number {
    const rule = RULES.get(name) ?? PLAIN;
    if (this.inMulti) return this.queues(name, rule);
    if (rule === MULTI) this.inMulti = true;
    else if (rule === WATCH) this.watching = true;
    else if (rule === UNWATCH) this.watching = false;
    else if (rule === KEPT) this.kept = true;
    else if (rule === TRACKING) this.client(asked);
    else if (rule === SELECT) return SELECT | (database(asked) << KIND_BITS);
    else if (rule >= SUBSCRIBE) return rule | (Math.min(asked.argc - 1, LARGEST) << KIND_BITS);
    else return rule;
    return PLAIN;
  }

  private queues(name: string, rule: number): number {
    if (name === 'exec' || name === 'discard') {
      this.inMulti = false;
      this.watching = false;
    } else if (rule === RESET) {
      return RESET;
    } else if (rule !== PLAIN && rule !== BLOCKING && rule !== MULTI && rule !== WATCH && rule !== UNWATCH) {
      // What EXEC will do of it is not told apart.
      this.kept = true;
    }
    return PLAIN;
  }

  private client(asked: Asked): void {
    const subcommand = lowerWord(asked, 1);
    if (subcommand === 'tracking') this.tracking = lowerWord(asked, 2) !== 'off';
    else if (!HARMLESS.has(subcommand)) this.kept = true;
  }

  /** A reply has come to what `asks` has returned. */
  answered(expected: number, failed: boolean): void {
    if (failed) return;
    const kind = kindOf(expected);
    if (kind === SELECT) this.database = numberOf(expected);
    else if (kind === MONITOR) this.monitoring = true;
    else if (kind === RESET) this.forget();
  }

  private forget(): void {
    this.inMulti = false;
    this.watching = false;
    this.database = 0;
    this.tracking = false;
    this.monitoring = false;
    this.kept = false;
    this.subscribed.fill(0);
  }

  /** Subscriptions of the kind that the word speaks of. */
  countOf(i: number): number {
    return this.subscribed[i >> 1];
  }

  /** The host has confirmed `SUBSCRIPTIONS[i]`: so many channels and patterns, or shard channels, there are now. */
  confirmed(i: number, total: number): void {
    const at = i >> 1;
    const other = at === 2 ? 0 : this.subscribed[1 - at];
    this.subscribed[at] = Math.max(0, total - other);
  }
}

function database(asked: Asked): number {
  const n = asked.argc === 2 ? Number(asked.word(1).toString('latin1', 0, 16)) : 0;
  return Number.isInteger(n) && n >= 0 ? Math.min(n, LARGEST) : 0;
}
