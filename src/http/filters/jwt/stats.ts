/** `http.<prefix>.jwt_authn.` (source/extensions/filters/http/jwt_authn/stats.h). */
import type { Counter, Scope } from '../../../stats/store.ts';

export interface JwtStats {
  readonly allowed: Counter;
  readonly corsPreflightBypassed: Counter;
  readonly denied: Counter;
  readonly fetchFailed: Counter;
  readonly fetchSuccess: Counter;
  readonly cacheHit: Counter;
  readonly cacheMiss: Counter;
}

export function jwtStats(scope: Scope): JwtStats {
  return {
    allowed: scope.counter('allowed'),
    corsPreflightBypassed: scope.counter('cors_preflight_bypassed'),
    denied: scope.counter('denied'),
    fetchFailed: scope.counter('jwks_fetch_failed'),
    fetchSuccess: scope.counter('jwks_fetch_success'),
    cacheHit: scope.counter('jwt_cache_hit'),
    cacheMiss: scope.counter('jwt_cache_miss'),
  };
}
