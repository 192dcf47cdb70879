/**
 * Role based access control (envoy.config.rbac.v3): policies of permissions and principals, compiled. Mirrors
 * source/extensions/filters/common/rbac/{engine_impl,matchers}.cc. Policies are asked in the order of their names.
 */

import type { Headers } from '../../codec/headers.ts';
import { cidrText } from '../../config/cidr-range.ts';
import { about, each, refuse, refuseUnregistered, within } from '../../config/refusal.ts';
import type {
  CidrRange,
  PathMatcher,
  Permission,
  Policy,
  Principal,
  PrincipalAuthenticated,
  RbacRBAC as RBAC,
  SourcedMetadata,
  UriTemplateMatchConfig,
} from '../../config/schema/types.ts';
import { type CelSite, celCompiler } from '../../format/cel-programs.ts';
import type { FormatContext, FormatInfo } from '../../format/format-context.ts';
import { IpRanges } from '../../platform/ip.ts';
import { toWire } from '../../platform/wire-text.ts';
import type { Connection } from '../../transport/connection.ts';
import { HeaderMatcher, stringTest } from '../headers/header-matcher.ts';
import type { RegexCompiler } from '../headers/regex.ts';
import type { TypedConfig } from '../route/match-tree.ts';
import { parseTemplate } from '../route/path-template.ts';
import { filterStateText } from '../route/request-context.ts';
import type { Route } from '../route/route.ts';
import { metadataTest } from '../route/value-matcher.ts';
import { urlPath, urlPathTest } from './url-path.ts';

/** What rules look at. */
export interface Subject {
  readonly request: Headers;
  readonly info: FormatInfo & { addMetadata(namespace: string, values: Record<string, unknown>): void };
  readonly connection: Connection | null;
  readonly route: Pick<Route, 'metadata'> | null;
  /** Whom the connection manager takes for the client; '' for an address that is none. */
  readonly remoteIp: string;
}

type Rule = (s: Subject) => boolean;

/** '' where none matches. */
export interface Decision {
  readonly allowed: boolean;
  readonly policy: string;
}

/** What decides: policies, or a tree of matchers (rbac-tree.ts). */
export interface RbacDecider {
  decide(s: Subject): Decision;
}

export class RbacEngine implements RbacDecider {
  private readonly action: 'ALLOW' | 'DENY' | 'LOG';
  private readonly shadow: boolean;
  private readonly policies: readonly (readonly [name: string, matches: Rule])[];

  /** `shadow`: its word does not count, and no log is told of it. */
  constructor(c: RBAC, regex: RegexCompiler, site: CelSite, shadow = false) {
    this.shadow = shadow;
    this.action = c.action ?? 'ALLOW';
    const named = [...(c.policies ?? new Map<string, Policy>())].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    this.policies = named.map(
      ([name, policy]) => [name, within(policy, () => compilePolicy(policy, regex, site))] as const,
    );
  }

  decide(s: Subject): Decision {
    const matching = this.policies.find(([, matches]) => matches(s));
    const policy = matching === undefined ? '' : matching[0];
    if (this.action === 'LOG') {
      if (!this.shadow) s.info.addMetadata('envoy.common', { access_log_hint: matching !== undefined });
      return { allowed: true, policy };
    }
    return { allowed: (matching !== undefined) === (this.action === 'ALLOW'), policy };
  }
}

function compilePolicy(policy: Policy, regex: RegexCompiler, site: CelSite): Rule {
  const permitted = any(each(policy.permissions, (p) => permission(p, regex)));
  const principals = any(each(policy.principals, (p) => principal(p, regex)));
  const { condition } = policy;
  if (condition === undefined) return (s) => permitted(s) && principals(s);
  const program = about(policy, 'condition', () => celCompiler().ofTree(condition, site, policy.celConfig));
  return (s) => permitted(s) && principals(s) && program.matches(celContext(s));
}

/** An expression is asked before there is an answer. */
export const celContext = ({ request, info }: Subject): FormatContext => ({
  info,
  request,
  response: null,
  responseTrailers: null,
});

const any =
  (rules: readonly Rule[]): Rule =>
  (s) =>
    rules.some((rule) => rule(s));
const all =
  (rules: readonly Rule[]): Rule =>
  (s) =>
    rules.every((rule) => rule(s));
const not =
  (rule: Rule): Rule =>
  (s) =>
    !rule(s);

