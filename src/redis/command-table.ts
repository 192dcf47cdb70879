/**
 * The commands of one redis_proxy by the bytes of their names, in any letter case, without making a string of them. What is known of a
 * command lies in arrays by its number.
 */
import type { Aggregator } from './aggregators.ts';
import type { Asked, LocalAnswer } from './local-answers.ts';

/** What is done with a command. */
/** Goes whole to the host of its first key. */
export const FORWARD = 0;
/** One request for each key (`parts`). */
export const SPLIT = 1;
/** Answered here (`answer`). */
export const LOCAL = 2;
/** Goes whole to all hosts, or to any one, of the cluster that an empty key belongs to (`hosts`). */
export const HOSTS = 3;
/** A step of a transaction (`step`). */
export const TRANSACTION = 4;
export type Handler = typeof FORWARD | typeof SPLIT | typeof LOCAL | typeof HOSTS | typeof TRANSACTION;

/** Steps of transactions; 0: none. */
export const MULTI = 1;
export const EXEC = 2;
export const DISCARD = 3;
export const WATCH = 4;
export const UNWATCH = 5;

/** One certain host is asked, in other words. */
export interface OneHost {
  /** Its place among the hosts. */
  readonly host: number;
  readonly request: Buffer;
  /** The command that this is upstream. */
  readonly command: string;
  /** What is made of the host's reply. */
  readonly aggregator: Aggregator;
}

/**
 * What makes one reply of those of all hosts; null: any one host is asked. A string is the error that is answered instead, also where there is
 * no host. `hosts`: how many there are.
 */
export type HostsChoice = (asked: Asked, hosts: number) => Aggregator | OneHost | string | null;

/** What a SPLIT request is cut into. */
export interface Parts {
  /** The command that each key, with the words up to the next key, is sent with; null: its own name. */
  readonly command: string | null;
  /** Null: the replies are the elements of an array. */
  readonly aggregator: Aggregator | null;
}

export interface CommandSpec {
  /** Lower case, ASCII. */
  readonly name: string;
  /** Words, the name included: exactly `n`, or with `-n` at least as many (as in Redis's COMMAND). */
  readonly arity: number;
  /** Words that are keys, counted from the name's 0: the first, the last (-1: of the request) and the step. Null: none. */
  readonly keys: { readonly first: number; readonly last: number; readonly step: number } | null;
  readonly handler: Handler;
  /** Of a SPLIT command. */
  readonly parts?: Parts;
  /** Of a HOSTS command. */
  readonly hosts?: HostsChoice;
  /** Answered by rare-commands.ts. */
  readonly rare?: true;
  /** Of a TRANSACTION command. */
  readonly step?: number;
  /** Of a LOCAL command. */
  readonly answer?: LocalAnswer;
  /** Of a LOCAL command: also for clients that have not authenticated. */
  readonly beforeAuth?: boolean;
  /** It has statistics of its own. */
  readonly counted: boolean;
  /** It changes something. */
  readonly writes?: boolean;
}

/** `lookup`: no command of the table. */
export const UNKNOWN = -1;
/** Numbers are kept in 16 bits (pending-ring.ts), one is no command's. */
export const MAX_COMMANDS = 0xffff;

export class CommandTable {
  /** Of the commands with statistics; the index is the number. */
  readonly countedNames: readonly string[];
  /** By number. */
  readonly handlers: Uint8Array;
  readonly firstKeys: Uint8Array;
  /** From the end where negative, as in the spec. */
  readonly lastKeys: Int8Array;
  readonly keySteps: Uint8Array;
  /** Of HOSTS commands. */
  readonly hosts: readonly (HostsChoice | null)[];
  /** Of LOCAL commands. */
  readonly answers: readonly (LocalAnswer | null)[];
  readonly beforeAuth: readonly boolean[];
  /** Of SPLIT commands; null also where replies are elements. */
  readonly aggregators: readonly (Aggregator | null)[];
  /** Number of the command that a part is. */
  readonly partCommands: Uint16Array;
  /** How a part begins: all before its key, but for the name where that is the request's own. */
  readonly partHeads: readonly Buffer[];
  /** 1: the command changes something. */
  readonly writes: Uint8Array;
  /** Fewest words. */
  readonly leastWords: Uint8Array;
  /** Of TRANSACTION commands; 0 of others. */
  readonly steps: Uint8Array;
  /** 1: rare-commands.ts must be there. */
  readonly rare: Uint8Array;
  /** 1: the command may stand between MULTI and EXEC. */
  readonly queued: Uint8Array;
  /** MULTI's number: what stands within is counted as it. */
  readonly multi: number;
  /** SCAN's number: alone it is answered in other words than the rest. */
  readonly scan: number;
  /** Open addressing over a power of two; a slot holds a number + 1. */
  private readonly slots: Uint16Array;
  private readonly mask: number;
  private readonly longest: number;
  private readonly lengths: Uint8Array;
  private readonly offsets: Uint32Array;
  private readonly letters: Buffer;

