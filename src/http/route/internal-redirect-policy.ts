/**
 * InternalRedirectPolicy, compiled: which redirects of a host are followed here instead of by the client. Mirrors
 * InternalRedirectPolicyImpl (source/common/router/config_impl.cc) and source/extensions/internal_redirect.
 */
import { refuse } from '../../config/refusal.ts';
import type { AllowListedRoutesConfig, InternalRedirectPolicy, RouteAction } from '../../config/schema/types.ts';
import { asciiLower, toWire } from '../../platform/wire-text.ts';

/** InternalRedirectPolicy.max_internal_redirects, and of statuses where none are listed. */
const DEFAULT_MAX = 1;
const DEFAULT_STATUSES = [302];
/** Others in `redirect_response_codes` are passed over. */
const KNOWN_STATUSES = [301, 302, 303, 307, 308];

export interface InternalRedirects {
  readonly max: number;
  readonly statuses: readonly number[];
  /** From http to https and back. */
  readonly crossScheme: boolean;
  /** safe_cross_scheme: from http never to https. */
  readonly safeCrossScheme: boolean;
  /** previous_routes: no route twice. */
  readonly newRoutesOnly: boolean;
  /** allow_listed_routes; null: any route. */
  readonly allowedRoutes: ReadonlySet<string> | null;
  /** Of the answer, to the request that follows. */
  readonly headersToCopy: readonly string[];
}

/** Null where none is followed. */
export function compileInternalRedirects(action: RouteAction): InternalRedirects | null {
  const policy = action.internalRedirectPolicy;
  if (policy !== undefined) return compile(policy);
  if (action.internalRedirectAction !== 'HANDLE_INTERNAL_REDIRECT') return null;
  // The older form.
  return { ...compile({}), max: action.maxInternalRedirects ?? DEFAULT_MAX };
}

function both(before: Set<string> | null, names: readonly string[]): Set<string> {
  return new Set(before === null ? names : names.filter((n) => before.has(n)));
}

const REDIRECT = 'envoy.extensions.internal_redirect';

function compile(policy: InternalRedirectPolicy): InternalRedirects {
  let safeCrossScheme = false;
  let newRoutesOnly = false;
  let allowedRoutes: Set<string> | null = null;
  for (const predicate of policy.predicates ?? []) {
    const typed = predicate.typedConfig;
    switch (typed?.typeUrl) {
      case `${REDIRECT}.previous_routes.v3.PreviousRoutesConfig`:
        newRoutesOnly = true;
        break;
      case `${REDIRECT}.safe_cross_scheme.v3.SafeCrossSchemeConfig`:
        safeCrossScheme = true;
        break;
      case `${REDIRECT}.allow_listed_routes.v3.AllowListedRoutesConfig`: {
        const names = (typed.value as AllowListedRoutesConfig).allowedRouteNames ?? [];
        // Each predicate has its say.
        allowedRoutes = both(allowedRoutes, names);
        break;
      }
      default:
        refuse(predicate, 'name', `Didn't find a registered implementation for name: '${predicate.name ?? ''}'`);
    }
  }
  const codes = (policy.redirectResponseCodes ?? []).filter((c) => KNOWN_STATUSES.includes(c));
  return {
    max: policy.maxInternalRedirects ?? DEFAULT_MAX,
    statuses: codes.length > 0 ? codes : DEFAULT_STATUSES,
    crossScheme: policy.allowCrossSchemeRedirect ?? false,
    safeCrossScheme,
    newRoutesOnly,
    allowedRoutes,
    headersToCopy: (policy.responseHeadersToCopy ?? []).map((h) => asciiLower(toWire(h))),
  };
}
