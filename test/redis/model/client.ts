/**
 * One client of the model checker: sends pipelines of random commands on keys that are its own, and holds what comes back against what the model
 * allows. Where a request failed, both that it was executed and that it was not are possible from then on, until a reply tells.
 */
import { createConnection, type Socket } from 'node:net';
import { request } from '../harness.ts';
import { isError, OK, QUEUED, type Reply, read, show, strings } from './replies.ts';
import { drawOp, type Op, type Value, WRONG } from './values.ts';

/** What happens to the upstream, as far as clients have to know. */
export interface Weather {
  /** Replies may be failures now; and those of requests that were sent before then, performance.now(). */
  failing: boolean;
  failedUntil: number;
  /** Requests that op_timeout has ended so far: on a machine that has much else to do it may in any weather. */
  timeouts(): number;
  /** A primary has died, and what its replica had not heard is not known yet: nothing is judged before. */
  deciding: boolean;
  /** Keys of which Redis has lost what it had acknowledged. */
  readonly lost: Set<string>;
  /** Requests that were sent before, and have failed, may be executed yet. */
  lateUntil: number;
}

export interface Tally {
  commands: number;
  /** Failures by their text. */
  readonly failed: Map<string, number>;
  readonly wrong: string[];
  /** Keys that it is about. */
  readonly suspects: string[];
  /** Connections that were closed under a client. */
  closed: number;
}

/** More possible values than these are not followed. */
const MOST_VALUES = 48;
const MOST_WRONG = 10;
/** And more combinations of them in a transaction. */
const MOST_WORLDS = 500;
const KEYS = 10;
const DEEPEST = 16;
/** Nothing was executed. */
const REFUSED =
  /^(LOADING|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|MASTERDOWN|NOAUTH|READONLY|no upstream host|EXECABORT|NOREPLICAS)/;
const FAILED = /^(upstream failure|finished with \d+ error\(s\))/;

/** What is known of a key. */
class Key {
  readonly name: string;
  values: Value[] = [null];
  /** Nothing more is said of it: too much is possible, or Redis has lost a write of it or of another key of the same request. */
  unknown = false;
  constructor(name: string) {
    this.name = name;
  }
}

/** Requests that were sent together, and what came back. */
interface Batch {
  readonly steps: readonly Step[];
  readonly replies: readonly Reply[];
  /** Nothing happened to the upstream meanwhile. */
  readonly fair: boolean;
  /** What has failed may be executed yet. */
  readonly late: boolean;
}

/** One request: what the reply must be like. */
interface Step {
  readonly words: readonly string[];
  /** Null: the reply is allowed. */
  check(reply: Reply): string | null;
  readonly keys: readonly Key[];
}

export interface ClientOptions {
  readonly id: number;
  readonly port: () => number;
  readonly draw: (n: number) => number;
  readonly weather: Weather;
  readonly tally: Tally;
  /** In session mode any commands may be in a transaction, and databases chosen. */
  readonly sessions: boolean;
}

export class ModelClient {
  private readonly o: ClientOptions;
  private readonly draw: (n: number) => number;
  private keys: Key[] = [];
  private tagged: Key[] = [];
  /** Those of another database. */
  private other: Key[] = [];
  private generation = 0;
  private texts = 0;
  private readonly unjudged: Batch[] = [];
  /** Of the batch that is judged. */
  private fair = false;
  private socket: Socket | null = null;
  private got: Buffer = Buffer.alloc(0);
  private wake: () => void = () => {};

  constructor(o: ClientOptions) {
    this.o = o;
    this.draw = o.draw;
    this.freshKeys();
  }

  /** Until `over`. */
  async run(over: () => boolean): Promise<void> {
    while (!over()) await this.batch();
    this.socket?.destroy();
    this.judge();
  }

  private freshKeys(): void {
    this.generation++;
    const name = (i: number): string => `c${this.o.id}.${i}.${this.generation}`;
    this.keys = Array.from({ length: KEYS }, (_, i) => new Key(name(i)));
    // These are in one slot.
    this.tagged = Array.from({ length: 3 }, (_, i) => new Key(`{t${this.o.id}.${this.generation}}${name(i)}`));
    this.other = [0, 1].map((i) => new Key(name(i)));
  }

  private readonly text = (): string => `v${this.o.id}.${this.texts++}`;

  private one<T>(list: readonly T[]): T {
    return list[this.draw(list.length)];
  }

  // --- requests ------------------------------------------------------------------------------------------------------

