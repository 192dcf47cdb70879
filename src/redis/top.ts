/**
 * Hot keys, biggest replies and slowest commands of the last minute, for clusters whose metadata ask for it (`envoylet.redis: { top: true }`). Beyond
 * Envoy. Each event loop keeps its own, in slices of ten seconds; the admin's /redis/top joins them (top-exchange.ts).
 */
import { turnMs } from '../platform/clock.ts';
import type { ClusterInfo } from '../upstream/cluster-info.ts';
import type { CommandTable } from './command-table.ts';
import { asksForTop } from './session-mode.ts';
import { type Answered, FrequentNames, Largest, type NameCount } from './top-sketch.ts';

const SLICE_MS = 10_000;
const SLICES = 6;
/** Of one slice. */
const NAMES = 256;
const ANSWERS = 32;
/** Bytes of a key that are kept. */
const LONGEST_KEY = 128;
/** Clusters that are followed: those that are forgotten by their configuration make place after a minute. */
const MOST_CLUSTERS = 64;
/** Keys of one request that are counted. */
const MOST_KEYS = 256;
/** Room at the front of a list of keys that is worth taking back. */
const USED_UP = 1024;

class Slice {
  readonly number: number;
  readonly keys = new FrequentNames(NAMES);
  readonly biggest = new Largest(ANSWERS);
  readonly slowest = new Largest(ANSWERS);
  constructor(number: number) {
    this.number = number;
  }
}

/** What one event loop, or all of them, can tell of one cluster. */
export interface ClusterTop {
  readonly cluster: string;
  readonly keys: readonly NameCount[];
  readonly biggest: readonly Answered[];
  readonly slowest: readonly Answered[];
}

class FollowedCluster {
  readonly name: string;
  private slices: Slice[] = [];
  constructor(name: string) {
    this.name = name;
  }

  current(): Slice {
    const number = Math.floor(turnMs() / SLICE_MS);
    const last = this.slices.at(-1);
    if (last !== undefined && last.number === number) return last;
    const made = new Slice(number);
    this.slices.push(made);
    if (this.slices.length > SLICES) this.slices.shift();
    return made;
  }

  recent(): readonly Slice[] {
    const oldest = Math.floor(turnMs() / SLICE_MS) - SLICES;
    return this.slices.filter((s) => s.number > oldest);
  }
}

const followed = new Map<string, FollowedCluster>();

function clusterOf(name: string): FollowedCluster | null {
  let cluster = followed.get(name);
  if (cluster === undefined) {
    if (followed.size >= MOST_CLUSTERS)
      for (const other of [...followed.values()]) if (other.recent().length === 0) followed.delete(other.name);
    if (followed.size >= MOST_CLUSTERS) return null;
    followed.set(name, (cluster = new FollowedCluster(name)));
  }
  return cluster;
}

/** Of one upstream connection: which key each request had whose reply is still to come. */
export class Follower {
  private readonly cluster: FollowedCluster;
  private readonly commands: CommandTable;
  /** Of the request that is about to be sent. */
  private readonly atHand: string[] = [];
  private keys: string[] = [];
  private first = 0;

  constructor(cluster: FollowedCluster, commands: CommandTable) {
    this.cluster = cluster;
    this.commands = commands;
  }

  /** Null: it does not ask for it, or more clusters are followed than may be. */
  static of(cluster: ClusterInfo, commands: CommandTable): Follower | null {
    const found = asksForTop(cluster) ? clusterOf(cluster.name) : null;
    return found === null ? null : new Follower(found, commands);
  }

  /** A key of the request that is sent next. */
  key(b: Buffer, from: number, length: number): void {
    const { atHand } = this;
    if (atHand.length < MOST_KEYS) atHand.push(b.toString('latin1', from, from + Math.min(length, LONGEST_KEY)));
  }

  sent(): void {
    const { atHand } = this;
    if (atHand.length === 0) {
      this.keys.push('');
      return;
    }
    const [first] = atHand;
    const frequent = this.cluster.current().keys;
    for (const name of atHand) frequent.add(name);
    atHand.length = 0;
    this.keys.push(first);
  }

  /** The oldest request has its reply: `bytes` long, after `ms`; null where it takes as long as it likes. `command`: its number, or its name. */
  answered(command: number | string, bytes: number, ms: number | null): void {
    const key = this.keys[this.first] ?? '';
    this.first++;
    if (this.first >= USED_UP || this.first === this.keys.length) {
      this.keys = this.keys.slice(this.first);
      this.first = 0;
    }
    const name = typeof command === 'string' ? command : (this.commands.countedNames[command] ?? 'other');
    const slice = this.cluster.current();
    slice.biggest.add(name, key, bytes);
    if (ms !== null) slice.slowest.add(name, key, ms);
  }

  /** The oldest request was nobody's. */
  skipped(): void {
    this.answered('', -1, null);
  }
}

/** Of this event loop. */
export function snapshot(): ClusterTop[] {
  return [...followed.values()].map((c) => {
    const slices = c.recent();
    return joined(
      c.name,
      slices.map((s) => ({
        cluster: c.name,
        keys: s.keys.list(),
        biggest: s.biggest.list(),
        slowest: s.slowest.list(),
      })),
    );
  });
}

/** Several of one cluster. */
export function joined(cluster: string, parts: readonly ClusterTop[]): ClusterTop {
  const keys = new Map<string, NameCount>();
  for (const { key, count, error } of parts.flatMap((p) => p.keys)) {
    const sum = keys.get(key);
    keys.set(key, { key, count: count + (sum?.count ?? 0), error: error + (sum?.error ?? 0) });
  }
  return {
    cluster,
    keys: [...keys.values()].sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1)).slice(0, NAMES),
    biggest: largest(parts.flatMap((p) => p.biggest)),
    slowest: largest(parts.flatMap((p) => p.slowest)),
  };
}

function largest(all: readonly Answered[]): Answered[] {
  const found = new Map<string, Answered>();
  for (const one of all) {
    const name = `${one.command} ${one.key}`;
    if (one.value > (found.get(name)?.value ?? -1)) found.set(name, one);
  }
  return [...found.values()].sort((a, b) => b.value - a.value).slice(0, ANSWERS);
}