  /** Those that are counted come first. */
  constructor(specs: readonly CommandSpec[]) {
    if (specs.length > MAX_COMMANDS) throw new Error(`${specs.length} commands are more than ${MAX_COMMANDS}`);
    // One pass over arrays made at their length: a table is made at every start.
    const ordered = [...specs.filter((s) => s.counted), ...specs.filter((s) => !s.counted)];
    const n = ordered.length;
    let size = 16;
    // At most an eighth is taken: a name that is no command is mostly found to be none at once.
    while (size < n * 8) size *= 2;
    this.mask = size - 1;
    this.slots = new Uint16Array(size);
    this.handlers = new Uint8Array(n);
    this.writes = new Uint8Array(n);
    this.firstKeys = new Uint8Array(n);
    this.lastKeys = new Int8Array(n);
    this.keySteps = new Uint8Array(n);
    this.leastWords = new Uint8Array(n);
    this.steps = new Uint8Array(n);
    this.queued = new Uint8Array(n);
    this.rare = new Uint8Array(n);
    this.lengths = new Uint8Array(n);
    this.offsets = new Uint32Array(n);
    this.partCommands = new Uint16Array(n);
    const countedNames: string[] = [];
    const hosts: (HostsChoice | null)[] = new Array(n).fill(null);
    const answers: (LocalAnswer | null)[] = new Array(n).fill(null);
    const beforeAuth: boolean[] = new Array(n).fill(false);
    const aggregators: (Aggregator | null)[] = new Array(n).fill(null);
    const partHeads: Buffer[] = new Array(n).fill(NOTHING);
    let letters = '';
    let longest = 0;
    for (let i = 0; i < n; i++) {
      const s = ordered[i];
      const { name, keys } = s;
      if (s.counted) countedNames.push(name);
      this.handlers[i] = s.handler;
      if (s.writes === true) this.writes[i] = 1;
      this.steps[i] = s.step ?? 0;
      if (s.rare === true) this.rare[i] = 1;
      // EXISTS is not: Envoy leaves it out too.
      if (s.handler === FORWARD ? keys?.first === 1 : s.handler === SPLIT && name !== 'exists') this.queued[i] = 1;
      this.leastWords[i] = Math.abs(s.arity);
      if (keys !== null) {
        this.firstKeys[i] = keys.first;
        this.lastKeys[i] = keys.last;
        this.keySteps[i] = keys.step;
      }
      this.offsets[i] = letters.length;
      this.lengths[i] = name.length;
      letters += name;
      if (name.length > longest) longest = name.length;
      this.partCommands[i] = i;
      hosts[i] = s.hosts ?? null;
      answers[i] = s.answer ?? null;
      beforeAuth[i] = s.beforeAuth === true;
    }
    this.countedNames = countedNames;
    this.hosts = hosts;
    this.answers = answers;
    this.beforeAuth = beforeAuth;
    this.aggregators = aggregators;
    this.partHeads = partHeads;
    this.longest = longest;
    this.letters = Buffer.from(letters, 'latin1');
    for (let i = 0; i < n; i++) {
      let slot = this.hash(this.letters, this.offsets[i], this.lengths[i]);
      while (this.slots[slot] !== 0) slot = (slot + 1) & this.mask;
      this.slots[slot] = i + 1;
    }
    for (let i = 0; i < n; i++) {
      const { parts, keys } = ordered[i];
      if (parts === undefined) continue;
      aggregators[i] = parts.aggregator;
      const words = `*${1 + (keys?.step ?? 0)}\r\n`;
      const { command } = parts;
      partHeads[i] = Buffer.from(command === null ? words : `${words}$${command.length}\r\n${command}\r\n`);
      if (command !== null) this.partCommands[i] = this.numberOf(command);
    }
    this.scan = this.numberOf('scan');
    this.multi = this.numberOf('multi');
  }

  private hash(b: Buffer, from: number, length: number): number {
    let h = length;
    for (let i = from; i < from + length; i++) h = (Math.imul(h, 31) + (b[i] | 32)) | 0;
    return (h ^ (h >>> 10)) & this.mask;
  }

  /** Number of the command spelt by these bytes, or UNKNOWN. */
  lookup(b: Buffer, from: number, length: number): number {
    if (length > this.longest) return UNKNOWN;
    let slot = this.hash(b, from, length);
    for (;;) {
      const i = this.slots[slot] - 1;
      if (i < 0) return UNKNOWN;
      if (this.lengths[i] === length && this.sameLetters(b, from, this.offsets[i], length)) return i;
      slot = (slot + 1) & this.mask;
    }
  }

  private sameLetters(b: Buffer, from: number, offset: number, length: number): boolean {
    const { letters } = this;
    for (let i = 0; i < length; i++) {
      let c = b[from + i];
      if (c >= 65 && c <= 90) c |= 32;
      if (c !== letters[offset + i]) return false;
    }
    return true;
  }

  /** Number of a command by its name; UNKNOWN for none. */
  numberOf(name: string): number {
    return this.lookup(Buffer.from(name, 'latin1'), 0, name.length);
  }
}

const NOTHING = Buffer.alloc(0);
