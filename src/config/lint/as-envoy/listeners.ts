/** Listeners: addresses, filter chain matches, codecs (source/common/listener_manager). */
import { isIP } from '../../../platform/ip.ts';
import { asciiLower } from '../../../platform/wire-text.ts';
import type { Message } from '../../origin.ts';
import { any, number, part, parts, type Rule, type RuleContext, type Rules, text, words } from './rule.ts';

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
/** Combinations of one listener's matches; of more no overlap is looked for. */
const MAX_COMBINATIONS = 20_000;

const socketOf = (m: Message | undefined): Message | undefined => part(part(m, 'address'), 'socketAddress');

function show(m: Message): string {
  const pipe = part(part(m, 'address'), 'pipe');
  if (pipe !== undefined) return text(pipe, 'path');
  const socket = socketOf(m);
  const ip = text(socket, 'address');
  return `${ip.includes(':') ? `[${ip}]` : ip}:${number(socket, 'portValue') ?? 0}`;
}

const listener: Rule = (m, ctx) => {
  const { report } = ctx;
  const socket = socketOf(m);
  const fail = (about: object, field: string, message: string): void =>
    report.problem(about, field, `error adding listener '${show(m)}': ${message}`);
  if (m['internalListener'] !== undefined && m['address'] !== undefined) {
    const message = `error adding listener '${text(m, 'name')}': address should not be used when an internal listener config is provided`;
    report.problem(m, 'address', message);
  }
  const fallback = part(m, 'defaultFilterChain');
  const chains = fallback === undefined ? parts(m, 'filterChains') : [...parts(m, 'filterChains'), fallback];
  const udp = text(socket, 'protocol') === 'UDP';
  const quic = part(part(m, 'udpListenerConfig'), 'quicOptions') !== undefined;
  if (udp && !quic && chains.length > 0) {
    fail(chains[0], '', `${chains.length} filter chain(s) specified for connection-less UDP listener.`);
  }
  for (const address of [m, ...parts(m, 'additionalAddresses')]) {
    compat(socketOf(address), ctx);
    if (address !== m && (text(socketOf(address), 'protocol') === 'UDP') !== udp) {
      const message = `listener ${text(m, 'name')}: has different socket type. The listener only support same socket type for all the addresses.`;
      report.problem(address, 'address', message);
    }
  }
  const api = any(part(m, 'apiListener'), 'apiListener');
  if (api !== undefined && !/HttpConnectionManager$/.test(api.typeUrl)) {
    const message = `error adding listener named '${text(m, 'name')}': missing the API listener extension`;
    report.problem(m, 'api_listener', message);
  }
  for (const chain of chains) for (const filter of parts(chain, 'filters')) codec(filter, quic, ctx);
  matches(parts(m, 'filterChains'), fail);
};

/** An IPv6 socket that takes IPv4 too must be one of all addresses. */
function compat(socket: Message | undefined, { report }: RuleContext): void {
  if (socket?.['ipv4Compat'] !== true) return;
  const ip = text(socket, 'address');
  if (isIP(ip) === 6 && (/^[0:]*$/.test(ip) || /^::ffff:/i.test(ip))) return;
  const shown = `${ip.includes(':') ? `[${ip}]` : ip}:${number(socket, 'portValue') ?? 0}`;
  const message = `Only IPv6 address '::' or valid IPv4-mapped IPv6 address can set ipv4_compat: ${shown}`;
  report.problem(socket, 'ipv4_compat', message);
}

function codec(filter: Message, quic: boolean, { report }: RuleContext): void {
  const config = any(filter, 'typedConfig');
  if (config?.typeUrl !== HCM) return;
  const hcm = config.value as Message;
  const http3 = text(hcm, 'codecType') === 'HTTP3';
  if (http3 && !quic) report.problem(hcm, 'codec_type', 'HTTP/3 codec configured on non-QUIC listener.');
  if (!http3 && quic) report.problem(hcm, 'codec_type', 'Non-HTTP/3 codec configured on QUIC listener.');
}

type Fail = (about: object, field: string, message: string) => void;

function matches(chains: readonly Message[], fail: Fail): void {
  const whole = new Map<string, string>();
  const taken = new Set<string>();
  for (const chain of chains) {
    const match = part(chain, 'filterChainMatch');
    // Two without a match are found whoever judges.
    if (match === undefined || Object.keys(match).length === 0) continue;
    const name = text(chain, 'name');
    if (match['addressSuffix'] !== undefined || match['suffixLen'] !== undefined) {
      fail(match, '', `filter chain '${name}' contains unimplemented fields`);
      continue;
    }
    const names = words(match, 'serverNames');
    if (names.some((n) => n.includes('*') && !/^\*\.[^*]*$/.test(n))) {
      fail(match, 'server_names', 'partial wildcards are not supported in "server_names"');
      continue;
    }
    const text1 = JSON.stringify(match);
    const before = whole.get(text1);
    if (before !== undefined) {
      fail(match, '', `filter chain '${name}' has the same matching rules defined as '${before}'`);
      continue;
    }
    whole.set(text1, name);
    if (!claim(match, taken)) fail(match, '', 'multiple filter chains with overlapping matching rules are defined');
  }
}

const ranges = (m: Message, key: string): string[] =>
  parts(m, key).map((r) => `${text(r, 'addressPrefix')}/${number(r, 'prefixLen') ?? 0}`);

/** False: somebody has one of its combinations already. */
function claim(match: Message, taken: Set<string>): boolean {
  const dimensions: readonly (readonly string[])[] = [
    [String(match['destinationPort'] ?? '')],
    ranges(match, 'prefixRanges'),
    words(match, 'serverNames').map(asciiLower),
    [text(match, 'transportProtocol')],
    words(match, 'applicationProtocols'),
    ranges(match, 'directSourcePrefixRanges'),
    [text(match, 'sourceType')],
    ranges(match, 'sourcePrefixRanges'),
    ((match['sourcePorts'] as readonly number[] | undefined) ?? []).map(String),
  ];
  let combinations = [''];
  for (const values of dimensions) {
    const some = values.length === 0 ? [''] : values;
    if (combinations.length * some.length > MAX_COMBINATIONS) return true;
    combinations = combinations.flatMap((c) => some.map((value) => `${c}|${value}`));
  }
  if (combinations.some((c) => taken.has(c))) return false;
  if (taken.size < MAX_COMBINATIONS) for (const c of combinations) taken.add(c);
  return true;
}

export const LISTENER_RULES: Rules = { 'envoy.config.listener.v3.Listener': listener };
