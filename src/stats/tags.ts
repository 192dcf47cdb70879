/**
 * Tags of a metric: the variable parts of its name, taken out by Envoy's default rules, in the order Envoy finds them
 * (facts: source/common/config/well_known_names.cc and source/common/stats/tag_extractor_impl.cc of 1.39).
 * Prometheus labels are made of them.
 */

export interface Tag {
  /** As in Envoy: `envoy.cluster_name`. */
  readonly name: string;
  readonly value: string;
}

export interface TaggedName {
  /** The name without the parts that became tags. */
  readonly base: string;
  readonly tags: readonly Tag[];
  /** Where the last part that became a tag ends in the name; 0 when there is none. */
  readonly cutEnd: number;
}

/** Group 1 stands before what is removed from the name, group 2 is removed, group 3 is the value. */
interface RegexRule {
  readonly kind: 'regex';
  readonly tag: string;
  readonly regex: RegExp;
  /** Only names that contain this are tried: cheap, and part of the meaning. */
  readonly contains: string;
  /** A value that does not count as a match. */
  readonly except: string;
}

/** `$` the value, `*` any one part, `**` any rest. */
interface TokenRule {
  readonly kind: 'tokens';
  readonly tag: string;
  readonly pattern: readonly string[];
}

/** One of the config's own (`stats_tags`): what a pattern finds first. */
export interface OwnRule {
  readonly kind: 'own';
  readonly tag: string;
  /** Only names whose first part is this; '' = all. */
  readonly firstPart: string;
  /** The part that is taken out, and the value. */
  readonly find: (name: string) => { readonly start: number; readonly end: number; readonly value: string } | null;
}

/** A tag of every metric. */
interface FixedRule {
  readonly kind: 'fixed';
  readonly tag: string;
  readonly value: string;
}

type Rule = RegexRule | TokenRule | OwnRule | FixedRule;

const ADDRESS = String.raw`(?:(?:\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[[a-fA-F_\d]+\])_\d+)`;
const VALUE = '[^.]+';
const OWNER = String.raw`(?:listener|cluster)\..*?`;

function re(tag: string, source: string, contains = '', except = ''): RegexRule {
  return { kind: 'regex', tag: `envoy.${tag}`, regex: new RegExp(source), contains, except };
}

function tokens(tag: string, pattern: string): TokenRule {
  return { kind: 'tokens', tag: `envoy.${tag}`, pattern: pattern.split('.') };
}