  private steps(): Step[] {
    const kind = this.draw(this.o.sessions ? 27 : 24);
    if (kind === 0) return [{ words: ['PING'], keys: [], check: (reply) => this.local(reply, '+PONG') }];
    if (kind === 1) {
      const text = this.text();
      return [{ words: ['ECHO', text], keys: [], check: (reply) => this.local(reply, JSON.stringify(text)) }];
    }
    if (kind <= 4) return [this.many()];
    if (kind === 5) return this.transaction();
    if (kind === 24) return this.elsewhere();
    if (kind > 24) return [this.blocking()];
    const key = this.one([...this.keys, ...this.tagged]);
    const op = drawOp(key.name, this.draw, this.text);
    return [{ words: op.words, keys: [key], check: (reply) => this.single(key, op, reply) }];
  }

  /** Answered by the proxy, which cannot fail; or, in session mode, perhaps by the host. */
  private local(reply: Reply, text: string): string | null {
    if (this.o.sessions && this.failure(reply) !== null) return null;
    return show(reply) === text ? null : text;
  }

  private ok(reply: Reply, moving = false): string | null {
    return this.failure(reply, moving) !== null || show(reply) === '+OK' ? null : '+OK';
  }

  /** In another database a key of the same name is another one. */
  private elsewhere(): Step[] {
    const there = this.one(this.other);
    const op = drawOp(there.name, this.draw, this.text);
    const selected = (reply: Reply): string | null => this.ok(reply);
    return [
      { words: ['SELECT', '3'], keys: [], check: selected },
      { words: op.words, keys: [there], check: (reply) => this.single(there, op, reply) },
      { words: ['SELECT', '0'], keys: [], check: selected },
    ];
  }

  private blocking(): Step {
    const key = this.one(this.keys);
    const op: Op = {
      words: ['BLPOP', key.name, '0.01'],
      apply(value) {
        if (value === null) return [null, null];
        if (value.kind !== 'list') return [value, WRONG];
        const [first, ...items] = value.items;
        return [items.length === 0 ? null : { kind: 'list', items }, [key.name, first]];
      },
    };
    return { words: op.words, keys: [key], check: (reply) => this.single(key, op, reply) };
  }

  private single(key: Key, op: Op, reply: Reply): string | null {
    const failure = this.failure(reply);
    if (failure === 'refused') return null;
    if (failure === 'failed') {
      this.maybe(key, op);
      return null;
    }
    const expected: string[] = [];
    const next: Value[] = [];
    const is = shown(op, reply);
    for (const value of key.values) {
      const [then, answer] = op.apply(value);
      const text = shown(op, answer);
      if (text === is) next.push(then);
      else expected.push(text);
    }
    if (next.length === 0) return expected.join(' or ');
    key.values = distinct(next);
    return null;
  }

  /** It was executed, or not, or will be. */
  private maybe(key: Key, op: Op): void {
    key.values = distinct([...key.values, ...key.values.map((v) => op.apply(v)[0])]);
  }

  /** Commands of several keys. */
  private many(): Step {
    const keys = [...new Set(Array.from({ length: 1 + this.draw(4) }, () => this.one(this.keys)))];
    const names = keys.map((k) => k.name);
    const kind = this.draw(4);
    if (kind === 0) {
      const texts = keys.map(() => this.text());
      const ops = texts.map((text): Op => ({ words: [], apply: () => [{ kind: 'string', text }, OK] }));
      return {
        words: ['MSET', ...names.flatMap((n, i) => [n, texts[i]])],
        keys,
        check: (reply) => {
          const failure = this.failure(reply);
          if (failure === null && show(reply) !== '+OK') return '+OK';
          for (const [i, key] of keys.entries()) {
            if (failure === null) key.values = [ops[i].apply(null)[0]];
            else this.maybe(key, ops[i]);
          }
          return null;
        },
      };
    }
    if (kind === 1) {
      const get: Op = {
        words: ['GET'],
        apply: (v) => [v, v !== null && v.kind === 'string' ? v.text : null],
      };
      return {
        words: ['MGET', ...names],
        keys,
        check: (reply) => {
          if (this.failure(reply) !== null) return null;
          if (!Array.isArray(reply) || reply.length !== keys.length) return `an array of ${keys.length}`;
          // Of a split MGET a key of another type is an error, of a whole one nothing.
          const wrong = keys.map((key, i) => {
            const one = (reply as Reply[])[i];
            const type = isError(one) && one.text.startsWith('WRONGTYPE');
            if (type && this.o.sessions) return 'no error';
            return type ? this.wrongType(key) : this.single(key, get, one);
          });
          return wrong.find((w) => w !== null) ?? null;
        },
      };
    }
    const [name, ends] = this.one([
      ['DEL', true],
      ['EXISTS', false],
      ['UNLINK', true],
      ['TOUCH', false],
    ] as const);
    return {
      words: [name, ...names],
      keys,
      check: (reply) => {
        if (this.failure(reply) !== null) {
          if (ends) for (const key of keys) key.values = distinct([...key.values, null]);
          return null;
        }
        const least = keys.filter((k) => !k.values.includes(null)).length;
        const most = keys.filter((k) => k.values.some((v) => v !== null)).length;
        if (typeof reply !== 'number' || reply < least || reply > most) return `${least} to ${most}`;
        for (const key of keys) {
          if (ends) key.values = [null];
          else if (reply === most && least !== most)
            key.values = key.values.filter((v) => v !== null || key.values.length === 1);
        }
        return null;
      },
    };
  }

