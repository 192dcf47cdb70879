/** HTTP connection managers, routes and HTTP filters (source/extensions/filters/network/http_connection_manager, source/common/router). */
import { asciiLower } from '../../../platform/wire-text.ts';
import { extensionNames } from '../../extension-names.ts';
import type { Message } from '../../origin.ts';
import { any, eachRepeated, number, part, parts, type Rule, type RuleContext, type Rules, text } from './rule.ts';

const ROUTE = 'envoy.config.route.v3';
const FILTERS = 'envoy.extensions.filters';
const HCM = `${FILTERS}.network.http_connection_manager.v3.HttpConnectionManager`;
const MAX_UINT32 = 4_294_967_295;
const DEFAULT_MAX_BODY = 4096;
const LEAST_FILL_MS = 50;

const manager: Rule = (m, { report }) => {
  const only = (a: unknown, b: unknown, field: string, message: string): void => {
    if (a && b) report.problem(m, field, message);
  };
  const options = m['accessLogOptions'];
  const flush = 'Only one of access_log_flush_interval or access_log_options can be specified.';
  only(options, m['accessLogFlushInterval'], 'access_log_flush_interval', flush);
  const onRequest = 'Only one of flush_access_log_on_new_request or access_log_options can be specified.';
  only(options, m['flushAccessLogOnNewRequest'], 'flush_access_log_on_new_request', onRequest);
  const strip = 'Error: Only one of `strip_matching_host_port` or `strip_any_host_port` can be set.';
  only(m['stripMatchingHostPort'], m['stripAnyHostPort'], 'strip_matching_host_port', strip);
  const detection = parts(m, 'originalIpDetectionExtensions').length > 0;
  const remote = 'Original IP detection extensions and use_remote_address may not be mixed';
  only(detection, m['useRemoteAddress'], 'use_remote_address', remote);
  const hops = 'Original IP detection extensions and xff_num_trusted_hops may not be mixed';
  only(detection, m['xffNumTrustedHops'], 'xff_num_trusted_hops', hops);
  for (const upgrade of parts(m, 'upgradeConfigs')) {
    const last = parts(upgrade, 'filters').at(-1);
    const url = any(last, 'typedConfig')?.typeUrl ?? '';
    if (last === undefined || !url.startsWith(`${FILTERS}.http.`) || extensionNames.isTerminal(url)) continue;
    const type = url.replace(/\.v\d\w*\.\w+$/, '').replace('envoy.extensions.', 'envoy.');
    const message = `Error: non-terminal filter named ${text(last, 'name')} of type ${type} is the last filter in a http upgrade filter chain.`;
    report.problem(last, 'name', message);
  }
};

const table: Rule = (m, { report, allClusters }) => {
  const most = number(m, 'maxDirectResponseBodySizeBytes') ?? DEFAULT_MAX_BODY;
  const plugins = new Set(parts(m, 'clusterSpecifierPlugins').map((p) => text(part(p, 'extension'), 'name')));
  const mirrors = [...parts(m, 'requestMirrorPolicies')];
  for (const host of parts(m, 'virtualHosts')) {
    mirrors.push(...parts(host, 'requestMirrorPolicies'));
    for (const route of parts(host, 'routes')) {
      const body = part(part(route, 'directResponse'), 'body');
      const bytes = Buffer.byteLength(text(body, 'inlineString'));
      if (body !== undefined && bytes > most) {
        const message = `response body size is ${bytes} bytes; maximum is ${most}`;
        report.problem(body, 'inline_string', message);
      }
      const plugin = text(part(route, 'route'), 'clusterSpecifierPlugin');
      if (plugin !== '' && !plugins.has(plugin)) {
        const message = `Unknown cluster specifier plugin name: ${plugin} is used in the route`;
        report.problem(part(route, 'route') as Message, 'cluster_specifier_plugin', message);
      }
    }
  }
  if (m['validateClusters'] === false) return;
  for (const mirror of mirrors) {
    const name = text(mirror, 'cluster');
    if (name !== '' && !allClusters.has(name)) {
      report.problem(mirror, 'cluster', `route: unknown shadow cluster '${name}'`);
    }
  }
};

const action: Rule = (m, { report }) => {
  const rewrites = ['prefixRewrite', 'regexRewrite', 'pathRewritePolicy'].filter(
    (key) => m[key] !== undefined && m[key] !== '',
  );
  if (rewrites.length > 1) {
    report.problem(m, '', 'Specify only one of prefix_rewrite, regex_rewrite or path_rewrite_policy');
  }
  eachRepeated(
    parts(m, 'upgradeConfigs'),
    (u) => asciiLower(text(u, 'upgradeType')),
    (u) => report.problem(u, 'upgrade_type', `Duplicate upgrade ${text(u, 'upgradeType')}`),
  );
  for (const upgrade of parts(m, 'upgradeConfigs')) {
    const type = text(upgrade, 'upgradeType');
    if (upgrade['connectConfig'] === undefined || /^connect(?:-udp)?$/i.test(type)) continue;
    report.problem(upgrade, 'connect_config', `Non-CONNECT upgrade type ${type} has ConnectConfig`);
  }
};