function permission(p: Permission, regex: RegexCompiler): Rule {
  const compile = (one: Permission): Rule => permission(one, regex);
  if (p.andRules !== undefined) return all(each(p.andRules.rules, compile));
  if (p.orRules !== undefined) return any(each(p.orRules.rules, compile));
  if (p.notRule !== undefined) return not(compile(p.notRule));
  if (p.any !== undefined) return () => true;
  if (p.header !== undefined) return header(new HeaderMatcher(p.header, regex));
  if (p.urlPath !== undefined) return pathRule(p.urlPath, regex);
  if (p.destinationIp !== undefined) return address(p.destinationIp, (s) => s.connection?.localAddress.ip ?? '');
  if (p.destinationPort !== undefined) {
    const port = p.destinationPort;
    return (s) => s.connection?.localAddress.port === port;
  }
  if (p.destinationPortRange !== undefined) {
    const { start = 0, end = 0 } = p.destinationPortRange;
    return (s) => {
      const port = s.connection?.localAddress.port ?? -1;
      return port >= start && port < end;
    };
  }
  if (p.metadata !== undefined) {
    const test = metadataTest(p.metadata, regex);
    return (s) => test(s.info);
  }
  if (p.sourcedMetadata !== undefined) return sourced(p.sourcedMetadata, regex);
  if (p.requestedServerName !== undefined) {
    const test = stringTest(p.requestedServerName, regex);
    return (s) => test(s.connection?.socketInfo?.serverName ?? '');
  }
  if (p.uriTemplate !== undefined) return uriTemplate(p.uriTemplate);
  return refuse(p, '', 'a permission of this kind is not supported yet');
}

function principal(p: Principal, regex: RegexCompiler): Rule {
  const compile = (one: Principal): Rule => principal(one, regex);
  if (p.andIds !== undefined) return all(each(p.andIds.ids, compile));
  if (p.orIds !== undefined) return any(each(p.orIds.ids, compile));
  if (p.notId !== undefined) return not(compile(p.notId));
  if (p.any !== undefined) return () => true;
  if (p.sourceIp !== undefined) return address(p.sourceIp, (s) => s.connection?.remoteAddress.ip ?? '');
  if (p.directRemoteIp !== undefined) {
    return address(p.directRemoteIp, (s) => s.connection?.directRemoteAddress.ip ?? '');
  }
  if (p.remoteIp !== undefined) return address(p.remoteIp, (s) => s.remoteIp);
  if (p.header !== undefined) return header(new HeaderMatcher(p.header, regex));
  if (p.urlPath !== undefined) return pathRule(p.urlPath, regex);
  if (p.metadata !== undefined) {
    const test = metadataTest(p.metadata, regex);
    return (s) => test(s.info);
  }
  if (p.sourcedMetadata !== undefined) return sourced(p.sourcedMetadata, regex);
  if (p.authenticated !== undefined) return authenticated(p.authenticated, regex);
  if (p.filterState !== undefined) {
    const { key = '', stringMatch = {} } = p.filterState;
    const test = stringTest(stringMatch, regex);
    return ({ info }) => {
      const text = filterStateText(info, key);
      return text !== undefined && test(text);
    };
  }
  return refuse(p, '', 'a principal of this kind is not supported yet');
}

/** Over TLS: by the names in the peer's certificate, URIs first; without a name by being there. */
function authenticated(config: PrincipalAuthenticated, regex: RegexCompiler): Rule {
  const { principalName } = config;
  if (principalName === undefined) return (s) => s.connection?.security?.tls !== undefined;
  const test = stringTest(principalName, regex);
  return ({ connection }) => {
    const tls = connection?.security?.tls;
    if (tls === undefined) return false;
    const { peer } = tls;
    if (peer === null) return test('');
    return peer.uris.some(test) || peer.dnsNames.some(test) || test(peer.subject);
  };
}

function uriTemplate(config: TypedConfig): Rule {
  const { typedConfig } = config;
  if (typedConfig?.typeUrl !== 'envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig') {
    return refuseUnregistered(config);
  }
  const { pathTemplate = '' } = typedConfig.value as UriTemplateMatchConfig;
  const { pattern } = about(config, '', () => parseTemplate(pathTemplate));
  return ({ request: { path } }) => path !== '' && pattern.test(urlPath(path));
}

const header =
  (matcher: HeaderMatcher): Rule =>
  (s) =>
    matcher.matches(s.request);

function pathRule(m: PathMatcher, regex: RegexCompiler): Rule {
  const test = urlPathTest(m, regex);
  // CONNECT has none, and neither has a connection.
  return ({ request: { path } }) => path !== '' && test(path);
}

function address(range: CidrRange, of: (s: Subject) => string): Rule {
  const ranges = new IpRanges();
  const text = cidrText(range);
  about(range, 'address_prefix', () => {
    try {
      ranges.add(text);
    } catch {
      throw new Error(`malformed IP address: ${range.addressPrefix ?? ''}`);
    }
  });
  return (s) => ranges.has(of(s));
}

/** Of filters, or of the route. */
function sourced(m: SourcedMetadata, regex: RegexCompiler): Rule {
  const test = metadataTest(m.metadataMatcher ?? {}, regex);
  if (m.metadataSource !== 'ROUTE') return (s) => test(s.info);
  return ({ route }) => {
    const metadata = route?.metadata?.filterMetadata;
    return test({ dynamicMetadata: (name) => metadata?.get(toWire(name)) as Record<string, unknown> | undefined });
  };
}