  private wrongType(key: Key): string | null {
    const others = key.values.filter((v) => v !== null && v.kind !== 'string');
    if (others.length === 0) return 'no error';
    key.values = others;
    return null;
  }

  /** All of it or nothing. */
  private transaction(): Step[] {
    const ops = Array.from({ length: 1 + this.draw(4) }, () => {
      const key = this.one(this.tagged);
      return { key, op: drawOp(key.name, this.draw, this.text) };
    }).filter(({ op }) => op.words[0] !== 'EVAL' && op.words[0] !== 'EXISTS' && op.words[0] !== 'DEL');
    if (ops.length === 0) return [];
    const keys = [...new Set(ops.map((o) => o.key))];
    let torn = false;
    const queued = (reply: Reply): string | null => {
      if (this.failure(reply, true) !== null) torn = true;
      else if (show(reply) !== show(QUEUED)) return show(QUEUED);
      return null;
    };
    const all = (before: Map<Key, Value>): Reply[] =>
      ops.map(({ key, op }) => {
        const [then, reply] = op.apply(before.get(key) as Value);
        before.set(key, then);
        return reply;
      });
    const watches = this.draw(3) === 0;
    const discards = this.draw(6) === 0;
    const end = (reply: Reply): string | null => {
      if (discards) return this.ok(reply, true);
      const failure = this.failure(reply, true);
      if (failure === 'refused') return null;
      if (torn && failure === null) return 'an abort: part of it was refused';
      if (keys.reduce((n, k) => n * k.values.length, 1) > MOST_WORLDS) {
        for (const key of keys) key.unknown = true;
        return null;
      }
      const next = new Map<Key, Value[]>(keys.map((k) => [k, failure === null ? [] : [...k.values]]));
      const expected: string[] = [];
      for (const start of worlds(keys)) {
        const after = new Map(start);
        const answers = all(after);
        const text = `[${answers.map((a, i) => shown(ops[i].op, a)).join(' ')}]`;
        const is = Array.isArray(reply) ? `[${reply.map((a, i) => shown(ops[i]?.op, a)).join(' ')}]` : show(reply);
        if (failure !== null || text === is) for (const key of keys) next.get(key)?.push(after.get(key) as Value);
        else expected.push(text);
      }
      for (const key of keys) {
        const values = next.get(key) as Value[];
        if (values.length === 0) return expected.join(' or ');
        key.values = distinct(values);
      }
      return null;
    };
    const ok = (reply: Reply): string | null => this.ok(reply, true);
    return [
      ...(watches ? [{ words: ['WATCH', ...keys.map((k) => k.name)], keys, check: ok }] : []),
      { words: ['MULTI'], keys, check: ok },
      ...ops.map(({ key, op }) => ({ words: op.words, keys: [key], check: queued })),
      { words: [discards ? 'DISCARD' : 'EXEC'], keys, check: end },
    ];
  }

  // --- replies -------------------------------------------------------------------------------------------------------

  /** Null: it is none. `moves`: it is in a transaction, which ends where its slot moves. */
  private failure(reply: Reply, moves = false): 'failed' | 'refused' | null {
    if (!isError(reply)) return null;
    const kind = FAILED.test(reply.text) ? 'failed' : REFUSED.test(reply.text) ? 'refused' : null;
    if (kind === null) return null;
    const { failed } = this.o.tally;
    const text = reply.text
      .split(' ')
      .slice(0, kind === 'failed' ? 2 : 1)
      .join(' ');
    failed.set(text, (failed.get(text) ?? 0) + 1);
    if (moves && kind === 'refused') return kind;
    if (this.fair) this.wrong([], `${show(reply)} in good weather`);
    return kind;
  }

  /** Nothing has happened to the upstream since requests that were sent then, when so many had timed out. */
  private fairSince(began: number, timeouts: number): boolean {
    const { weather } = this.o;
    return !weather.failing && began > weather.failedUntil && timeouts === weather.timeouts();
  }

  private wrong(words: readonly string[], what: string, keys: readonly string[] = []): void {
    const { wrong, suspects } = this.o.tally;
    suspects.push(...keys);
    if (wrong.length < MOST_WRONG)
      wrong.push(`client ${this.o.id}: ${words.join(' ').slice(0, 200)}: ${what.slice(0, 600)}`);
  }

