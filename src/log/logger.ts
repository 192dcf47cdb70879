/**
 * Log lines in Envoy's format and with Envoy's logger names. A disabled level costs one comparison: guard what is
 * built per request with `if (log.debugOn) log.debug(...)`.
 */

export type Level = 'trace' | 'debug' | 'info' | 'warning' | 'error' | 'critical' | 'off';
export const LEVELS: readonly Level[] = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off'];

export class Logger {
  readonly name: string;
  /** Index into LEVELS: what is below is dropped. Set through `setLevel`. */
  level = 2;
  constructor(name: string) {
    this.name = name;
  }
  get traceOn(): boolean {
    return this.level <= 0;
  }
  get debugOn(): boolean {
    return this.level <= 1;
  }
  trace(text: string): void {
    if (this.level <= 0) sink(this.name, 0, text);
  }
  debug(text: string): void {
    if (this.level <= 1) sink(this.name, 1, text);
  }
  info(text: string): void {
    if (this.level <= 2) sink(this.name, 2, text);
  }
  warn(text: string): void {
    if (this.level <= 3) sink(this.name, 3, text);
  }
  error(text: string): void {
    if (this.level <= 4) sink(this.name, 4, text);
  }
  critical(text: string): void {
    if (this.level <= 5) sink(this.name, 5, text);
  }
}

const loggers = new Map<string, Logger>();
let sink: (name: string, level: number, text: string) => void = (name, level, text) => {
  process.stderr.write(`[${LEVELS[level]}][${name}] ${text}\n`);
};

/** The logger of this name, made at first use. Names are Envoy's: admin, config, connection, http, http2, main, pool, redis, router, upstream … */
export function logger(name: string): Logger {
  let l = loggers.get(name);
  if (!l) loggers.set(name, (l = new Logger(name)));
  return l;
}
