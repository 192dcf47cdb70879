/** A proxy under test: what it can do, and how it is started for a group of scenarios. */

/** Scenarios of one group run against the same listener. */
export type Group = 'http1' | 'grpc' | 'redis' | 'redis-one' | 'redis-session' | 'redis-cluster' | 'tcp' | 'tls';
export const GROUPS: readonly Group[] = [
  'http1',
  'grpc',
  'redis',
  'redis-one',
  'redis-session',
  'redis-cluster',
  'tcp',
  'tls',
];

export const isRedis = (group: Group): boolean => group.startsWith('redis');

/** The servers behind a listener of that group. */
export function redisPorts(group: Group, { redis, redisCluster }: BackendPorts): readonly number[] {
  if (group === 'redis-cluster') return redisCluster;
  return group === 'redis' ? redis : redis.slice(0, 1);
}

export interface BackendPorts {
  http1: number;
  grpc: number;
  redis: readonly number[];
  /** Nodes of one Redis Cluster; none where no scenario asks for it. */
  redisCluster: readonly number[];
}

export interface Setup {
  /** Where it has to listen, on 127.0.0.1. */
  port: number;
  adminPort: number;
  backends: BackendPorts;
  /** Threads or processes that serve. */
  workers: number;
  /** Its own directory for files. */
  dir: string;
}

export interface Contender {
  name: string;
  /** What it said about its version. */
  version: string;
  /** `proxy`, or `baseline`: what a developer would write by hand with a library. */
  kind: 'envoylet' | 'proxy' | 'baseline';
  groups: readonly Group[];
  /** Can serve with more than one thread or process (`Setup.workers`). */
  hasWorkers: boolean;
  /** Writes its files into `setup.dir` and returns the command line. */
  command(group: Group, setup: Setup): string[];
  /** Reads an envoy.yaml given by somebody else (AION's): command line for that file. */
  withConfig?(file: string, workers: number): string[];
}
