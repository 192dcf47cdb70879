/**
 * Load from the tools people know, where they are installed: wrk (HTTP/1.1), h2load or ghz (gRPC unary),
 * redis-benchmark. Closed loop only: their latencies leave out what a stalled proxy kept from being sent, so latency at
 * equal load always comes from the built-in generator.
 */
import type { Job } from '../load/job.ts';
import { ghz } from './ghz.ts';
import { h2load } from './h2load.ts';
import { redisBenchmark } from './redis-benchmark.ts';
import type { Tool, ToolSetup } from './tool.ts';
import { which } from './which.ts';
import { wrk } from './wrk.ts';

/** The tool for a kind of load, or null. */
export function toolFor(job: Job, setup: ToolSetup): Tool | null {
  const make = (name: string, build: (path: string, setup: ToolSetup) => Tool): Tool | null => {
    const path = which(name);
    return path === null ? null : build(path, setup);
  };
  // The same load for all rows of TLS, with whole handshakes.
  if (job.tls === true) return null;
  switch (job.kind) {
    case 'http1':
      return make('wrk', wrk);
    case 'grpc-unary':
      return make('h2load', h2load) ?? make('ghz', ghz);
    case 'redis':
      return make('redis-benchmark', redisBenchmark);
    default:
      return null;
  }
}
