/**
 * The secrets of one event loop: those of the bootstrap by name, and those that files bring, which the main thread reads and watches for all
 * (secret-file.ts). Role of Envoy's SecretManagerImpl (source/common/secret/secret_manager_impl.cc). Loaded for configs that name a secret.
 */
import { refuse } from '../config/refusal.ts';
import type { SdsSecretConfig, Secret } from '../config/schema/types.ts';
import { logger } from '../log/logger.ts';
import type { StatsRoot } from '../stats/store.ts';
import { GenericSecretValue } from './generic-secret.ts';
import { type SecretCheck, SecretEntry, type SecretKind } from './secret.ts';
import { SecretFile } from './secret-file.ts';

const log = logger('secret');

export interface SecretsOptions {
  /** Of the bootstrap. */
  readonly secrets: readonly Secret[];
  readonly store: StatsRoot;
  /** False in a worker, which is told. */
  readonly readsFiles: boolean;
  /** Tells the workers; absent where there are none. */
  readonly tell?: ((key: string, secret: Secret) => void) | undefined;
}

const KINDS: readonly SecretKind[] = ['tlsCertificate', 'validationContext', 'sessionTicketKeys', 'genericSecret'];

const UNKNOWN: Readonly<Record<SecretKind, string>> = {
  tlsCertificate: 'Unknown static secret: ',
  validationContext: 'Unknown static certificate validation context: ',
  sessionTicketKeys: 'Unknown tls session ticket keys: ',
  genericSecret: 'Unknown generic secret: ',
};

export class Secrets {
  private readonly options: SecretsOptions;
  private readonly statics = new Map<string, SecretEntry>();
  private readonly entries = new Map<string, SecretEntry>();
  /** In the main thread. */
  readonly files: SecretFile[] = [];
  /** In a worker: told before anybody asked. */
  private readonly early = new Map<string, Secret>();

  constructor(options: SecretsOptions) {
    this.options = options;
    for (const secret of options.secrets) {
      const { name = '' } = secret;
      const kind = kindOf(secret);
      if (kind === null) refuse(secret, '', 'Secret type not implemented');
      const key = `${kind} ${name}`;
      if (this.statics.has(key)) refuse(secret, 'name', `Duplicate static ${LABELS[kind]} secret name ${name}`);
      this.statics.set(key, new SecretEntry(name, kind, false, secret));
    }
  }

  /** Throws where the bootstrap has none of this name, or there is no such file. A file is read before it resolves. */
  async find(config: SdsSecretConfig, kind: SecretKind, check: SecretCheck): Promise<SecretEntry> {
    const entry = await this.lookUp(config, kind, check);
    if (entry === null) refuse(config, 'name', UNKNOWN[kind] + (config.name ?? ''));
    return entry;
  }

  /** Null where the bootstrap has none of this name; the caller's sentence is the one Envoy has. */
  async generic(config: SdsSecretConfig): Promise<GenericSecretValue | null> {
    const entry = await this.lookUp(config, 'genericSecret', () => {});
    return entry === null ? null : new GenericSecretValue(entry);
  }

  private async lookUp(config: SdsSecretConfig, kind: SecretKind, check: SecretCheck): Promise<SecretEntry | null> {
    const { name = '', sdsConfig } = config;
    if (sdsConfig === undefined) return this.statics.get(`${kind} ${name}`) ?? null;
    const path = sdsConfig.pathConfigSource?.path ?? sdsConfig.path ?? '';
    const directory = sdsConfig.pathConfigSource?.watchedDirectory?.path ?? '';
    const key = JSON.stringify([kind, name, path, directory]);
    const known = this.entries.get(key);
    if (known !== undefined) return known;
    const entry = new SecretEntry(name, kind, true, this.early.get(key) ?? null, check);
    if (this.options.readsFiles) {
      const told = (secret: Secret): void => this.options.tell?.(key, secret);
      const file = new SecretFile(entry, sdsConfig, this.options.store, told);
      this.entries.set(key, entry);
      this.files.push(file);
      await file.start();
    } else this.entries.set(key, entry);
    return entry;
  }

  /** In a worker: what the main thread has found good. */
  async told(key: string, secret: Secret): Promise<void> {
    const revived = withBuffers(secret) as Secret;
    this.early.set(key, revived);
    await this.entries.get(key)?.change(revived);
    if (log.debugOn) log.debug(`secret '${secret.name ?? ''}' is updated`);
  }

  close(): void {
    for (const f of this.files) f.close();
  }
}

const LABELS: Readonly<Record<SecretKind, string>> = {
  tlsCertificate: 'TlsCertificate',
  validationContext: 'CertificateValidationContext',
  sessionTicketKeys: 'TlsSessionTicketKeys',
  genericSecret: 'GenericSecret',
};

export function kindOf(secret: Secret): SecretKind | null {
  return KINDS.find((k) => secret[k] !== undefined) ?? null;
}

/** Buffers come out of a message between threads as plain arrays of bytes. */
function withBuffers(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (Array.isArray(value)) return value.map(withBuffers);
  if (typeof value !== 'object' || value === null || value instanceof Map) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, withBuffers(v)]));
}