/**
 * Which rules can match a name is decided by its first part: '' holds those that are tried on every name, first.
 * Within a list the order is the order of the tags.
 */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  '': [
    re('response_code', String.raw`^(.*_rq)(_(\d{3}))$`, '_rq_'),
    re('response_code_class', String.raw`^(.*_rq_)((\d))xx$`, '_rq_'),
    re('ssl_curve', String.raw`^(${OWNER}\.ssl\.curves)(\.([\w-]+))$`, '.ssl.curves.'),
    re('ssl_sigalg', String.raw`^(${OWNER}\.ssl\.sigalgs)(\.([\w-]+))$`, '.ssl.sigalgs.'),
    re('ssl_version', String.raw`^(${OWNER}\.ssl\.versions)(\.(TLSv\d\.\d))$`, '.ssl.versions.'),
    re(
      'worker_id',
      String.raw`^((?:listener\.(?:${ADDRESS}|${VALUE})|server|listener_manager|thread_local_cluster_manager)\.worker_)((\d+)\.)`,
      '.worker_',
    ),
    re('tls_certificate', String.raw`^(${OWNER}\.ssl\.certificate\.)((${VALUE})\.).*$`, '.ssl.certificate'),
    tokens('local_http_ratelimit_prefix', '$.http_local_rate_limit.**'),
    tokens('rbac_prefix', '$.rbac.**'),
  ],
  http: [
    re(
      'dynamo_partition_id',
      String.raw`^(http\.${VALUE}\.dynamodb\.table\.${VALUE}\.capacity\.${VALUE})(\.__partition_id=(\w{7}))$`,
      '.dynamodb.table.',
    ),
    re(
      'dynamo_operation',
      String.raw`^(http\.${VALUE}\.dynamodb.(?:operation|table\.${VALUE}\.capacity))(\.(${VALUE}))(?:\.|$)`,
      '.dynamodb.',
    ),
    re('dynamo_table', String.raw`^(http\.${VALUE}\.dynamodb.(?:table|error)\.)((${VALUE})\.)`, '.dynamodb.'),
    re('rds_route_config', String.raw`^(http\.${VALUE}\.rds\.)(([\w./-]+)\.)\w+?$`, '.rds.'),
    re('scoped_rds_config', String.raw`^(http\.${VALUE}\.scoped_rds\.)(([\w.-]+)\.)\w+?$`, '.scoped_rds.'),
    re(
      'rbac_policy_name',
      String.raw`^(http\.${VALUE}\.rbac\.(?:${VALUE}\.)?policy\.)((${VALUE})\.)(?:allowed|shadow_allowed|denied|shadow_denied)$`,
      '.rbac.',
    ),
    re('rbac_http_prefix', String.raw`^(http\.${VALUE}\.rbac\.)((${VALUE})\.)`, '.rbac.', 'policy'),
    tokens('http_user_agent', 'http.*.user_agent.$.**'),
    tokens('fault_downstream_cluster', 'http.*.fault.$.**'),
    tokens('ext_authz_prefix', 'http.*.ext_authz.$.**'),
    tokens('http_conn_manager_prefix', 'http.$.**'),
  ],
  cluster: [
    // The one tag without Envoy's prefix.
    { ...re('', String.raw`^(cluster\.${VALUE}\.ssl\.ciphers)(\.([\w-]+))$`, '.ssl.ciphers.'), tag: 'cipher_suite' },
    tokens('grpc_bridge_method', 'cluster.*.grpc.*.$.**'),
    tokens('grpc_bridge_service', 'cluster.*.grpc.$.**'),
    tokens('cluster_name', 'cluster.$.**'),
    tokens('ext_authz_prefix', 'cluster.*.ext_authz.$.**'),
  ],
  listener: [
    re('ssl_cipher', String.raw`^(listener\..*?\.ssl\.ciphers)(\.([\w-]+))$`, '.ssl.ciphers.'),
    re('http_conn_manager_prefix', String.raw`^(listener\..*?\.http\.)((${VALUE})\.)`, '.http.'),
    re('listener_address', String.raw`^(listener\.)((${ADDRESS}|${VALUE})\.)`, '', 'admin'),
  ],
  proxy_proto: [
    re('proxy_protocol_prefix', String.raw`^(proxy_proto\.)((${VALUE})\.).+$`, '', 'versions'),
    re('proxy_protocol_version', String.raw`^(proxy_proto\.)((?:${VALUE}\.)?versions\.v(\d)\.)\w+$`),
  ],
  sds: [re('xds_resource_name', String.raw`^(sds\.)((${VALUE})\.).+`)],
  mongo: [
    tokens('mongo_callsite', 'mongo.*.collection.*.callsite.$.query.**'),
    tokens('mongo_collection', 'mongo.*.collection.$.**.query.*'),
    tokens('mongo_cmd', 'mongo.*.cmd.$.**'),
    tokens('mongo_prefix', 'mongo.$.**'),
  ],
  vhost: [
    tokens('virtual_cluster', 'vhost.*.vcluster.$.**'),
    tokens('virtual_host', 'vhost.$.**'),
    tokens('route', 'vhost.*.route.$.**'),
  ],
  tcp: [tokens('tcp_prefix', 'tcp.$.**')],
  udp: [tokens('udp_prefix', 'udp.$.**')],
  auth: [tokens('clientssl_prefix', 'auth.clientssl.$.**')],
  ratelimit: [tokens('ratelimit_prefix', 'ratelimit.$.**')],
  thrift: [tokens('thrift_prefix', 'thrift.$.**')],
  redis: [tokens('redis_prefix', 'redis.$.**')],
  local_rate_limit: [tokens('local_network_ratelimit_prefix', 'local_rate_limit.$.**')],
  listener_local_ratelimit: [tokens('local_listener_ratelimit_prefix', 'listener_local_ratelimit.$.**')],
  dns_filter: [tokens('dns_filter_prefix', 'dns_filter.$.**')],
  connection_limit: [tokens('connection_limit_prefix', 'connection_limit.$.**')],
  grpc: [tokens('google_grpc_client_prefix', 'grpc.$.**')],
};
/** Has no prototype: a metric called `constructor.x` finds nothing. */
const byFirstPart = new Map(Object.entries(RULES));

