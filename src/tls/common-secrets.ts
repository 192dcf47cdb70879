/**
 * Certificates and validation of a CommonTlsContext, whether they stand in it or are secrets: as they are now, or not there yet. Mirrors
 * ContextConfigImpl (source/common/tls/context_config_impl.cc).
 */
import { refuse, within } from '../config/refusal.ts';
import type {
  CertificateValidationContext,
  CommonTlsContext,
  SdsSecretConfig,
  Secret,
} from '../config/schema/types.ts';
import type { SecretEntry, SecretUser } from '../secrets/secret.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { type OwnCertificate, readOwnCertificate } from './own-certificate.ts';
import { loadValidation, makeValidation } from './peer-validation.ts';
import type { Validation } from './validation.ts';

/** Where secrets are found, as FactoryContext has it. */
export type SecretsSource = () => Promise<Secrets>;

export interface CommonParts {
  readonly certificates: readonly OwnCertificate[];
  readonly validation: Validation | null;
}

export const usesSecrets = (common: CommonTlsContext): boolean =>
  common.tlsCertificateSdsSecretConfigs !== undefined ||
  common.validationContextSdsSecretConfig !== undefined ||
  common.combinedValidationContext !== undefined;

interface NamedCertificate {
  readonly entry: SecretEntry;
  /** What `made` was made of. */
  of: unknown;
  made: OwnCertificate | null;
}

export class CommonSecrets {
  private readonly own: readonly OwnCertificate[];
  private readonly named: readonly NamedCertificate[];
  private readonly config: CertificateValidationContext | null;
  private readonly validationEntry: SecretEntry | null;
  private readonly ofServer: boolean;

  /** `ofServer`: who is validated is a server. */
  constructor(common: CommonTlsContext, entries: CommonEntries, ofServer: boolean) {
    this.ofServer = ofServer;
    this.own = (common.tlsCertificates ?? []).map((c) => within(c, () => readOwnCertificate(c)));
    // Those that are written out are the only ones then.
    const named = this.own.length > 0 ? [] : entries.certificates;
    this.named = named.map((entry) => ({ entry, of: null, made: null }));
    const { combinedValidationContext: combined } = common;
    this.config = common.validationContext ?? combined?.defaultValidationContext ?? null;
    this.validationEntry = entries.validation;
  }

  /** How many have come by file: each counts as one update. */
  get arrived(): number {
    const all = [...this.named.map((n) => n.entry), ...(this.validationEntry === null ? [] : [this.validationEntry])];
    return all.filter((e) => e.dynamic && e.current !== null).length;
  }

  get hasCertificates(): boolean {
    return this.own.length > 0 || this.named.length > 0;
  }

  watch(user: SecretUser): void {
    for (const { entry } of this.named) entry.watch(user);
    this.validationEntry?.watch(user);
  }

  /** Regular expressions that it needs are loaded; before `parts`. */
  async prepare(): Promise<void> {
    const config = this.validationConfig();
    if (config !== undefined && config !== null) await loadValidation(config);
  }

  /** Null: some secret is not there yet. Throws what is wrong with one. */
  parts(): CommonParts | null {
    const certificates = [...this.own];
    for (const n of this.named) {
      const config = n.entry.current?.tlsCertificate;
      if (config === undefined) return null;
      if (n.of !== config || n.made === null) {
        n.made = within(config, () => readOwnCertificate(config, n.entry.name));
        n.of = config;
      }
      certificates.push(n.made);
    }
    const config = this.validationConfig();
    if (config === undefined) return null;
    if (config === null) return { certificates, validation: null };
    // Node takes all that stands in such a file for authorities.
    if (certificates.some((c) => c.options.pfx !== undefined)) {
      refuse(config, '', 'a validation context beside a certificate in PKCS #12 is not supported yet');
    }
    const name = this.validationEntry?.name ?? '';
    return { certificates, validation: within(config, () => makeValidation(config, this.ofServer, name)) };
  }

  /** Null: there is none. Undefined: not there yet. */
  private validationConfig(): CertificateValidationContext | null | undefined {
    if (this.validationEntry === null) return this.config;
    const secret = this.validationEntry.current?.validationContext;
    if (secret === undefined) return undefined;
    return this.config === null ? secret : merged(this.config, secret);
  }
}

export interface CommonEntries {
  readonly certificates: readonly SecretEntry[];
  readonly validation: SecretEntry | null;
}

const CHECKS = {
  tlsCertificate({ tlsCertificate = {} }: Secret): void {
    readOwnCertificate(tlsCertificate);
  },
  /** Names may depend on an authority that stands elsewhere. */
  validationContext({ validationContext }: Secret): void {
    const {
      matchTypedSubjectAltNames: _,
      matchSubjectAltNames: __,
      customValidatorConfig: ___,
      ...rest
    } = validationContext ?? {};
    makeValidation(rest, false);
  },
};

/** The configurations of secrets that a CommonTlsContext has, by what they are of. */
function secretConfigs(common: CommonTlsContext): (readonly [SdsSecretConfig, keyof typeof CHECKS])[] {
  const validation =
    common.validationContextSdsSecretConfig ?? common.combinedValidationContext?.validationContextSdsSecretConfig;
  return [
    ...(common.tlsCertificateSdsSecretConfigs ?? []).map((c) => [c, 'tlsCertificate'] as const),
    ...(validation === undefined ? [] : [[validation, 'validationContext'] as const]),
  ];
}

/** Throws for secrets that there are not. */
export async function findSecrets(common: CommonTlsContext, secrets: SecretsSource): Promise<CommonEntries> {
  const certificates: SecretEntry[] = [];
  let validation: SecretEntry | null = null;
  for (const [config, kind] of secretConfigs(common)) {
    const entry = await (await secrets()).find(config, kind, CHECKS[kind]);
    if (kind === 'tlsCertificate') certificates.push(entry);
    else validation = entry;
  }
  return { certificates, validation };
}

/** protobuf's MergeFrom: the secret's fields win, lists are appended. */
function merged(
  config: CertificateValidationContext,
  secret: CertificateValidationContext,
): CertificateValidationContext {
  const out: Record<string, unknown> = { ...config };
  for (const [key, value] of Object.entries(secret)) {
    const before = out[key];
    out[key] = Array.isArray(value) && Array.isArray(before) ? [...before, ...value] : value;
  }
  return out as CertificateValidationContext;
}

/** Refuses what a client's context may not have. */
export function refuseSeveral(common: CommonTlsContext): void {
  const count = (common.tlsCertificates ?? []).length + (common.tlsCertificateSdsSecretConfigs ?? []).length;
  if (count > 1) refuse(common, 'tls_certificates', 'Multiple TLS certificates are not supported for client contexts');
}
