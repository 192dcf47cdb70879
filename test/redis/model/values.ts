/** What Redis does with one key, for the commands that the model checker draws from: a pure function of the value to the next one and the reply. */
import { error, OK, type Reply, status } from './replies.ts';

/** Sets and hashes are kept sorted, so that equal values have equal texts. */
export type Value =
  | null
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'hash'; readonly fields: readonly (readonly [string, string])[] }
  | { readonly kind: 'set'; readonly members: readonly string[] }
  | { readonly kind: 'zset'; readonly scores: readonly (readonly [string, number])[] }
  | { readonly kind: 'stream'; readonly entries: readonly (readonly [number, string])[] };

export interface Op {
  /** Its key is word 1, or word 3 of EVAL. */
  readonly words: readonly string[];
  /** The order of the reply's elements means nothing. */
  readonly unordered?: true;
  apply(value: Value): [Value, Reply];
}

export const WRONG = error('WRONGTYPE Operation against a key holding the wrong kind of value');
const NO_INTEGER = error('ERR value is not an integer or out of range');
const SMALL_ID = error('ERR The ID specified in XADD is equal or smaller than the target stream top item');
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

type Kind = NonNullable<Value>['kind'];
type OfKind<K extends Kind> = Extract<Value, { kind: K }>;

/** An operation on values of one kind; none is there: `empty`. A value without content is no value. */
function on<K extends Kind>(
  kind: K,
  empty: OfKind<K>,
  words: readonly string[],
  act: (value: OfKind<K>, exists: boolean) => [OfKind<K> | null, Reply],
  unordered?: true,
): Op {
  return {
    words,
    unordered,
    apply(value) {
      if (value !== null && value.kind !== kind) return [value, WRONG];
      return act((value ?? empty) as OfKind<K>, value !== null);
    },
  };
}

const string = (words: readonly string[], act: (text: string, exists: boolean) => [string | null, Reply]): Op =>
  on('string', { kind: 'string', text: '' }, words, (v, exists) => {
    const [text, reply] = act(v.text, exists);
    return [text === null ? null : { kind: 'string', text }, reply];
  });

/** Of a read: nothing is made where nothing is. */
const same = (text: string, exists: boolean, reply: Reply): [string | null, Reply] => [exists ? text : null, reply];

function list(
  words: readonly string[],
  act: (items: readonly string[], exists: boolean) => [readonly string[], Reply],
) {
  return on('list', { kind: 'list', items: [] }, words, (v, exists) => {
    const [items, reply] = act(v.items, exists);
    return [items.length === 0 ? null : { kind: 'list', items }, reply];
  });
}

function hash(words: readonly string[], act: (fields: Map<string, string>) => Reply, unordered?: true): Op {
  return on(
    'hash',
    { kind: 'hash', fields: [] },
    words,
    (v) => {
      const fields = new Map(v.fields);
      const reply = act(fields);
      return [
        fields.size === 0 ? null : { kind: 'hash', fields: [...fields].sort((a, b) => byText(a[0], b[0])) },
        reply,
      ];
    },
    unordered,
  );
}

function set(words: readonly string[], act: (members: Set<string>) => Reply, unordered?: true): Op {
  return on(
    'set',
    { kind: 'set', members: [] },
    words,
    (v) => {
      const members = new Set(v.members);
      const reply = act(members);
      return [members.size === 0 ? null : { kind: 'set', members: [...members].sort(byText) }, reply];
    },
    unordered,
  );
}

function zset(words: readonly string[], act: (scores: Map<string, number>) => Reply): Op {
  return on('zset', { kind: 'zset', scores: [] }, words, (v) => {
    const scores = new Map(v.scores);
    const reply = act(scores);
    const sorted = [...scores].sort((a, b) => a[1] - b[1] || byText(a[0], b[0]));
    return [sorted.length === 0 ? null : { kind: 'zset', scores: sorted }, reply];
  });
}

function stream(
  words: readonly string[],
  act: (entries: readonly (readonly [number, string])[]) => [readonly (readonly [number, string])[] | null, Reply],
): Op {
  return on('stream', { kind: 'stream', entries: [] }, words, (v, exists) => {
    const [entries, reply] = act(v.entries);
    return [entries === null ? (exists ? v : null) : { kind: 'stream', entries }, reply];
  });
}

