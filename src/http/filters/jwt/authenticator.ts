/**
 * Looks at the tokens of one request for one requirement. All of them have to be good, unless missing or bad ones are allowed. Mirrors
 * AuthenticatorImpl (source/extensions/filters/http/jwt_authn/authenticator.cc).
 */
import type { Headers } from '../../../codec/headers.ts';
import { asciiLower, isWritableName, isWritableValue, toWire } from '../../../platform/wire-text.ts';
import type { CallTracer } from '../../../upstream/async.ts';
import { claimText, claimValue, payloadForMetadata } from './claims.ts';
import type { KeySet } from './key-set.ts';
import type { FoundToken, TokenPlaces } from './locations.ts';
import { audienceAllowed, type Provider } from './provider.ts';
import type { JwtStats } from './stats.ts';
import {
  AUDIENCE,
  EXPIRED,
  type JwtStatus,
  MISSED,
  NO_VALID_KEYS,
  NOT_YET_VALID,
  OK,
  UNKNOWN_ISSUER,
  VERIFICATION_FAIL,
} from './status.ts';
import { isJwt, type Jwt, parseJwt } from './token.ts';

/** What a request's verifiers share. */
export interface RequestCheck {
  readonly headers: Headers;
  readonly span: CallTracer | null | undefined;
  /** Into dynamic metadata, once all is done. */
  readonly extracted: Record<string, unknown>;
  /** Ways of giving up what is under way. */
  readonly cancels: Set<() => void>;
  clearRoute(): void;
}

/** All providers of a filter. */
export interface Providers {
  readonly byName: ReadonlyMap<string, Provider>;
  readonly stats: JwtStats;
  /** The first with this issuer, else the first that says none. */
  byIssuer(issuer: string): Provider | null;
}

export interface Demand {
  /** Null: whichever a token's issuer belongs to. */
  readonly provider: Provider | null;
  /** Instead of the provider's; null for those. */
  readonly audiences: ReadonlySet<string> | null;
  readonly allowFailed: boolean;
  readonly allowMissing: boolean;
  /** extract_only_without_validation: set to `false` where a token is there and bad; '' for any other requirement. */
  readonly unverifiedHeader: string;
  readonly places: TokenPlaces;
  /** Headers that only this filter may set. */
  readonly reserved: readonly string[];
}

export class Authenticator {
  private readonly check: RequestCheck;
  private readonly providers: Providers;
  private readonly demand: Demand;
  private readonly done: (status: JwtStatus) => void;
  private readonly tokens: FoundToken[];
  private provider: Provider | null;
  private clears: boolean;

  constructor(check: RequestCheck, providers: Providers, demand: Demand, done: (status: JwtStatus) => void) {
    this.check = check;
    this.providers = providers;
    this.demand = demand;
    this.done = done;
    for (const name of demand.reserved) check.headers.remove(name);
    this.tokens = demand.places.find(check.headers);
    this.provider = null;
    this.clears = false;
  }

  start(): void {
    if (this.tokens.length === 0) this.finish(MISSED);
    else this.next();
  }

  private next(): void {
    const found = this.tokens.pop() as FoundToken;
    const { demand, providers } = this;
    let jwt: Jwt | undefined;
    if (demand.provider !== null) {
      this.provider = demand.provider;
      jwt = this.provider.remembered(found.token);
      (jwt === undefined ? providers.stats.cacheMiss : providers.stats.cacheHit).inc();
    }
    const remembered = jwt !== undefined;
    if (jwt === undefined) {
      const parsed = parseJwt(found.token);
      if (!isJwt(parsed)) {
        this.finish(parsed);
        return;
      }
      jwt = parsed;
    }
    const wrong = this.claimsFault(jwt, found);
    if (wrong !== OK) {
      this.finish(wrong);
      return;
    }
    const provider = this.provider as Provider;
    if (remembered) {
      this.accept(jwt, found, provider, true);
      return;
    }
    const keys = provider.freshKeys();
    if (keys !== null) this.verify(keys, jwt, found, provider);
    else if (provider.isRemote) this.fetch(jwt, found, provider);
    else this.finish(NO_VALID_KEYS);
  }

