/**
 * A secret that a file brings (SdsSecretConfig.sds_config with a path): read and watched in the main thread, with the files that it names. What is
 * wrong with a new one is said and counted, and the one before stays. Mirrors source/common/secret/sds_api.cc and
 * source/extensions/config_subscription/filesystem/filesystem_subscription_impl.cc.
 */
import { dirname } from 'node:path';
import { readDataSource } from '../config/data-source.ts';
import { ConfigError } from '../config/problem.ts';
import { ResponseFile } from '../config/response-file.ts';
import type { ConfigSource, DataSource, DiscoveryResponse, Secret } from '../config/schema/types.ts';
import { logger } from '../log/logger.ts';
import { FileWatch } from '../process/file-watch.ts';
import type { Counter, Gauge, StatsRoot } from '../stats/store.ts';
import type { SecretEntry } from './secret.ts';

const log = logger('config');
const misc = logger('misc');

const SECRET = 'envoy.extensions.transport_sockets.tls.v3.Secret';
/** Times that files are read again which change while they are read. */
const MAX_READS = 5;

/** `sds.<name>.` */
class FileStats {
  readonly attempt: Counter;
  readonly success: Counter;
  readonly failure: Counter;
  readonly rejected: Counter;
  readonly rotationFailed: Counter;
  readonly time: Gauge;

  constructor(store: StatsRoot, name: string) {
    const s = store.scope(`sds.${name}.`);
    this.attempt = s.counter('update_attempt');
    this.success = s.counter('update_success');
    this.failure = s.counter('update_failure');
    this.rejected = s.counter('update_rejected');
    this.rotationFailed = s.counter('key_rotation_failed');
    // A file has no first answer to wait for.
    s.counter('init_fetch_timeout');
    // Nor does Envoy take the time of what a file brings.
    s.histogram('update_duration', 'ms');
    this.time = s.gauge('update_time');
  }
}

export class SecretFile {
  readonly entry: SecretEntry;
  /** Of the last that was taken; for dumps. */
  versionInfo = '';
  updatedMs = 0;
  private readonly file: ResponseFile;
  private readonly stats: FileStats;
  private readonly told: (secret: Secret) => void;
  private filesWatch: FileWatch | null = null;
  /** What is named by files, as it came. */
  private secret: Secret | null = null;
  private seen = '';
  private filesSeen = '';

  /** Throws where there is nothing to read or to watch. */
  constructor(entry: SecretEntry, source: ConfigSource, store: StatsRoot, told: (secret: Secret) => void) {
    this.entry = entry;
    this.told = told;
    this.stats = new FileStats(store, entry.name);
    this.file = new ResponseFile(source, this.readResponse);
  }

  /** Never rejects: a secret that is bad is none yet. */
  start(): Promise<void> {
    return this.file.enqueue(this.readResponse);
  }

  private readonly readResponse = async (): Promise<void> => {
    const { stats } = this;
    stats.attempt.inc();
    let response: DiscoveryResponse;
    try {
      response = await this.file.read();
    } catch (error) {
      stats.failure.inc();
      log.warn(`Filesystem config update failure: ${reasonOf(error)}`);
      return;
    }
    try {
      await this.take(response);
    } catch (error) {
      stats.rejected.inc();
      log.warn(`Filesystem config update rejected: ${reasonOf(error)}`);
      return;
    }
    this.versionInfo = response.versionInfo ?? '';
    this.updatedMs = Date.now();
    stats.time.set(this.updatedMs);
    stats.success.inc();
    if (log.debugOn) log.debug(`Filesystem config update accepted for ${this.file.path}: ${this.entry.name}`);
  };

  private async take(response: DiscoveryResponse): Promise<void> {
    const secret = secretOf(response, this.entry);
    const seen = JSON.stringify(secret);
    if (seen === this.seen) return;
    this.seen = seen;
    this.secret = secret;
    this.watchFiles(secret);
    await this.resolve(secret);
  }