const MAX_RANGE = 4;
const INTEGER = /^(0|-?[1-9]\d{0,15})$/;

function add(words: readonly string[], by: number): Op {
  return string(words, (text, exists) => {
    if (exists && !INTEGER.test(text)) return [text, NO_INTEGER];
    const n = Number(text) + by;
    return [`${n}`, n];
  });
}

/** A range as Redis reads it: negative from the end. */
function range<T>(items: readonly T[], from: number, to: number): readonly T[] {
  const first = from < 0 ? Math.max(0, items.length + from) : from;
  const last = to < 0 ? items.length + to : to;
  return items.slice(first, Math.max(0, last + 1));
}

/** GETRANGE's: an end before the beginning is the first character. */
function substring(text: string, from: number, to: number): string {
  if (from < 0 && to < 0 && from > to) return '';
  const first = from < 0 ? Math.max(0, text.length + from) : from;
  const last = to < 0 ? Math.max(0, text.length + to) : to;
  return text.slice(first, last + 1);
}

function setBit(text: string, at: number, bit: number): [string, number] {
  const bytes = Buffer.alloc(Math.max(text.length, (at >> 3) + 1));
  bytes.write(text, 'latin1');
  const mask = 0x80 >> (at & 7);
  const old = (bytes[at >> 3] & mask) === 0 ? 0 : 1;
  bytes[at >> 3] = bit === 1 ? bytes[at >> 3] | mask : bytes[at >> 3] & ~mask;
  return [bytes.toString('latin1'), old];
}

