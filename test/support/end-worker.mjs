/** For `--import`: SIGUSR2 ends the worker thread that was made last, as a defect of Node would. */
import { createRequire, syncBuiltinESMExports } from 'node:module';

const threads = createRequire(import.meta.url)('node:worker_threads');
if (threads.isMainThread) {
  const { Worker } = threads;
  let last = null;
  threads.Worker = class extends Worker {
    constructor(...args) {
      super(...args);
      last = this;
    }
  };
  syncBuiltinESMExports();
  process.on('SIGUSR2', () => last?.terminate());
}
