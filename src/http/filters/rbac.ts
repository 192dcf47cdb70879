/** envoy.filters.http.rbac: lets requests through by who sends them and what they want. Mirrors source/extensions/filters/http/rbac/rbac_filter.cc. */
import type { Headers } from '../../codec/headers.ts';
import type { HttpRbac as Config, RBACPerRoute, RbacRBAC as Rules, XdsMatcher } from '../../config/schema/types.ts';
import { type CelSite, celSite } from '../../format/cel-programs.ts';
import type { Scope } from '../../stats/store.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { filterRegexes, type RegexCompiler } from '../headers/regex.ts';
import { CONTINUE, type HeadersStatus, type HttpFilterFactory, STOP, StreamFilter } from '../stream/filter.ts';
import { type Decision, type RbacDecider, RbacEngine, type Subject } from './rbac-engine.ts';
import { RbacTree } from './rbac-tree.ts';

const NAMESPACE = 'envoy.filters.http.rbac';

/** One engine, and how its decisions are counted and told. */
class Judge {
  private readonly engine: RbacDecider;
  private readonly scope: Scope;
  /** `shadow_` for one that does not count. */
  private readonly kind: string;
  private readonly field: string;
  private readonly perRule: boolean;

  constructor(engine: RbacDecider, scope: Scope, shadow: boolean, prefix: string, perRule: boolean) {
    this.engine = engine;
    this.scope = scope;
    this.kind = shadow ? 'shadow_' : '';
    this.field = `${prefix}${shadow ? 'shadow' : 'enforced'}`;
    this.perRule = perRule;
  }

  judge(s: Subject): Decision {
    const decision = this.engine.decide(s);
    const { allowed, policy } = decision;
    const result = allowed ? 'allowed' : 'denied';
    this.scope.counter(`${this.kind}${result}`).inc();
    if (this.perRule && policy !== '') this.scope.counter(`policy.${policy}.${this.kind}${result}`).inc();
    const told: Record<string, unknown> = { [`${this.field}_engine_result`]: result };
    if (policy !== '') told[`${this.field}_effective_policy_id`] = policy;
    s.info.addMetadata(NAMESPACE, told);
    return decision;
  }
}

interface Settings {
  readonly shadow: Judge | null;
  readonly enforced: Judge | null;
}

class RbacFilter extends StreamFilter {
  private readonly settings: Settings;
  private readonly ctx: HttpFactoryContext;

  constructor(settings: Settings, ctx: HttpFactoryContext) {
    super();
    this.settings = settings;
    this.ctx = ctx;
  }

  override decodeHeaders(h: Headers): HeadersStatus {
    const { stream } = this;
    const { shadow, enforced } = stream.routeConfig<Settings>(this) ?? this.settings;
    if (shadow === null && enforced === null) return CONTINUE;
    const { info, connection } = stream;
    const remoteIp = this.ctx.clientAddress?.({ request: h, info }) ?? connection?.remoteAddress.ip ?? '';
    const subject: Subject = { request: h, info, connection, route: stream.route(), remoteIp };
    shadow?.judge(subject);
    const decision = enforced?.judge(subject);
    if (decision === undefined || decision.allowed) return CONTINUE;
    const policy = decision.policy === '' ? 'none' : decision.policy.replace(/[ \t\n\v\f\r]/g, '_');
    const details = `rbac_access_denied_matched_policy[${policy}]`;
    stream.sendLocalReply({ status: 403, body: 'RBAC: access denied', details });
    return STOP;
  }
}

/** Statistics have the prefixes of the filter, and so has what is told of its rules; of shadow rules a route says its own. */
class Counting {
  readonly enforced: Scope;
  readonly shadow: Scope;
  readonly prefix: string;

  constructor(c: Config, ctx: HttpFactoryContext) {
    const below = (prefix = ''): Scope => {
      const dot = prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`;
      return ctx.httpStats.scope.scope(`rbac.${dot}`);
    };
    this.enforced = below(c.rulesStatPrefix);
    this.shadow = below(c.shadowRulesStatPrefix);
    this.prefix = c.rulesStatPrefix ?? '';
    for (const name of ['allowed', 'denied']) {
      this.enforced.counter(name);
      this.shadow.counter(`shadow_${name}`);
    }
  }
}

/** What rules are compiled with. */
interface RuleBuild {
  readonly regex: RegexCompiler;
  readonly site: CelSite;
}

/** Where there are rules, a tree beside them does not count. */
function decider(
  rules: Rules | undefined,
  tree: XdsMatcher | undefined,
  { regex, site }: RuleBuild,
  shadow: boolean,
): RbacDecider | null {
  if (rules !== undefined) return new RbacEngine(rules, regex, site, shadow);
  return tree === undefined ? null : new RbacTree(tree, regex, site, shadow);
}

function compile(c: Config, counting: Counting, build: RuleBuild): Settings {
  const perRule = c.trackPerRuleStats ?? false;
  const { shadowRulesStatPrefix = '' } = c;
  const shown = decider(c.shadowRules, c.shadowMatcher, build, true);
  const shadow = shown === null ? null : new Judge(shown, counting.shadow, true, shadowRulesStatPrefix, perRule);
  const holds = decider(c.rules, c.matcher, build, false);
  const enforced = holds === null ? null : new Judge(holds, counting.enforced, false, counting.prefix, perRule);
  return { shadow, enforced };
}

export async function create(c: Config, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  const counting = new Counting(c, ctx);
  const site = celSite(ctx);
  const settings = compile(c, counting, { regex: await filterRegexes(c, ctx.envoy16), site });
  return {
    terminal: false,
    create: () => new RbacFilter(settings, ctx),
    createRoute: (config, regex) => compile((config as RBACPerRoute).rbac ?? {}, counting, { regex, site }),
  };
}
