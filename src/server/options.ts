/**
 * What a server is told when it starts: Envoy's flags, typed, with their defaults filled in. The command line makes it (cli/options.ts);
 * /server_info shows it. Names and meanings are those of envoy.admin.v3.CommandLineOptions.
 */
export interface ServerOptions {
  /** `-c`. '' when not given. */
  configPath: string;
  /** Merged over the file. '' when not given. */
  configYaml: string;
  mode: 'serve' | 'validate' | 'init_only';
  /** Event loops; at least 1. Default: 1, with --cpuset-threads one per CPU (process/event-loops.ts). */
  concurrency: number;
  /** True when `--concurrency` was given. */
  concurrencySet: boolean;

  /** Index into LEVELS. */
  logLevel: number;
  /** As given, for /server_info. */
  componentLogLevel: string;
  componentLevels: readonly (readonly [name: string, level: number])[];
  logPath: string;
  logFormat: string;
  /** `--log-format` was given. */
  logFormatSet: boolean;
  logFormatEscaped: boolean;
  /** Access-log flushing, ms and KiB. */
  fileFlushIntervalMs: number;
  fileFlushMinSizeKb: number;

  /** These three override `node.cluster`, `node.id` and `node.locality.zone`. */
  serviceCluster: string;
  serviceNode: string;
  serviceZone: string;
  /** Which local address goes into x-forwarded-for. */
  localAddressIpVersion: 'v4' | 'v6';
  /** File that gets `ip:port` of the admin listener. */
  adminAddressPath: string;

  allowUnknownStaticFields: boolean;
  rejectUnknownDynamicFields: boolean;
  ignoreUnknownDynamicFields: boolean;
  skipDeprecatedLogs: boolean;

  drainTimeS: number;
  drainStrategy: 'gradual' | 'immediate';
  parentShutdownTimeS: number;
  disabledExtensions: readonly string[];
  statsTags: readonly (readonly [name: string, value: string])[];

  /** Accepted for the sake of existing command lines; shown in /server_info, without effect. */
  baseId: number;
  useDynamicBaseId: boolean;
  baseIdPath: string;
  restartEpoch: number;
  disableHotRestart: boolean;
  socketPath: string;
  /** As a number: 600 octal is 384; 0 for an abstract socket. */
  socketMode: number;
  enableMutexTracing: boolean;
  cpusetThreads: boolean;
  enableFineGrainLogging: boolean;
  enableCoreDump: boolean;
  skipHotRestartOnNoParent: boolean;
  skipHotRestartParentStats: boolean;
}