/** `draw(n)`: 0 … n − 1. `text()`: a new string that says whose it is. */
export function drawOp(key: string, draw: (n: number) => number, text: () => string): Op {
  const field = `f${draw(4)}`;
  const i = draw(6) - 3;
  const j = i + draw(MAX_RANGE);
  const n = draw(20) - 10;
  const v = text();
  const id = 1 + draw(200);
  const makers: (() => Op)[] = [
    () => ({ words: ['SET', key, `${n}`], apply: () => [{ kind: 'string', text: `${n}` }, OK] }),
    () => ({ words: ['SET', key, v], apply: () => [{ kind: 'string', text: v }, OK] }),
    () => string(['GET', key], (s, exists) => same(s, exists, exists ? s : null)),
    () => string(['GETDEL', key], (s, exists) => [null, exists ? s : null]),
    () => string(['GETSET', key, v], (s, exists) => [v, exists ? s : null]),
    () => string(['APPEND', key, 'ab'], (s) => [`${s}ab`, s.length + 2]),
    () => string(['STRLEN', key], (s, exists) => same(s, exists, s.length)),
    () => string(['GETRANGE', key, `${i}`, `${j}`], (s, exists) => same(s, exists, substring(s, i, j))),
    () => string(['GETBIT', key, `${j + 3}`], (s, exists) => same(s, exists, setBit(s, j + 3, 0)[1])),
    () => string(['SETBIT', key, `${j + 3}`, '1'], (s) => setBit(s, j + 3, 1)),
    () => add(['INCR', key], 1),
    () => add(['DECR', key], -1),
    () => add(['INCRBY', key, `${n}`], n),
    () => ({
      words: ['SETNX', key, v],
      apply: (value) => (value === null ? [{ kind: 'string', text: v }, 1] : [value, 0]),
    }),
    () => list(['RPUSH', key, v, 'x'], (items) => [[...items, v, 'x'], items.length + 2]),
    () => list(['LPUSH', key, v], (items) => [[v, ...items], items.length + 1]),
    () => list(['LPUSHX', key, v], (items, exists) => (exists ? [[v, ...items], items.length + 1] : [[], 0])),
    () => list(['LPOP', key], (items) => [items.slice(1), items[0] ?? null]),
    () => list(['RPOP', key], (items) => [items.slice(0, -1), items.at(-1) ?? null]),
    () => list(['LLEN', key], (items) => [items, items.length]),
    () => list(['LRANGE', key, `${i}`, `${j}`], (items) => [items, range(items, i, j)]),
    () => list(['LINDEX', key, `${i}`], (items) => [items, items.at(i) ?? null]),
    () =>
      list(['LREM', key, '0', 'x'], (items) => [items.filter((x) => x !== 'x'), items.filter((x) => x === 'x').length]),
    () => list(['LTRIM', key, '0', '5'], (items) => [items.slice(0, 6), OK]),
    () =>
      hash(['HSET', key, field, v], (f) => {
        const made = f.has(field) ? 0 : 1;
        f.set(field, v);
        return made;
      }),
    () => hash(['HGET', key, field], (f) => f.get(field) ?? null),
    () => hash(['HMGET', key, field, 'none'], (f) => [f.get(field) ?? null, f.get('none') ?? null]),
    () => hash(['HDEL', key, field], (f) => (f.delete(field) ? 1 : 0)),
    () => hash(['HLEN', key], (f) => f.size),
    () => hash(['HEXISTS', key, field], (f) => (f.has(field) ? 1 : 0)),
    () => hash(['HKEYS', key], (f) => [...f.keys()], true),
    () => hash(['HVALS', key], (f) => [...f.values()], true),
    () =>
      hash(['HINCRBY', key, 'n', `${n}`], (f) => {
        const now = Number(f.get('n') ?? 0) + n;
        f.set('n', `${now}`);
        return now;
      }),
    () =>
      set(['SADD', key, v, field], (m) => {
        const before = m.size;
        m.add(v).add(field);
        return m.size - before;
      }),
    () => set(['SREM', key, field], (m) => (m.delete(field) ? 1 : 0)),
    () => set(['SISMEMBER', key, field], (m) => (m.has(field) ? 1 : 0)),
    () => set(['SMISMEMBER', key, field, v], (m) => [m.has(field) ? 1 : 0, m.has(v) ? 1 : 0]),
    () => set(['SCARD', key], (m) => m.size),
    () => set(['SMEMBERS', key], (m) => [...m], true),
    () =>
      zset(['ZADD', key, `${n}`, field], (z) => {
        const made = z.has(field) ? 0 : 1;
        z.set(field, n);
        return made;
      }),
    () =>
      zset(['ZINCRBY', key, `${n}`, field], (z) => {
        const score = (z.get(field) ?? 0) + n;
        z.set(field, score);
        return `${score}`;
      }),
    () => zset(['ZSCORE', key, field], (z) => (z.has(field) ? `${z.get(field)}` : null)),
    () =>
      zset(['ZRANK', key, field], (z) => {
        const rank = [...z.keys()].indexOf(field);
        return rank < 0 ? null : rank;
      }),
    () => zset(['ZCARD', key], (z) => z.size),
    () => zset(['ZREM', key, field], (z) => (z.delete(field) ? 1 : 0)),
    () => zset(['ZCOUNT', key, '-3', '3'], (z) => [...z.values()].filter((s) => s >= -3 && s <= 3).length),
    () => zset(['ZRANGE', key, '0', '1'], (z) => [...z.keys()].slice(0, 2)),
    () =>
      stream(['XADD', key, `${id}-1`, 'f', v], (e) =>
        e.length > 0 && e[e.length - 1][0] >= id ? [null, SMALL_ID] : [[...e, [id, v]], `${id}-1`],
      ),
    () => stream(['XLEN', key], (e) => [null, e.length]),
    () =>
      stream(['XRANGE', key, '-', '+', 'COUNT', '2'], (e) => [
        null,
        e.slice(0, 2).map(([at, x]) => [`${at}-1`, ['f', x]]),
      ]),
    () => ({ words: ['TYPE', key], apply: (value) => [value, status(value === null ? 'none' : value.kind)] }),
    () => ({ words: ['TTL', key], apply: (value) => [value, value === null ? -2 : -1] }),
    () => ({ words: ['DEL', key], apply: (value) => [null, value === null ? 0 : 1] }),
    () => ({ words: ['EXISTS', key], apply: (value) => [value, value === null ? 0 : 1] }),
    () => ({
      words: ['EVAL', "local t=redis.call('TYPE',KEYS[1]).ok return {t,ARGV[1]}", '1', key, v],
      apply: (value) => [value, [value === null ? 'none' : value.kind, v]],
    }),
  ];
  return makers[draw(makers.length)]();
}
