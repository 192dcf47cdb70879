/**
 * What the command line asked for, typed, with Envoy's defaults and Envoy's sentences for wrong values
 * (source/server/options_impl.cc of 1.16 and 1.39). `--help`, `--version` and errors come out as a `CliExit`.
 */
import { DEFAULT_FORMAT } from '../log/format.ts';
import { LEVELS, parseLevel } from '../log/logger.ts';
import { LOGGER_NAMES } from '../log/names.ts';
import { defaultEventLoops } from '../process/event-loops.ts';
import type { ServerOptions } from '../server/options.ts';
import { HOT_RESTART_VERSION, versionLine } from '../version.ts';
import { COMMANDS } from './commands.ts';
import { ArgumentError, EarlyExit, type FlagValues, parseArguments } from './parse.ts';
import { parseFailure, usage } from './usage.ts';

/** What the command line alone knows of, beside what the server is told. */
export interface Options extends ServerOptions {
  /** Ours: known but not supported fields are warnings. */
  allowUnsupported: boolean;
  /** 2 or 3 from 1.16's flag; 0: recognised by itself. */
  bootstrapVersion: number;
  /** Sentences to log as warnings once logging is set up. */
  warnings: readonly string[];
}

/** The process has nothing to serve: print and leave. */
export class CliExit extends Error {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  constructor(code: number, stdout: string, stderr: string) {
    super(stderr);
    this.code = code;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

const fail = (text: string): never => {
  throw new CliExit(1, '', `${text}\n`);
};

/** `program` is how the process was called, for the texts. Throws CliExit. */
export function parseOptions(program: string, argv: readonly string[]): Options {
  let values: FlagValues;
  try {
    values = parseArguments(argv);
  } catch (error) {
    if (error instanceof ArgumentError) throw new CliExit(1, '', parseFailure(program, error));
    if (!(error instanceof EarlyExit)) throw error;
    if (error.what === 'version') throw new CliExit(0, versionLine(program), '');
    throw new CliExit(
      0,
      usage(
        program,
        COMMANDS.map((c) => [c.name, c.text] as const),
      ),
      '',
    );
  }
  return toOptions(values);
}

function toOptions(values: FlagValues): Options {
  const text = (name: string, otherwise = ''): string => {
    const v = values.get(name);
    return typeof v === 'string' ? v : otherwise;
  };
  const number = (name: string, otherwise: number): number => {
    const v = values.get(name);
    return typeof v === 'number' ? v : otherwise;
  };
  const on = (name: string): boolean => values.get(name) === true;
  const warnings: string[] = [];

  // The order of the checks is Envoy's, so that the first error is Envoy's too.
  if (on('use-fake-symbol-table')) {
    warnings.push('Fake symbol tables have been removed. Please remove references to --use-fake-symbol-table');
  }
  const logLevel = values.has('log-level') ? level(text('log-level')) : LEVELS.indexOf('info');
  let logFormat = text('log-format', DEFAULT_FORMAT);
  if (on('log-format-prefix-with-location')) logFormat = withLocation(logFormat);
  const componentLogLevel = text('component-log-level');
  if (on('enable-fine-grain-logging') && componentLogLevel !== '') {
    fail('error: --component-log-level will not work with --enable-fine-grain-logging');
  }
  const componentLevels = components(componentLogLevel);
  const mode = text('mode', 'serve');
  if (mode !== 'serve' && mode !== 'validate' && mode !== 'init_only') return fail(`error: unknown mode '${mode}'`);
  const ip = text('local-address-ip-version', 'v4');
  if (ip !== 'v4' && ip !== 'v6') return fail(`error: unknown IP address version '${ip}'`);
  const restartEpoch = number('restart-epoch', 0);
  if (on('use-dynamic-base-id') && restartEpoch > 0) {
    fail(`error: cannot use --restart-epoch=${restartEpoch} with --use-dynamic-base-id`);
  }
  const concurrencySet = values.has('concurrency');
  if (concurrencySet && on('cpuset-threads')) {
    warnings.push('Both --concurrency and --cpuset-threads options are set; not applying --cpuset-threads.');
  }
  if (on('allow-unknown-fields') && !on('skip-deprecated-logs')) {
    warnings.push('--allow-unknown-fields is deprecated, use --allow-unknown-static-fields instead.');
  }
  const socketPath = text('socket-path', '@envoy_domain_socket');
  let socketMode = 0;
  if (!socketPath.startsWith('@')) {
    const digits = text('socket-mode', '600');
    if (!/^[0-7]+$/.test(digits)) fail(`error: invalid socket-mode '${digits}'`);
    socketMode = Number.parseInt(digits, 8);
  }
  const drainStrategy = text('drain-strategy', 'gradual');
  if (drainStrategy !== 'gradual' && drainStrategy !== 'immediate') {
    // Envoy names the mode here, by mistake; scripts may know the sentence.
    return fail(`error: unknown drain-strategy '${mode}'`);
  }
  if (on('hot-restart-version')) {
    throw new CliExit(0, '', on('disable-hot-restart') ? 'disabled' : HOT_RESTART_VERSION);
  }
  const disabled = text('disable-extensions');
  const given = values.get('stats-tag');

  return {
    configPath: text('config-path'),
    configYaml: text('config-yaml'),
    mode,
    concurrency: concurrencySet ? Math.max(1, number('concurrency', 1)) : defaultEventLoops(on('cpuset-threads')),
    concurrencySet,
    logLevel,
    componentLogLevel,
    componentLevels,
    logPath: text('log-path'),
    logFormat,
    logFormatSet: values.has('log-format'),
    logFormatEscaped: on('log-format-escaped'),
    fileFlushIntervalMs: number('file-flush-interval-msec', 10_000),
    fileFlushMinSizeKb: number('file-flush-min-size-kb', 64),
    serviceCluster: text('service-cluster'),
    serviceNode: text('service-node'),
    serviceZone: text('service-zone'),
    localAddressIpVersion: ip,
    adminAddressPath: text('admin-address-path'),
    allowUnknownStaticFields: on('allow-unknown-static-fields') || on('allow-unknown-fields'),
    rejectUnknownDynamicFields: on('reject-unknown-dynamic-fields'),
    ignoreUnknownDynamicFields: on('ignore-unknown-dynamic-fields'),
    skipDeprecatedLogs: on('skip-deprecated-logs'),
    allowUnsupported: on('allow-unsupported'),
    drainTimeS: number('drain-time-s', 600),
    drainStrategy,
    parentShutdownTimeS: number('parent-shutdown-time-s', 900),
    disabledExtensions: disabled === '' ? [] : disabled.split(','),
    statsTags: Array.isArray(given) ? given.map(statsTag) : [],
    baseId: number('base-id', 0),
    useDynamicBaseId: on('use-dynamic-base-id'),
    baseIdPath: text('base-id-path'),
    restartEpoch,
    disableHotRestart: on('disable-hot-restart'),
    socketPath,
    socketMode,
    enableMutexTracing: on('enable-mutex-tracing'),
    cpusetThreads: on('cpuset-threads'),
    enableFineGrainLogging: on('enable-fine-grain-logging'),
    enableCoreDump: on('enable-core-dump'),
    skipHotRestartOnNoParent: on('skip-hot-restart-on-no-parent'),
    skipHotRestartParentStats: on('skip-hot-restart-parent-stats'),
    bootstrapVersion: number('bootstrap-version', 0),
    warnings,
  };
}

function level(text: string): number {
  const index = parseLevel(text);
  return index >= 0 ? index : fail(`error: invalid log level specified '${text}'`);
}

function components(text: string): (readonly [string, number])[] {
  if (text === '') return [];
  return text.split(',').map((part) => {
    const words = part.split(':');
    if (words.length !== 2) return fail(`error: component log level not correctly specified '${part}'`);
    const index = level(words[1]);
    if (!LOGGER_NAMES.includes(words[0])) return fail(`error: invalid component specified '${words[0]}'`);
    return [words[0], index] as const;
  });
}

function statsTag(pair: string): readonly [string, string] {
  const colon = pair.indexOf(':');
  if (colon < 0) return fail(`error: misformatted stats-tag '${pair}'`);
  const name = pair.slice(0, colon);
  const value = pair.slice(colon + 1);
  const wrong = /^[0-9A-Za-z]*$/.test(name) ? (/^[^.]+$/.test(value) ? undefined : value) : name;
  if (wrong !== undefined) fail(`error: misformatted stats-tag '${pair}' contains invalid char in '${wrong}'`);
  return [name, value];
}

/** 1.16's `--log-format-prefix-with-location`. */
function withLocation(format: string): string {
  return format.replace(/%%|%v/g, (flag) => (flag === '%%' ? flag : '[%g:%#] %v'));
}
