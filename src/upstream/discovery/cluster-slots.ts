/** The answer to CLUSTER SLOTS, read (RedisCluster::RedisDiscoverySession::onResponse, source/extensions/clusters/redis/redis_cluster.cc). */
import { REDIS_SLOTS } from '../load-balancers/redis-slot-numbers.ts';

export interface Node {
  /** An address or a name; '' where the host does not know its own: the one that was asked. */
  readonly host: string;
  readonly port: number;
}

/** One line of the answer: slots, and who has them. */
export interface SlotRange {
  readonly from: number;
  readonly to: number;
  /** The primary is the first. */
  readonly nodes: readonly Node[];
}

type Value = number | string | null | Value[];

const STAR = 42;
const DOLLAR = 36;
const COLON = 58;
const PLUS = 43;
const HIGHEST_PORT = 65535;

/** `reply`: one whole RESP value. Null: it is no answer to that question. */
export function slotRanges(reply: Buffer): readonly SlotRange[] | null {
  if (reply[0] !== STAR) return null;
  const [value] = read(reply, 0);
  if (!Array.isArray(value)) return null;
  const ranges: SlotRange[] = [];
  for (const line of value) {
    if (!Array.isArray(line) || line.length < 3) return null;
    const [from, to, ...nodes] = line;
    if (!isSlot(from) || !isSlot(to) || from > to) return null;
    const read = nodes.map(node);
    if (read.some((n) => n === null)) return null;
    ranges.push({ from, to, nodes: read as Node[] });
  }
  return ranges;
}

function isSlot(value: Value): value is number {
  return typeof value === 'number' && value >= 0 && value < REDIS_SLOTS;
}

function node(value: Value): Node | null {
  if (!Array.isArray(value) || value.length < 2) return null;
  const [host, port] = value;
  if (typeof port !== 'number' || port <= 0 || port > HIGHEST_PORT) return null;
  if (host !== null && typeof host !== 'string') return null;
  // What Redis 7 says where it is told to name itself and has no name.
  return { host: host === null || host === '?' ? '' : host, port };
}

/** The scanner has found the value sound: lengths are within `b`. */
function read(b: Buffer, at: number): [value: Value, next: number] {
  const line = b.indexOf('\r\n', at, 'latin1');
  const text = b.toString('latin1', at + 1, line);
  const body = line + 2;
  if (b[at] === COLON) return [Number(text), body];
  if (b[at] === DOLLAR) {
    const length = Number(text);
    return length < 0 ? [null, body] : [b.toString('utf8', body, body + length), body + length + 2];
  }
  if (b[at] !== STAR) return [b[at] === PLUS ? text : null, body];
  const values: Value[] = [];
  let next = body;
  for (let n = Number(text); n > 0; n--) {
    const [value, after] = read(b, next);
    values.push(value);
    next = after;
  }
  return [values, next];
}