  private async batch(): Promise<void> {
    const { weather, tally, id } = this.o;
    const began = performance.now();
    const timeouts = weather.timeouts();
    const steps: Step[] = [];
    const depth = this.draw(3) === 0 ? 1 : 1 + this.draw(DEEPEST);
    while (steps.length < depth) steps.push(...this.steps());
    const socket = await this.connect();
    if (socket === null) return;
    const bytes = Buffer.concat(steps.map((s) => request(...s.words)));
    if (this.draw(4) === 0 && bytes.length > 1) {
      const cut = 1 + this.draw(bytes.length - 1);
      socket.write(bytes.subarray(0, cut));
      await new Promise(setImmediate);
      socket.write(bytes.subarray(cut));
    } else {
      socket.write(bytes);
    }
    if (this.draw(40) === 0) {
      // Gone in the middle: whatever becomes of it, it concerns nobody else.
      if (this.draw(2) === 0) await new Promise(setImmediate);
      if (this.draw(2) === 0) socket.destroy();
      else socket.resetAndDestroy();
      this.socket = null;
      this.freshKeys();
      return;
    }
    const replies: Reply[] = [];
    let closed = false;
    while (replies.length < steps.length) {
      const one = read(this.got, 0);
      if (one !== null) {
        replies.push(one.reply);
        this.got = this.got.subarray(one.next);
      } else if (socket.destroyed) {
        closed = true;
        break;
      } else await new Promise<void>((resolve) => (this.wake = resolve));
    }
    if (this.got.length > 0)
      this.wrong([], `more than was asked for: ${JSON.stringify(this.got.toString('latin1', 0, 200))}`);
    tally.commands += replies.length;
    const own = new RegExp(`v${id}\\.`);
    for (const text of replies.flatMap(strings))
      if (/v\d+\./.test(text) && !own.test(text)) this.wrong([], `somebody else's ${text}`);
    const fair = this.fairSince(began, timeouts);
    if (closed) {
      this.socket = null;
      tally.closed++;
      if (fair) this.wrong([], 'its connection was closed in good weather');
      this.judge();
      this.freshKeys();
      return;
    }
    const late = began <= weather.lateUntil || timeouts !== weather.timeouts();
    this.unjudged.push({ steps, replies, fair, late });
    this.judge();
  }

  /** What has been answered so far, unless it must first be known what is lost. */
  private judge(): void {
    if (this.o.weather.deciding) return;
    for (const batch of this.unjudged.splice(0)) this.judgeBatch(batch);
  }

  private judgeBatch({ steps, replies, fair, late }: Batch): void {
    const { tally, weather } = this.o;
    this.fair = fair;
    for (const [i, step] of steps.entries()) {
      const reply = replies[i];
      const failed = isError(reply) && FAILED.test(reply.text);
      if ((failed && late) || step.keys.some((key) => key.unknown || weather.lost.has(key.name))) {
        for (const key of step.keys) key.unknown = true;
        continue;
      }
      const before = tally.wrong.length;
      const expected = step.check(reply);
      const keys = step.keys.map((key) => key.name);
      if (expected !== null) this.wrong(step.words, `${show(reply)} instead of ${expected}`, keys);
      for (const key of step.keys) key.unknown ||= tally.wrong.length > before || key.values.length > MOST_VALUES;
    }
    if ([...this.keys, ...this.tagged, ...this.other].some((key) => key.unknown)) this.freshKeys();
  }

  private async connect(): Promise<Socket | null> {
    if (this.socket !== null && !this.socket.destroyed) return this.socket;
    const socket = createConnection({ port: this.o.port(), host: '127.0.0.1', noDelay: true });
    this.got = Buffer.alloc(0);
    this.socket = socket;
    socket.on('data', (d) => {
      if (this.socket !== socket) return;
      this.got = this.got.length === 0 ? d : Buffer.concat([this.got, d]);
      this.wake();
    });
    socket.on('error', () => {});
    return new Promise((resolve) => {
      socket.once('connect', () => resolve(socket));
      socket.on('close', () => {
        if (this.socket === socket) this.wake();
        resolve(null);
      });
    });
  }
}

function shown(op: Op | undefined, reply: Reply): string {
  return op?.unordered === true && Array.isArray(reply) ? show([...reply].sort()) : show(reply);
}

function distinct(values: readonly Value[]): Value[] {
  if (values.length === 1) return [...values];
  return [...new Map(values.map((v) => [JSON.stringify(v), v])).values()];
}

/** Every combination of possible values. */
function worlds(keys: readonly Key[]): Map<Key, Value>[] {
  let all: Map<Key, Value>[] = [new Map()];
  for (const key of keys) all = all.flatMap((w) => key.values.map((v) => new Map(w).set(key, v)));
  return all;
}
