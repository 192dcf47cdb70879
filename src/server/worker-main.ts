/** Entry of a worker thread: one more event loop with clusters, listeners and stats of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { fileSinks } from '../log/file-sink.ts';
import { configureLogging, flushLog, logger, reopenLog, setAllLevels, setLevel } from '../log/logger.ts';
import { heldMemory } from '../platform/held-memory.ts';
import { cgroupCpuLimit } from '../process/cpu-limit.ts';
import { surviveDefects } from '../process/defects.ts';
import { watchGarbage } from '../process/garbage.ts';
import { heldBudget } from '../process/memory-limit.ts';
import { warmUpWanted } from '../process/warm-up-wanted.ts';
import { Store } from '../stats/store.ts';
import { StatsPublisher } from '../stats/workers.ts';
import { revived } from '../upstream/cluster-update.ts';
import { Engine } from './engine.ts';
import type { Update } from './update.ts';
import type { FromWorker, HostNumbers, ToWorker, WorkerData } from './worker-messages.ts';

const log = logger('main');
const data = workerData as WorkerData;
const send = (message: FromWorker): void => parentPort?.postMessage(message);
const failed = (e: unknown): void => send({ kind: 'failed', message: e instanceof Error ? e.message : String(e) });

configureLogging(data.log, data.index);
heldMemory.budget = heldBudget(data.loops);
const store = new Store({ shared: true });

/** ms after it listens: V8's settings, which are the process's, are there by then, and the main thread is warm. */
const WARM_UP_DELAY_MS = 2000;

/** As the main thread's (src/cli/serve.ts); each has code of its own. */
async function warm(engine: Engine): Promise<void> {
  const over = (): boolean => engine.connections > 0 || !warmUpWanted();
  if (over()) return;
  const { clusters, listeners } = data.config;
  const { warmUp } = await import('./warm-up/warm-up.ts');
  await warmUp({ clusters, listeners, over, cpus: cgroupCpuLimit() / data.loops });
}

/** What is told before waits in the port. */
async function begin(): Promise<void> {
  const { statsMatcher } = data.config;
  if (statsMatcher !== undefined) {
    const { rejectionOf } = await import('./stats-settings.ts');
    store.rejects = await rejectionOf(statsMatcher);
  }
  const { statsSinks } = data.config;
  const sinks = statsSinks && (await import('./stats-sinks.ts'));
  const sampling = sinks && statsSinks ? await sinks.sampledInWorker(statsSinks, store) : null;
  new StatsPublisher(store, (batch) => send({ kind: 'stats', batch }));
  const engine = new Engine(data.config, store, data.index);
  engine.clusters.report = (report) => send({ kind: 'report', report });
  parentPort?.on('message', (m: ToWorker) => told(engine, m));
  await engine.build();
  if (sinks && statsSinks && sampling !== null) {
    const made = await sinks.makeSinks(statsSinks, engine.context, true);
    sampling.samples = made.flatMap((s) => s.sample ?? []);
  }
  send({ kind: 'ready' });
}

function told(engine: Engine, m: ToWorker): void {
  switch (m.kind) {
    case 'listen':
      engine.listen(true, m.ports).then(() => {
        surviveDefects();
        // Its flags are the process's; what this thread reads in bulk is its own to collect.
        watchGarbage();
        send({ kind: 'listening' });
        setTimeout(() => {
          warm(engine).catch((e) => log.error(`warm-up: ${e instanceof Error ? e.stack : e}`));
        }, WARM_UP_DELAY_MS).unref();
      }, failed);
      break;
    case 'update':
      apply(engine, m.update);
      break;
    case 'hosts':
      send({ kind: 'hosts', id: m.id, hosts: hostNumbers(engine) });
      break;
    case 'logLevel':
      if (m.logger === '') setAllLevels(m.level);
      else setLevel(m.logger, m.level);
      break;
    case 'reopenLogs':
      fileSinks.reopen();
      reopenLog();
      break;
    case 'stop':
      stop(engine);
      break;
  }
}

/** What ends now is logged, as the main thread's is. */
function stop(engine: Engine): never {
  engine.destroy();
  fileSinks.close();
  flushLog();
  process.exit(0);
}

function apply(engine: Engine, update: Update): void {
  const applied = engine.apply(
    update.kind === 'cluster' ? { kind: 'cluster', update: revived(update.update) } : update,
  );
  // The main thread's event loop has taken the same.
  applied?.catch((e) =>
    log.error(`an update (${update.kind}) failed in worker ${data.index}: ${e instanceof Error ? e.message : e}`),
  );
}

/** For /clusters, which shows the sum of all event loops. */
function hostNumbers(e: Engine): HostNumbers {
  const out: HostNumbers = {};
  for (const c of e.clusters.clusters.values()) {
    for (const h of c.hosts) out[`${c.info.name}|${h.address.text}`] = { ...h.stats };
  }
  return out;
}

begin().catch(failed);