/** Position of the part under `$`, or -1 when the parts do not match the pattern. */
function matchTokens(parts: readonly string[], pattern: readonly string[], from = 0, at = 0): number {
  let found = -1;
  let i = from;
  let p = at;
  for (; i < parts.length && p < pattern.length; i++, p++) {
    const expected = pattern[p];
    if (expected === '$') {
      found = i;
    } else if (expected === '**') {
      if (p === pattern.length - 1) return found;
      // Patterns have at most one inner `**`, with `$` before it: any later start will do.
      for (; i < parts.length; i++) {
        if (matchTokens(parts, pattern, i, p + 1) !== -2) return found;
      }
      return -1;
    } else if (expected !== '*' && expected !== parts[i]) {
      return at === 0 ? -1 : -2;
    }
  }
  if (p !== pattern.length || i !== parts.length) return at === 0 ? -1 : -2;
  return found;
}

/** What tags are found by: Envoy's rules, and those of `stats_config`. */
export class TagRules {
  readonly any: readonly Rule[];
  readonly byFirstPart: ReadonlyMap<string, readonly Rule[]>;
  /** The metrics of a directory may have different tags by other rules than Envoy's. */
  readonly hasOwn: boolean;

  private constructor(any: readonly Rule[], byFirst: ReadonlyMap<string, readonly Rule[]>, hasOwn: boolean) {
    this.any = any;
    this.byFirstPart = byFirst;
    this.hasOwn = hasOwn;
  }

  /** Envoy's; `fixed`: tags of every metric, which stand between those that any name may have and those of its first part. */
  static defaults(fixed: readonly Tag[]): TagRules {
    return new TagRules([...RULES[''], ...fixed.map(fixedRule)], byFirstPart, false);
  }

  /**
   * `chosen`: whether Envoy's rule for this tag counts. `own`: the config's, in order, a Tag for a fixed value, a name for Envoy's rule of that
   * name. Of one tag the first that finds something counts, and only that.
   */
  static of(
    chosen: (tag: string) => boolean,
    fixed: readonly Tag[],
    own: readonly (OwnRule | Tag | string)[],
  ): TagRules {
    const any: Rule[] = [...RULES[''].filter((r) => chosen(r.tag)), ...fixed.map(fixedRule)];
    const byFirst = new Map<string, Rule[]>();
    const add = (first: string, rule: Rule): void => {
      const list = byFirst.get(first);
      if (list === undefined) byFirst.set(first, [rule]);
      else list.push(rule);
    };
    for (const [first, rules] of byFirstPart) {
      if (first !== '') for (const r of rules) if (chosen(r.tag)) add(first, r);
    }
    for (const rule of own) {
      if (typeof rule === 'string') {
        for (const [first, rules] of byFirstPart) {
          for (const r of rules) if (r.tag === rule) first === '' ? any.push(r) : add(first, r);
        }
      } else if ('kind' in rule) {
        if (rule.firstPart === '') any.push(rule);
        else add(rule.firstPart, rule);
      } else any.push(fixedRule(rule));
    }
    return new TagRules(any, byFirst, true);
  }
}

/** Whether Envoy has a rule for a tag of this name. */
export function isDefaultTag(tag: string): boolean {
  return [...byFirstPart.values()].some((rules) => rules.some((r) => r.tag === tag));
}

const fixedRule = ({ name, value }: Tag): FixedRule => ({ kind: 'fixed', tag: name, value });
const DEFAULTS = TagRules.defaults([]);

