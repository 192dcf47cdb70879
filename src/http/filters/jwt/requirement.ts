/** What has to be true of a request's tokens: one provider's, any of several, all of several. Mirrors source/extensions/filters/http/jwt_authn/verifier.cc. */
import { refuse } from '../../../config/refusal.ts';
import type { JwtProvider, JwtRequirement } from '../../../config/schema/types.ts';
import { asciiLower, toWire } from '../../../platform/wire-text.ts';
import { Authenticator, type Demand, type Providers, type RequestCheck } from './authenticator.ts';
import { TokenPlaces } from './locations.ts';
import { plainAudience } from './provider.ts';
import { type JwtStatus, MISSED, OK, UNKNOWN_ISSUER } from './status.ts';

export interface Requirement {
  /** `done` is called once, from within or later; never after the request is given up. */
  verify(check: RequestCheck, done: (status: JwtStatus) => void): void;
}

const ALLOW_ALL: Requirement = { verify: (_, done) => done(OK) };
/** ExtractOnlyWithoutValidation.verification_status_header. */
const UNVERIFIED = 'x-jwt-signature-verified';

/** Headers of these providers that no client may set. */
export function reservedHeaders(providers: readonly JwtProvider[]): string[] {
  const names = providers.flatMap(({ forwardPayloadHeader = '', claimToHeaders = [] }) => [
    ...(forwardPayloadHeader === '' ? [] : [forwardPayloadHeader]),
    ...claimToHeaders.map(({ headerName = '' }) => headerName),
  ]);
  return names.map((name) => asciiLower(toWire(name)));
}

export function compileRequirement(message: JwtRequirement, providers: Providers): Requirement {
  const { requiresAny, requiresAll, allowMissing, allowMissingOrFailed, extractOnlyWithoutValidation } = message;
  if (requiresAny !== undefined) return new AnyOf(requiresAny.requirements ?? [], providers);
  if (requiresAll !== undefined) {
    return new AllOf((requiresAll.requirements ?? []).map((each) => compileRequirement(each, providers)));
  }
  if (allowMissingOrFailed !== undefined) return anyProvider(providers, true, '');
  if (allowMissing !== undefined) return anyProvider(providers, false, '');
  if (extractOnlyWithoutValidation !== undefined) {
    const { verificationStatusHeader = '' } = extractOnlyWithoutValidation;
    const header = verificationStatusHeader === '' ? UNVERIFIED : verificationStatusHeader;
    return anyProvider(providers, true, asciiLower(toWire(header)));
  }
  const { providerAndAudiences } = message;
  const name = message.providerName ?? providerAndAudiences?.providerName;
  if (name === undefined) return ALLOW_ALL;
  const provider = providers.byName.get(name);
  if (provider === undefined) refuse(message, '', `Required provider ['${name}'] is not configured.`);
  const audiences = providerAndAudiences?.audiences ?? [];
  return new One(providers, {
    provider,
    audiences: audiences.length === 0 ? null : new Set(audiences.map(plainAudience)),
    allowFailed: false,
    allowMissing: false,
    unverifiedHeader: '',
    places: new TokenPlaces([provider.config]),
    reserved: reservedHeaders([provider.config]),
  });
}

function anyProvider(providers: Providers, allowFailed: boolean, unverifiedHeader: string): Requirement {
  const configs = [...providers.byName.values()].map(({ config }) => config);
  return new One(providers, {
    provider: null,
    audiences: null,
    allowFailed,
    allowMissing: true,
    unverifiedHeader,
    places: new TokenPlaces(configs),
    reserved: unverifiedHeader === '' ? reservedHeaders(configs) : [...reservedHeaders(configs), unverifiedHeader],
  });
}

class One implements Requirement {
  private readonly providers: Providers;
  private readonly demand: Demand;
  constructor(providers: Providers, demand: Demand) {
    this.providers = providers;
    this.demand = demand;
  }
  verify(check: RequestCheck, done: (status: JwtStatus) => void): void {
    new Authenticator(check, this.providers, this.demand, done).start();
  }
}

class AllOf implements Requirement {
  private readonly children: readonly Requirement[];
  constructor(children: readonly Requirement[]) {
    this.children = children;
  }
  verify(check: RequestCheck, done: (status: JwtStatus) => void): void {
    let left = this.children.length;
    let over = false;
    for (const child of this.children) {
      if (over) return;
      child.verify(check, (status) => {
        left--;
        if (over || (status === OK && left > 0)) return;
        over = true;
        done(status);
      });
    }
  }
}

class AnyOf implements Requirement {
  private readonly children: Requirement[];
  private readonly allowFailed: boolean;
  private readonly allowMissing: boolean;

  constructor(messages: readonly JwtRequirement[], providers: Providers) {
    this.allowFailed = messages.some((m) => m.allowMissingOrFailed !== undefined);
    this.allowMissing = messages.some((m) => m.allowMissing !== undefined);
    this.children = messages
      .filter((m) => m.allowMissingOrFailed === undefined && m.allowMissing === undefined)
      .map((m) => compileRequirement(m, providers));
    // One that allows has to look at the tokens itself where nobody else does.
    if (this.children.length === 0) this.children.push(anyProvider(providers, this.allowFailed, ''));
  }

  verify(check: RequestCheck, done: (status: JwtStatus) => void): void {
    const { children } = this;
    const statuses = new Array<JwtStatus>(children.length).fill(MISSED);
    let left = children.length;
    let over = false;
    children.forEach((child, i) => {
      if (over) return;
      child.verify(check, (status) => {
        if (over) return;
        statuses[i] = status;
        left--;
        if (status !== OK && left > 0) return;
        over = true;
        done(status === OK ? OK : this.together(statuses));
      });
    });
  }

  /** What is most telling: that a token is missing, or another issuer's, says least. */
  private together(statuses: readonly JwtStatus[]): JwtStatus {
    let final = MISSED;
    for (const status of statuses) {
      if ((status !== MISSED && status !== UNKNOWN_ISSUER) || final === MISSED) final = status;
    }
    if (this.allowFailed || (this.allowMissing && final === MISSED)) return OK;
    return final;
  }
}
