/**
 * envoy.filters.http.credential_injector: requests get a credential that the client does not have. Mirrors
 * source/extensions/filters/http/credential_injector/credential_injector_filter.cc and, for what is in a secret,
 * source/extensions/http/injected_credentials/generic/generic_impl.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import { refuse, refuseUnregistered } from '../../config/refusal.ts';
import type { CredentialInjector, Generic, OAuth2 } from '../../config/schema/types.ts';
import { asciiLower, isWritableName, isWritableValue, toWire } from '../../platform/wire-text.ts';
import type { GenericSecretValue } from '../../secrets/generic-secret.ts';
import type { Counter } from '../../stats/store.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { CONTINUE, type HeadersStatus, type HttpFilterFactory, STOP, StreamFilter } from '../stream/filter.ts';

/** Where credentials come from. */
export interface Credentials {
  /** Lower case. */
  readonly header: string;
  /** As it is now, fit for a header; '' while there is none. */
  readonly value: string;
}

/** `http.<p>.credential_injector.` */
interface InjectorStats {
  readonly injected: Counter;
  readonly failed: Counter;
  readonly alreadyExists: Counter;
}

interface Settings {
  readonly credentials: Credentials;
  readonly overwrite: boolean;
  readonly allowWithout: boolean;
  readonly stats: InjectorStats;
}

class CredentialInjectorFilter extends StreamFilter {
  private readonly settings: Settings;

  constructor(settings: Settings) {
    super();
    this.settings = settings;
  }

  override decodeHeaders(h: Headers): HeadersStatus {
    const { credentials, overwrite, allowWithout, stats } = this.settings;
    const { header, value } = credentials;
    if (!overwrite && h.has(header)) {
      stats.alreadyExists.inc();
      return CONTINUE;
    }
    if (value === '') {
      stats.failed.inc();
      if (allowWithout) return CONTINUE;
      this.stream.sendLocalReply({
        status: 401,
        body: 'Failed to inject credential.',
        details: 'failed_to_inject_credential',
      });
      return STOP;
    }
    // Last of all, as Envoy has it.
    h.remove(header);
    h.add(header, value);
    stats.injected.inc();
    return CONTINUE;
  }
}

/** What is in a secret, behind a prefix; without the line's end that files have. */
class GenericCredentials implements Credentials {
  readonly header: string;
  private readonly prefix: string;
  private readonly secret: GenericSecretValue;
  /** `made` is of these bytes. */
  private bytes: Buffer | null = null;
  private made = '';

  constructor(config: Generic, secret: GenericSecretValue) {
    const { header = '', headerValuePrefix = '' } = config;
    this.header = asciiLower(toWire(header === '' ? 'authorization' : header));
    if (!isWritableName(this.header) || this.header === 'host') {
      refuse(config, 'header', 'a credential goes into a header of its own, not into the target of a request');
    }
    this.prefix = toWire(headerValuePrefix);
    this.secret = secret;
  }

  get value(): string {
    const { bytes } = this.secret;
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      const text = bytes.toString('latin1').replace(/[\r\n]+$/, '');
      const value = this.prefix + text;
      this.made = text === '' || !isWritableValue(value) ? '' : value;
    }
    return this.made;
  }
}

const KINDS = 'envoy.extensions.http.injected_credentials';

async function credentialsOf(config: CredentialInjector, ctx: HttpFactoryContext): Promise<Credentials> {
  const { credential = {} } = config;
  const { typedConfig } = credential;
  switch (typedConfig?.typeUrl) {
    case `${KINDS}.generic.v3.Generic`: {
      const generic = typedConfig.value as Generic;
      const { credential: named = {} } = generic;
      const secret = await (await ctx.secrets()).generic(named);
      if (secret === null) return refuse(named, 'name', `Unknown generic secret: ${named.name ?? ''}`);
      return new GenericCredentials(generic, secret);
    }
    case `${KINDS}.oauth2.v3.OAuth2`: {
      const { tokenCredentials } = await import('./injected-credentials/oauth2-token.ts');
      return tokenCredentials(typedConfig.value as OAuth2, ctx);
    }
    default:
      return refuseUnregistered(credential);
  }
}

export async function create(config: CredentialInjector, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  const { overwrite = false, allowRequestWithoutCredential: allowWithout = false } = config;
  const credentials = await credentialsOf(config, ctx);
  const scope = ctx.httpStats.scope.scope('credential_injector.');
  const settings: Settings = {
    credentials,
    overwrite,
    allowWithout,
    stats: {
      injected: scope.counter('injected'),
      failed: scope.counter('failed'),
      alreadyExists: scope.counter('already_exists'),
    },
  };
  return { terminal: false, create: () => new CredentialInjectorFilter(settings) };
}
