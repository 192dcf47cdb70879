/** One secret as an event loop knows it, and who wants to hear of another one. Role of Envoy's SecretProvider (envoy/secret/secret_provider.h). */
import type { Secret } from '../config/schema/types.ts';

/** What a secret is; the field of `Secret` that has it. */
export type SecretKind = 'tlsCertificate' | 'validationContext' | 'sessionTicketKeys' | 'genericSecret';

export type SecretCheck = (secret: Secret) => void;

export interface SecretUser {
  /**
   * Another secret is there: throws what is wrong with it, or returns what puts it in place. What it returns is called once nobody has thrown.
   */
  secretChanged(): Promise<() => void>;
}

export class SecretEntry {
  readonly name: string;
  readonly kind: SecretKind;
  /** It may change. */
  readonly dynamic: boolean;
  /** Null as long as there is none that is good. Of a dynamic one files are read: it stands on no file. */
  current: Secret | null;
  /** Throws what is wrong with a secret of this kind, whoever uses it. */
  private readonly check: SecretCheck;
  /** Users go with their listener or cluster and say nothing. */
  private users: WeakRef<SecretUser>[] = [];

  constructor(name: string, kind: SecretKind, dynamic: boolean, current: Secret | null, check: SecretCheck = () => {}) {
    this.check = check;
    this.name = name;
    this.kind = kind;
    this.dynamic = dynamic;
    this.current = current;
  }

  watch(user: SecretUser): void {
    if (this.dynamic) this.users.push(new WeakRef(user));
  }

  /** Rejects, and leaves everything as it was, for a secret that one of the users cannot do with. */
  async change(secret: Secret): Promise<void> {
    this.check(secret);
    const before = this.current;
    this.current = secret;
    const commits: (() => void)[] = [];
    try {
      this.users = this.users.filter((u) => u.deref() !== undefined);
      for (const u of this.users) {
        const commit = await u.deref()?.secretChanged();
        if (commit !== undefined) commits.push(commit);
      }
    } catch (error) {
      this.current = before;
      throw error;
    }
    for (const commit of commits) commit();
  }
}
