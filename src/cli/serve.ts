/**
 * The life of a proxy process from parsed flags to its exit code: logging, config, start, signals, stop. The log lines
 * and exit codes people script against are Envoy's (source/server/server.cc, source/exe/main_common.cc).
 */

import { ConfigError } from '../config/problem.ts';
import { fileSinks } from '../log/file-sink.ts';
import { setFormatVersion } from '../log/format.ts';
import { configureLogging, flushLog, LEVELS, logger, reopenLog } from '../log/logger.ts';
import { cgroupCpuLimit } from '../process/cpu-limit.ts';
import { surviveDefects } from '../process/defects.ts';
import { eventLoopsLine } from '../process/event-loops.ts';
import { watchGarbage } from '../process/garbage.ts';
import {
  applyV8SettingsAfter,
  compilingLittle,
  V8_SETTINGS_DELAY_MS,
  V8_SETTINGS_DELAY_SHORT_MS,
} from '../process/v8-settings.ts';
import { warmUpWanted } from '../process/warm-up-wanted.ts';
import type { Server } from '../server/server.ts';
import { BUILD_STRING, HOT_RESTART_VERSION } from '../version.ts';
import type { Options } from './options.ts';

const log = logger('main');

/** Resolves to the exit code when the process is done; `ready` is called once it serves (the demo's hook). */
export async function serve(options: Options, ready?: () => void): Promise<number> {
  try {
    configure(options);
    if (options.mode === 'validate') return await validate(options);
    log.info(
      `initializing epoch ${options.restartEpoch} (base id=${options.baseId}, hot restart version=${HOT_RESTART_VERSION})`,
    );
    if (options.mode === 'init_only') {
      const server = await load(options);
      await server.start();
      await server.shutdown();
      return leave(0);
    }
    if (!options.concurrencySet) {
      const line = eventLoopsLine(options.concurrency, options.cpusetThreads);
      if (line !== '') log.info(line);
    }
    return await runUntilStopped(options, ready);
  } catch (error) {
    return report(options, error);
  }
}

function configure(options: Options): void {
  setFormatVersion(BUILD_STRING);
  try {
    configureLogging({
      level: options.logLevel,
      components: options.componentLevels,
      format: options.logFormat,
      escaped: options.logFormatEscaped,
      // Envoy's validation opens no log file: a path that exists only on the target machine is no fault of the config.
      path: options.mode === 'validate' ? '' : options.logPath,
    });
  } catch (error) {
    throw new Error(`Failed to open log-file '${options.logPath}'. e.what(): ${reason(error)}`);
  }
  fileSinks.flushIntervalMs = options.fileFlushIntervalMs;
  fileSinks.minFlushBytes = options.fileFlushMinSizeKb * 1024;
  for (const warning of options.warnings) log.warn(warning);
}

async function load(options: Options): Promise<Server> {
  if (options.configPath === '' && options.configYaml === '') {
    throw new Error('At least one of --config-path or --config-yaml or Options::configProto() should be non-empty');
  }
  const [{ loadBootstrap }, { Server }] = await Promise.all([
    import('../config/load.ts'),
    import('../server/server.ts'),
  ]);
  const loaded = loadBootstrap({
    path: options.configPath,
    yaml: options.configYaml,
    allowUnknownFields: options.allowUnknownStaticFields,
    allowUnsupported: options.allowUnsupported,
    keepGoing: options.mode === 'validate',
  });
  return new Server(options, loaded);
}

async function validate(options: Options): Promise<number> {
  const server = await load(options);
  await server.validate();
  process.stdout.write(`configuration '${options.configPath}' OK\n`);
  return 0;
}

/**
 * Signals are caught before the config is read: a start that waits for DNS or for its 20m of CPU can be stopped, also as
 * process 1 of a container, where SIGTERM without a handler is ignored.
 */
async function runUntilStopped(options: Options, ready?: () => void): Promise<number> {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  catchSignals(stop);
  // Without a listener nothing else would: signals and timers of the proxy do not.
  const staysAlive = setInterval(() => {}, MAX_TIMER_MS);
  const server = await load(options);
  server.onQuit = stop;
  const started = server.start().then(() => {
    surviveDefects();
    // At once: under a small limit the first second of load is enough to be killed.
    watchGarbage();
    afterStart(server);
    ready?.();
  });
  await Promise.race([stopped, started.then(() => stopped)]);
  clearInterval(staysAlive);
  log.info('shutting down server instance');
  log.info('main dispatch loop exited');
  await server.shutdown();
  return leave(0);
}

/** V8's settings, and then code that is compiled before the first request. */
function afterStart(server: Server): void {
  setTimeout(() => {
    // Not read within the start: it is some files.
    const cpus = cgroupCpuLimit();
    const begin = (): void => {
      settle(server, cpus).catch((e) => log.error(`after the start: ${e instanceof Error ? e.stack : e}`));
    };
    if (cpus < 1) setTimeout(begin, V8_SETTINGS_DELAY_SHORT_MS - V8_SETTINGS_DELAY_MS).unref();
    else begin();
  }, V8_SETTINGS_DELAY_MS).unref();
}

async function settle(server: Server, cpus: number): Promise<void> {
  const over = (): boolean => server.engine.connections > 0 || server.state !== 'LIVE' || !warmUpWanted();
  const load = (): Promise<typeof import('../server/warm-up/warm-up.ts')> => import('../server/warm-up/warm-up.ts');
  await applyV8SettingsAfter(async () => {
    await server.preload();
    // Later it would be compiled anew; but not where somebody is there already.
    if (!over()) await load();
  });
  if (over()) return;
  const { clusters = [], listeners = [] } = server.bootstrap.staticResources ?? {};
  const { warmUp } = await load();
  await compilingLittle(() => warmUp({ clusters, listeners, over, cpus }));
}

/** What Node's timers take at most. */
const MAX_TIMER_MS = 2 ** 31 - 1;

function catchSignals(stop: () => void): void {
  process.on('SIGTERM', () => {
    log.warn('caught ENVOY_SIGTERM');
    stop();
  });
  process.on('SIGINT', () => {
    log.warn('caught SIGINT');
    stop();
  });
  process.on('SIGUSR1', () => {
    log.info('caught SIGUSR1. Reopening access logs.');
    fileSinks.reopen();
    reopenLog();
  });
  process.on('SIGHUP', () => {
    log.warn('caught and eating SIGHUP. See documentation for how to hot restart.');
  });
}

/** Access logs and log lines are out before the code is handed back. */
function leave(code: number): number {
  log.info('exiting');
  fileSinks.close();
  flushLog();
  return code;
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A start that failed: the critical line with the first sentence, then everything there is to say, exit code 1. */
function report(options: Options, error: unknown): number {
  const text = reason(error);
  const [first] = text.split('\n', 1);
  log.critical(`error initializing configuration '${options.configPath}': ${first}`);
  // An error without our own sentence is a defect: its stack is worth more than its message.
  if (error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError) {
    log.critical(error.stack ?? text);
  }
  if (options.mode !== 'validate') leave(1);
  flushLog();
  const rest = remainder(options, error, text);
  if (rest !== '') process.stderr.write(`${rest}\n`);
  return 1;
}

/**
 * Envoy repeats the reason after `exiting`. Where a config is wrong, its problems with their places say it again; what has no place
 * is said once, by the log where that is read.
 */
function remainder(options: Options, error: unknown, text: string): string {
  const logged = options.logPath === '' && options.logLevel < LEVELS.indexOf('off');
  if (error instanceof ConfigError) return error.details || (logged ? '' : text);
  return options.mode === 'validate' && logged ? '' : text;
}
