/**
 * envoy.filters.network.rbac: lets connections through by where they come from and where they go, once their first bytes are there. Mirrors
 * source/extensions/filters/network/rbac/rbac_filter.cc.
 */
import { each, refuse, within } from '../../config/refusal.ts';
import type { NetworkRBAC as Config, Permission, Principal, RbacRBAC, XdsMatcher } from '../../config/schema/types.ts';
import type { FactoryContext } from '../../extension/context.ts';
import { type CelSite, celSite } from '../../format/cel-programs.ts';
import { type Decision, type RbacDecider, RbacEngine, type Subject } from '../../http/filters/rbac-engine.ts';
import { filterRegexes, type RegexCompiler } from '../../http/headers/regex.ts';
import { NO_HEADERS } from '../../http/stream/connection-facts.ts';
import type { Counter } from '../../stats/store.ts';
import { Timer } from '../../transport/timers.ts';
import type { ReadFilter, ReadFilterCallbacks, ReadFilterFactory, ReadVerdict } from '../network-filter.ts';

const NAMESPACE = 'envoy.filters.network.rbac';
const REASON = 'rbac_deny_close';

/** One engine and its statistics, `<stat_prefix>rbac.`. */
interface Judge {
  readonly engine: RbacDecider;
  readonly allowed: Counter;
  readonly denied: Counter;
}

interface Settings {
  readonly shadow: Judge | null;
  readonly enforced: Judge | null;
  /** Of what is told of the shadow rules. */
  readonly shadowPrefix: string;
  /** Asked with each read, not with the first one alone. */
  readonly continuous: boolean;
  /** 0 = closed at once. */
  readonly delayMs: number;
}

class RbacFilter implements ReadFilter {
  private readonly callbacks: ReadFilterCallbacks;
  private readonly settings: Settings;
  private denied = false;
  private delay: Timer | null = null;

  constructor(callbacks: ReadFilterCallbacks, settings: Settings) {
    this.callbacks = callbacks;
    this.settings = settings;
  }

  onData(): ReadVerdict {
    if (this.denied) return 'stop';
    const { settings } = this;
    const { connection, info } = this.callbacks;
    const subject: Subject = {
      request: NO_HEADERS,
      info,
      connection,
      route: null,
      remoteIp: connection.remoteAddress.ip,
    };
    if (settings.shadow !== null) {
      const { allowed, policy } = judge(settings.shadow, subject);
      const told: Record<string, unknown> = {
        [`${settings.shadowPrefix}shadow_engine_result`]: allowed ? 'allowed' : 'denied',
      };
      if (policy !== '') told[`${settings.shadowPrefix}shadow_effective_policy_id`] = policy;
      info.addMetadata(NAMESPACE, told);
    }
    if (settings.enforced === null) return settings.continuous ? 'continue' : 'done';
    const decision = judge(settings.enforced, subject);
    if (decision.allowed) return settings.continuous ? 'continue' : 'done';
    this.deny(decision);
    return 'stop';
  }

  private deny({ policy }: Decision): void {
    this.denied = true;
    const { connection, info } = this.callbacks;
    info.terminated(
      `rbac_access_denied_matched_policy[${policy === '' ? 'none' : policy.replace(/[ \t\n\v\f\r]/g, '_')}]`,
    );
    const close = (): void => connection.close('noFlush', REASON);
    if (this.settings.delayMs === 0) {
      close();
      return;
    }
    this.delay = new Timer(close);
    this.delay.arm(this.settings.delayMs);
  }

  onClose(): void {
    this.delay?.cancel();
  }
}

function judge(judge: Judge, s: Subject): Decision {
  const decision = judge.engine.decide(s);
  (decision.allowed ? judge.allowed : judge.denied).inc();
  return decision;
}

/** A connection has no headers. */
function refuseHeaders(rules: RbacRBAC | undefined): void {
  if (rules === undefined) return;
  for (const policy of rules.policies?.values() ?? []) {
    each(policy.permissions, ofPermission);
    each(policy.principals, ofPrincipal);
  }
}
function ofPermission(p: Permission): void {
  each(p.andRules?.rules ?? p.orRules?.rules, ofPermission);
  if (p.notRule !== undefined) ofPermission(p.notRule);
  if (p.header !== undefined) noHeaders(p, p.header.name);
}
function ofPrincipal(p: Principal): void {
  each(p.andIds?.ids ?? p.orIds?.ids, ofPrincipal);
  if (p.notId !== undefined) ofPrincipal(p.notId);
  if (p.header !== undefined) noHeaders(p, p.header.name);
}
function noHeaders(rule: Permission | Principal, name = ''): never {
  return refuse(rule, 'header', `Found header(${name}) rule,not supported by RBAC network filter`);
}

/** Where there are rules, a tree beside them does not count. */
async function decider(
  rules: RbacRBAC | undefined,
  tree: XdsMatcher | undefined,
  regex: RegexCompiler,
  site: CelSite,
  shadow: boolean,
): Promise<RbacDecider | null> {
  if (rules !== undefined) return new RbacEngine(rules, regex, site, shadow);
  if (tree === undefined) return null;
  const { RbacTree } = await import('../../http/filters/rbac-tree.ts');
  return within(tree, () => new RbacTree(tree, regex, site, shadow, false));
}

export async function create(config: Config, ctx: FactoryContext): Promise<ReadFilterFactory> {
  const regex = await filterRegexes(config, ctx.envoy16);
  const scope = ctx.store.scope(`${config.statPrefix ?? ''}rbac.`);
  const shadowPrefix = config.shadowRulesStatPrefix ?? '';
  const shadowScope =
    shadowPrefix === '' ? scope : scope.scope(shadowPrefix.endsWith('.') ? shadowPrefix : `${shadowPrefix}.`);
  const counters = { allowed: scope.counter('allowed'), denied: scope.counter('denied') };
  const shadowCounters = {
    allowed: shadowScope.counter('shadow_allowed'),
    denied: shadowScope.counter('shadow_denied'),
  };
  const site = celSite(ctx);
  const { rules, matcher, shadowRules, shadowMatcher } = config;
  refuseHeaders(rules);
  refuseHeaders(shadowRules);
  const shadow = await decider(shadowRules, shadowMatcher, regex, site, true);
  const enforced = await decider(rules, matcher, regex, site, false);
  const settings: Settings = {
    shadow: shadow === null ? null : { engine: shadow, ...shadowCounters },
    enforced: enforced === null ? null : { engine: enforced, ...counters },
    shadowPrefix,
    continuous: config.enforcementType === 'CONTINUOUS',
    delayMs: config.delayDeny ?? 0,
  };
  return { terminal: false, create: (callbacks) => new RbacFilter(callbacks, settings) };
}