/** Split a full name into base name and tags. */
export function extractTags(name: string, rules: TagRules = DEFAULTS): TaggedName {
  const parts = name.split('.');
  const tags: Tag[] = [];
  const cuts: [number, number][] = [];
  run(rules.any, name, parts, tags, cuts);
  if (parts.length > 1) {
    const more = rules.byFirstPart.get(parts[0]);
    if (more !== undefined) run(more, name, parts, tags, cuts);
  }
  if (cuts.length === 0) return { base: name, tags, cutEnd: 0 };
  if (cuts.length > 1) cuts.sort((a, b) => a[0] - b[0]);
  let base = '';
  let at = 0;
  for (const [start, end] of cuts) {
    if (start > at) base += name.slice(at, start);
    if (end > at) at = end;
  }
  return { base: base + name.slice(at), tags, cutEnd: at };
}

function run(
  rules: readonly Rule[],
  name: string,
  parts: readonly string[],
  tags: Tag[],
  cuts: [number, number][],
): void {
  for (const rule of rules) {
    if (tags.some((t) => t.name === rule.tag)) continue;
    const cut = apply(rule, name, parts, tags);
    if (cut !== null) cuts.push(cut);
  }
}

function apply(rule: Rule, name: string, parts: readonly string[], tags: Tag[]): [number, number] | null {
  switch (rule.kind) {
    case 'regex':
      return applyRegex(rule, name, tags);
    case 'tokens':
      return applyTokens(rule, parts, tags);
    case 'fixed':
      tags.push({ name: rule.tag, value: rule.value });
      return null;
    case 'own': {
      const found = rule.find(name);
      if (found === null) return null;
      tags.push({ name: rule.tag, value: found.value });
      return [found.start, found.end];
    }
  }
}

function applyRegex(rule: RegexRule, name: string, tags: Tag[]): [number, number] | null {
  if (rule.contains !== '' && !name.includes(rule.contains)) return null;
  const match = rule.regex.exec(name);
  if (match === null || match[3] === rule.except) return null;
  tags.push({ name: rule.tag, value: match[3] });
  return [match[1].length, match[1].length + match[2].length];
}

function applyTokens(rule: TokenRule, parts: readonly string[], tags: Tag[]): [number, number] | null {
  const index = matchTokens(parts, rule.pattern);
  if (index < 0) return null;
  tags.push({ name: rule.tag, value: parts[index] });
  let start = 0;
  for (let i = 0; i < index; i++) start += parts[i].length + 1;
  const end = start + parts[index].length;
  // The dot goes with the part: the one behind it, or at the end of the name the one before.
  if (index < parts.length - 1) return [start, end + 1];
  return [start > 0 ? start - 1 : start, end];
}

const RESPONSE_CODE = /_rq_\d(?:\d\d|xx)$/;

/** Directories (`cluster.up.`) whose metrics all have the same tags, but for those with a response code. */
const PLAIN = /^(?:cluster|http|listener|redis|tcp)\.[^.]+\./;
const NOT_PLAIN = /\.(?:ssl|rbac|dynamodb|rds|scoped_rds|grpc)\./;

/**
 * extractTags for many names: the hundred metrics of a cluster have the same tags, so most names only cost a look at what stands before
 * their last dot. `label` makes of tags what is kept of them.
 */
export class TagCache<L> {
  private readonly rules: TagRules;
  private readonly label: (tags: readonly Tag[]) => L;
  private readonly known = new Map<string, { readonly base: string; readonly label: L }>();

  constructor(rules: TagRules, label: (tags: readonly Tag[]) => L) {
    this.rules = rules;
    this.label = label;
  }

  split(name: string): { readonly base: string; readonly label: L } {
    const end = name.lastIndexOf('.') + 1;
    const directory = name.slice(0, end);
    const last = name.slice(end);
    const known = this.known.get(directory);
    const hasCode = RESPONSE_CODE.test(last);
    if (known !== undefined && !hasCode) return { base: known.base + last, label: known.label };
    const { base, tags, cutEnd } = extractTags(name, this.rules);
    const found = { base, label: this.label(tags) };
    if (!this.rules.hasOwn && cutEnd <= end && !hasCode && PLAIN.test(directory) && !NOT_PLAIN.test(directory)) {
      this.known.set(directory, { base: base.slice(0, base.length - last.length), label: found.label });
    }
    return found;
  }
}