  private claimsFault(jwt: Jwt, found: FoundToken): JwtStatus {
    if (!found.allows(jwt.iss)) return UNKNOWN_ISSUER;
    const provider = this.demand.provider ?? this.providers.byIssuer(jwt.iss);
    if (provider === null) return UNKNOWN_ISSUER;
    this.provider = provider;
    const now = Math.floor(Date.now() / 1000);
    if (jwt.nbf !== 0 && now + provider.clockSkew < jwt.nbf) return NOT_YET_VALID;
    if (jwt.exp !== 0 && now > jwt.exp + provider.clockSkew) return EXPIRED;
    if (!provider.allowsSubject(jwt) || !provider.allowsLifetime(jwt, now)) return VERIFICATION_FAIL;
    const { audiences } = this.demand;
    const allowed = audiences === null ? provider.allowsAudience(jwt) : audienceAllowed(audiences, jwt);
    return allowed ? OK : AUDIENCE;
  }

  private fetch(jwt: Jwt, found: FoundToken, provider: Provider): void {
    const { cancels } = this.check;
    const cancel = provider.fetchKeys(this.check.span, (status, keys) => {
      cancels.delete(cancel);
      if (keys === null) this.finish(status);
      else this.verify(keys, jwt, found, provider);
    });
    cancels.add(cancel);
  }

  private verify(keys: KeySet, jwt: Jwt, found: FoundToken, provider: Provider): void {
    const status = keys.verify(jwt);
    if (status === OK) this.accept(jwt, found, provider, false);
    else this.finish(status);
  }

  private accept(jwt: Jwt, found: FoundToken, provider: Provider, remembered: boolean): void {
    this.forward(jwt, found, provider);
    if (this.demand.provider !== null && !remembered) provider.remember(found.token, jwt);
    this.finish(OK);
  }

  /** What the hosts behind, and other filters, are told. */
  private forward(jwt: Jwt, found: FoundToken, { config }: Provider): void {
    const { headers, extracted } = this.check;
    const payloadHeader = asciiLower(toWire(config.forwardPayloadHeader ?? ''));
    if (payloadHeader !== '') {
      const pad = config.padForwardPayloadHeader === true ? (4 - (jwt.payloadText.length % 4)) % 4 : 0;
      headers.add(payloadHeader, jwt.payloadText + '='.repeat(pad));
    }
    for (const claim of config.claimToHeaders ?? []) {
      const value = claimText(claimValue(jwt.payload, claim));
      const name = asciiLower(toWire(claim.headerName ?? ''));
      if (value === '' || !isWritableName(name) || !isWritableValue(value)) continue;
      headers.add(name, value);
      if (config.clearRouteCache === true) this.clears = true;
    }
    if (config.forward !== true) found.removeFrom(headers);
    const { headerInMetadata = '', payloadInMetadata = '' } = config;
    if (headerInMetadata !== '') extracted[headerInMetadata] = jwt.header;
    if (payloadInMetadata !== '') {
      const claims = config.normalizePayloadInMetadata?.spaceDelimitedClaims ?? [];
      extracted[payloadInMetadata] = payloadForMetadata(jwt.payload, claims);
      if (config.clearRouteCache === true) this.clears = true;
    }
  }

  private finish(status: JwtStatus): void {
    const { demand, check } = this;
    if (status !== OK) this.noteFailure(status);
    const tolerant = demand.allowFailed || demand.allowMissing;
    if ((status !== OK && !tolerant) || this.tokens.length === 0) {
      this.tokens.length = 0;
      if (demand.unverifiedHeader !== '' && status !== OK && status !== MISSED) {
        check.headers.set(demand.unverifiedHeader, 'false');
      }
      const allowed = demand.allowFailed || (demand.allowMissing && status === MISSED);
      this.done(allowed ? OK : status);
      if (this.clears) check.clearRoute();
      return;
    }
    this.next();
  }

  private noteFailure({ code, text }: JwtStatus): void {
    const { byName } = this.providers;
    const [only] = byName.size === 1 ? byName.values() : [];
    const name = (this.provider ?? only)?.config.failedStatusInMetadata ?? '';
    if (name !== '') this.check.extracted[name] = { code, message: text };
  }
}