const mirror: Rule = (m, { report }) => {
  if ((text(m, 'cluster') === '') !== (text(m, 'clusterHeader') === '') || !report.isWhole(m)) return;
  const message = 'Exactly one of cluster or cluster_header in request mirror policy need to be specified';
  report.problem(m, '', message);
};

const weighted: Rule = (m, { report }) => {
  const clusters = parts(m, 'clusters');
  const sum = clusters.reduce((n, c) => n + (number(c, 'weight') ?? 0), 0);
  if (sum > MAX_UINT32) {
    const message = `The sum of weights of all weighted clusters of route exceeds ${MAX_UINT32}`;
    report.problem(m, 'clusters', message);
  }
  for (const c of clusters) {
    if (!report.isWhole(c)) continue;
    const [name, header] = [text(c, 'name') !== '', text(c, 'clusterHeader') !== ''];
    if (name && header) report.problem(c, '', 'Only one of name or cluster_header can be specified');
    else if (!name && !header) report.problem(c, '', 'At least one of name or cluster_header need to be specified');
  }
};

const virtualCluster: Rule = (m, { report }) => {
  if (parts(m, 'headers').length > 0 || !report.isWhole(m)) return;
  report.problem(m, '', "virtual clusters must define 'headers'");
};

const healthCheck: Rule = (m, { report }) => {
  if (m['passThroughMode'] === true || m['cacheTime'] === undefined) return;
  report.problem(m, 'cache_time', 'cache_time_ms must not be set when path_through_mode is disabled');
};

const headerRule: Rule = (m, { report }) => {
  const [header, cookie] = [text(m, 'header'), text(m, 'cookie')];
  if (header !== '' && cookie !== '') {
    report.problem(m, 'cookie', 'Cannot specify both header and cookie in the same rule');
  } else if (m['onHeaderPresent'] === undefined && m['onHeaderMissing'] === undefined && report.isWhole(m)) {
    const what = header !== '' ? `header '${header}'` : `cookie '${cookie}'`;
    const message = `header to metadata filter: rule for ${what} has neither \`on_header_present\` nor \`on_header_missing\` set`;
    report.problem(m, '', message);
  }
};

const jwt: Rule = (m, ctx) => {
  const known = new Set((m['providers'] as Map<string, unknown> | undefined)?.keys());
  for (const rule of parts(m, 'rules')) required(part(rule, 'requires'), known, ctx);
  for (const r of (m['requirementMap'] as Map<string, Message> | undefined)?.values() ?? []) required(r, known, ctx);
};

function required(m: Message | undefined, known: ReadonlySet<string>, ctx: RuleContext): void {
  if (m === undefined) return;
  for (const at of [m, part(m, 'providerAndAudiences')]) {
    const name = text(at, 'providerName');
    if (at === undefined || name === '' || known.has(name)) continue;
    ctx.report.problem(at, 'provider_name', `Required provider ['${name}'] is not configured.`);
  }
  for (const list of ['requiresAny', 'requiresAll']) {
    for (const one of parts(part(m, list), 'requirements')) required(one, known, ctx);
  }
}

const localLimit: Rule = (m, { report }) => {
  const bucket = part(m, 'tokenBucket');
  const fill = number(bucket, 'fillInterval');
  if (bucket === undefined || fill === undefined || fill >= LEAST_FILL_MS) return;
  report.problem(bucket, 'fill_interval', `local rate limit token bucket fill timer must be >= ${LEAST_FILL_MS}ms`);
};

export const HTTP_RULES: Rules = {
  [HCM]: manager,
  [`${ROUTE}.RouteConfiguration`]: table,
  [`${ROUTE}.RouteAction`]: action,
  [`${ROUTE}.RouteAction.RequestMirrorPolicy`]: mirror,
  [`${ROUTE}.WeightedCluster`]: weighted,
  [`${ROUTE}.VirtualCluster`]: virtualCluster,
  [`${FILTERS}.http.health_check.v3.HealthCheck`]: healthCheck,
  [`${FILTERS}.http.header_to_metadata.v3.Config.Rule`]: headerRule,
  [`${FILTERS}.http.jwt_authn.v3.JwtAuthentication`]: jwt,
  [`${FILTERS}.http.local_ratelimit.v3.LocalRateLimit`]: localLimit,
  [`${FILTERS}.network.local_ratelimit.v3.LocalRateLimit`]: localLimit,
};