  /** Also of one that is not taken: it may become good when its files do. */
  private watchFiles(secret: Secret): void {
    this.filesWatch?.close();
    this.filesWatch = null;
    const { tlsCertificate: c, validationContext: v } = secret;
    const named = (c?.watchedDirectory ?? v?.watchedDirectory)?.path;
    const directories = new Set(
      named !== undefined ? [named] : sourcesOf(secret).flatMap((s) => (s.filename ? [dirname(s.filename)] : [])),
    );
    if (directories.size === 0) return;
    this.filesWatch = new FileWatch(() => this.file.enqueue(this.readFiles));
    for (const directory of directories) {
      try {
        this.filesWatch.add(directory, '');
      } catch {
        throw new Error(`unable to add filesystem watch for file ${directory}/: No such file or directory`);
      }
    }
  }

  private readonly readFiles = async (): Promise<void> => {
    const { secret } = this;
    if (secret === null) return;
    try {
      await this.resolve(secret);
    } catch (error) {
      this.stats.rotationFailed.inc();
      misc.warn(`Failed to reload certificates: ${reasonOf(error)}`);
    }
  };

  private async resolve(secret: Secret): Promise<void> {
    let resolved = withFilesRead(secret);
    let files = JSON.stringify(resolved);
    for (let reads = 1; sourcesOf(secret).some((s) => s.filename); reads++) {
      const again = withFilesRead(secret);
      const same = JSON.stringify(again) === files;
      resolved = again;
      files = JSON.stringify(again);
      if (same) break;
      if (reads === MAX_READS) {
        misc.warn(`Unable to atomically refresh secrets due to > ${MAX_READS} non-atomic rotations observed`);
        break;
      }
    }
    if (files === this.filesSeen) return;
    await this.entry.change(resolved);
    this.filesSeen = files;
    this.told(resolved);
  }

  close(): void {
    this.file.close();
    this.filesWatch?.close();
  }
}

function secretOf(response: DiscoveryResponse, entry: SecretEntry): Secret {
  const resources = response.resources ?? [];
  const { name, kind } = entry;
  if (resources.length === 0) throw new Error(`Missing SDS resources for ${name} in onConfigUpdate()`);
  if (resources.length > 1) {
    const count = `number of added resources ${resources.length}, number of removed resources 0`;
    throw new Error(`Unexpected SDS secrets length for ${name}, ${count}. Expected sum is 1`);
  }
  const [{ typeUrl, value }] = resources;
  if (typeUrl !== SECRET) throw new Error(`Unable to unpack as ${SECRET}: ${typeUrl}`);
  const secret = value as Secret;
  if ((secret.name ?? '') !== name) {
    throw new Error(`Unexpected SDS secret (expecting ${name}): ${secret.name ?? ''}`);
  }
  if (secret[kind] === undefined) throw new Error(`SDS secret ${name} has no ${kind}`);
  return secret;
}

function sourcesOf({
  tlsCertificate: c,
  validationContext: v,
  sessionTicketKeys,
  genericSecret,
}: Secret): DataSource[] {
  const all = [
    ...(c === undefined ? [] : [c.certificateChain, c.privateKey, c.pkcs12, c.password, c.ocspStaple]),
    ...(v === undefined ? [] : [v.trustedCa, v.crl]),
    ...(sessionTicketKeys?.keys ?? []),
    genericSecret?.secret,
  ];
  return all.filter((s) => s !== undefined);
}

/** A copy in which bytes stand where files were named. */
function withFilesRead(secret: Secret): Secret {
  const files = new Set<unknown>(sourcesOf(secret).filter((s) => s.filename !== undefined && s.filename !== ''));
  const copy = (value: unknown): unknown => {
    if (files.has(value)) return { inlineBytes: readDataSource(value as DataSource) };
    if (Array.isArray(value)) return value.map(copy);
    if (typeof value !== 'object' || value === null || value instanceof Map || Buffer.isBuffer(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, copy(v)]));
  };
  return copy(secret) as Secret;
}

/** Without the line it stands in: that may hold a key. */
function reasonOf(error: unknown): string {
  if (!(error instanceof ConfigError)) return error instanceof Error ? error.message : String(error);
  const [p] = error.problems;
  const at = p.line > 0 ? `:${p.line}:${p.column}` : '';
  return p.line > 0 && p.code !== 'unsupported' ? `${p.file}${at}: ${p.code}` : `${p.file}${at}: ${p.message}`;
}
