/**
 * Log lines in Envoy's format and with Envoy's logger names. A disabled level costs one comparison: guard what is
 * built per request with `if (log.debugOn) log.debug(...)`.
 * Lines of one event-loop turn leave in one write (output.ts); critical ones at once.
 */
import { compileFormat, DEFAULT_FORMAT, escapeLine, type Formatter, setLogThread } from './format.ts';
import { LOGGER_NAMES } from './names.ts';
import { Output } from './output.ts';

export type Level = 'trace' | 'debug' | 'info' | 'warning' | 'error' | 'critical' | 'off';
export const LEVELS: readonly Level[] = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off'];

const CRITICAL = 5;

export class Logger {
  readonly name: string;
  /** Index into LEVELS: what is below is dropped. Set through `setLevel`. */
  level: number;
  constructor(name: string, level: number) {
    this.name = name;
    this.level = level;
  }
  get traceOn(): boolean {
    return this.level <= 0;
  }
  get debugOn(): boolean {
    return this.level <= 1;
  }
  trace(text: string): void {
    if (this.level <= 0) emit(this.name, 0, text);
  }
  debug(text: string): void {
    if (this.level <= 1) emit(this.name, 1, text);
  }
  info(text: string): void {
    if (this.level <= 2) emit(this.name, 2, text);
  }
  warn(text: string): void {
    if (this.level <= 3) emit(this.name, 3, text);
  }
  error(text: string): void {
    if (this.level <= 4) emit(this.name, 4, text);
  }
  critical(text: string): void {
    if (this.level <= CRITICAL) emit(this.name, CRITICAL, text);
  }
}

const loggers = new Map<string, Logger>();
const overrides = new Map<string, number>();
let defaultLevel = 2;
let formatter: Formatter = compileFormat(DEFAULT_FORMAT);
let escaped = false;
const stderr = new Output(2);
let output = stderr;

function emit(name: string, level: number, text: string): void {
  const line = formatter(Date.now(), LEVELS[level], name, text);
  output.write(escaped ? escapeLine(line) + '\n' : line + '\n');
  if (level >= CRITICAL) output.flush();
}

/**
 * The logger of this name, made at first use. Names are Envoy's: admin, config, connection, http, http2, main, pool,
 * redis, router, upstream …
 */
export function logger(name: string): Logger {
  let l = loggers.get(name);
  if (!l) {
    l = new Logger(name, overrides.get(name) ?? defaultLevel);
    loggers.set(name, l);
  }
  return l;
}

/** Index of a level by any of its names (`warn` too), or -1. */
export function parseLevel(text: string): number {
  return text === 'warn' ? 3 : LEVELS.indexOf(text as Level);
}

/** Every logger as `/logging` lists them: Envoy's names in Envoy's order, then our own. */
export function activeLoggers(): Logger[] {
  for (const name of LOGGER_NAMES) logger(name);
  const own = [...loggers.values()].filter((l) => !LOGGER_NAMES.includes(l.name));
  return [...LOGGER_NAMES.map((name) => logger(name)), ...own];
}

/** `/logging?level=X`: every logger, also those made later. */
export function setAllLevels(level: number): void {
  defaultLevel = level;
  overrides.clear();
  for (const l of loggers.values()) l.level = level;
}

/** `/logging?<name>=X` and `--component-log-level`. False: no such logger. */
export function setLevel(name: string, level: number): boolean {
  if (!loggers.has(name) && !LOGGER_NAMES.includes(name)) return false;
  overrides.set(name, level);
  logger(name).level = level;
  return true;
}

export interface LogSettings {
  /** Index into LEVELS. */
  level: number;
  components: readonly (readonly [name: string, level: number])[];
  /** A spdlog pattern, Envoy's own flags included (format.ts). */
  format: string;
  /** `--log-format-escaped`: one line of output a message, whatever the message holds. */
  escaped: boolean;
  /** A file instead of standard error; '' is standard error. Throws when it cannot be opened. */
  path: string;
}

/** Called once at start of each thread, before anything is logged; `worker` is 0 in the main thread. */
export function configureLogging(s: LogSettings, worker = 0): void {
  setLogThread(worker);
  setAllLevels(s.level);
  for (const [name, level] of s.components) setLevel(name, level);
  formatter = compileFormat(s.format);
  escaped = s.escaped;
  if (s.path !== '') {
    output.flush();
    output = new Output(s.path);
  }
}

/** Lines from now on. */
export function setLogFormat(pattern: string): void {
  formatter = compileFormat(pattern);
}

/** SIGUSR1: a rotated `--log-path` is opened anew; a file that cannot be opened leaves the old one in use. */
export function reopenLog(): void {
  output.reopen();
}

/** Write out what this turn logged. Called at exit by itself. */
export function flushLog(): void {
  output.flush();
}

/** For tests: take the lines instead of writing them. Returns what undoes it. */
export function captureLog(take: (line: string) => void): () => void {
  const before = output;
  output = new Output(take);
  return () => {
    output = before;
  };
}
