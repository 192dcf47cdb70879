/** The generator process as its parent sees it. */
import { once } from 'node:events';
import { join } from 'node:path';
import { type Child, startNode } from '../contenders/process.ts';
import type { Job, JobResult } from './job.ts';

/** Beyond warm-up and window: a generator that is silent for longer has a defect. */
const GRACE_MS = 60_000;

export class Generator {
  private readonly child: Child;
  constructor(child: Child) {
    this.child = child;
  }

  static async start(cpus: string, dir: string): Promise<Generator> {
    const child = startNode(join(import.meta.dirname, 'generator.ts'), [], cpus, join(dir, 'generator.log'));
    const failed = once(child.process, 'exit').then(() => {
      throw new Error(`the load generator did not start: ${child.lastWords()}`);
    });
    await Promise.race([once(child.process, 'message'), failed]);
    failed.catch(() => {});
    return new Generator(child);
  }

  async run(job: Job): Promise<JobResult> {
    const limit = (job.warmup + job.seconds) * 1000 + GRACE_MS;
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, AbortSignal.timeout(limit)]);
    const failed = once(this.child.process, 'exit', { signal }).then(() => {
      throw new Error(`the load generator ended: ${this.child.lastWords()}`);
    });
    failed.catch(() => {});
    try {
      const answer = once(this.child.process, 'message', { signal });
      this.child.process.send(job);
      const [message] = (await Promise.race([answer, failed])) as [{ result?: JobResult; error?: string }];
      if (message.result === undefined) throw new Error(`load generator: ${message.error}`);
      return message.result;
    } finally {
      over.abort();
    }
  }

  async stop(): Promise<void> {
    await this.child.stop();
  }
}
