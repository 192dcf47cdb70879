/** The load generator's process: a job comes over IPC, its result goes back. It stays for all jobs, so its code is hot. */
import { setTimeout as sleep } from 'node:timers/promises';
import { between, type ProcessSample, sampleProcess } from '../measure/process.ts';
import { makeLatencies } from './histogram.ts';
import { Http1Lane } from './http1.ts';
import { grpcLanes, type Lanes } from './http2.ts';
import { http2Lanes } from './http2-get.ts';
import { openIdle } from './idle.ts';
import type { Job, JobResult } from './job.ts';
import { Pacer } from './pacer.ts';
import { RedisLane } from './redis.ts';
import { TcpLane } from './tcp.ts';

const latencies = await makeLatencies();

function lanesFor(pacer: Pacer, job: Job): Lanes {
  if (job.kind.startsWith('grpc')) return grpcLanes(pacer, job);
  if (job.kind === 'http2') return http2Lanes(pacer, job);
  const lanes = Array.from({ length: job.connections }, (_, i) => {
    if (job.kind === 'redis') return new RedisLane(pacer, job, i);
    if (job.kind === 'tcp-stream') return new TcpLane(pacer, job);
    return new Http1Lane(pacer, job);
  });
  return {
    lanes,
    close: () => {
      for (const lane of lanes) lane.close();
    },
  };
}

export async function runJob(job: Job): Promise<JobResult> {
  if (job.kind.startsWith('idle')) return await idle(job);
  latencies.reset();
  let first: ProcessSample | null = null;
  let last: ProcessSample | null = null;
  const pacer = new Pacer(job, latencies, (begins) => {
    if (job.pid === 0) return;
    if (begins) first = sampleProcess(job.pid);
    else last = sampleProcess(job.pid);
  });
  const { lanes, close } = lanesFor(pacer, job);
  const result = await pacer.run(lanes);
  close();
  return { ...result, used: between(first, last) };
}

/** `requests` is the number of connections that stayed open; CPU is that of the quiet window. */
async function idle(job: Job): Promise<JobResult> {
  const { connections, failed } = await openIdle(job);
  await sleep(job.warmup * 1000);
  const first = sampleProcess(job.pid);
  await sleep(job.seconds * 1000);
  const used = between(first, sampleProcess(job.pid));
  const alive = connections.filter((c) => c.open).length;
  for (const c of connections) c.close();
  const none = { latency: null, lateMs: 0, unsent: 0 };
  return { ...none, requests: alive, errors: failed + connections.length - alive, seconds: job.seconds, used };
}

if (process.send !== undefined) {
  process.on('message', (job: Job) => {
    runJob(job).then(
      (result) => process.send?.({ result }),
      (error: unknown) =>
        process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  // The parent is gone: nobody wants the result.
  process.on('disconnect', () => process.exit(0));
  process.send({ ready: true });
}
