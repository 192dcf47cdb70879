/**
 * envoy.filters.http.header_to_metadata: values of headers and cookies as dynamic metadata. Mirrors
 * source/extensions/filters/http/header_to_metadata/header_to_metadata_filter.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import { each, refuse } from '../../config/refusal.ts';
import type {
  HeaderToMetadataConfig as Config,
  ConfigKeyValuePair as KeyValuePair,
  ConfigRule as Rule,
} from '../../config/schema/types.ts';
import { readValue } from '../../grpc/json-values.ts';
import { WireError, WireReader } from '../../grpc/wire-reader.ts';
import { asciiLower, fromWire, toWire } from '../../platform/wire-text.ts';
import type { Counter, Scope, StatsRoot } from '../../stats/store.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { cookieValue } from '../headers/cookies.ts';
import { headerValue } from '../headers/header-matcher.ts';
import { loadRegexes, type Regexes } from '../headers/regex.ts';
import { compileRewrite, type Rewrite } from '../route/regex-rewrite.ts';
import { CONTINUE, type HeadersStatus, type HttpFilterFactory, StreamFilter } from '../stream/filter.ts';
import type { StreamInfo } from '../stream/stream-info.ts';
import { numberIn } from './number-text.ts';

const DEFAULT_NAMESPACE = 'envoy.filters.http.header_to_metadata';
/** Bytes of a value. */
const MAX_VALUE = 8 * 1024;

interface Target {
  readonly namespace: string;
  readonly key: string;
  /** '': what came. */
  readonly value: string;
  readonly rewrite: Rewrite | null;
  readonly type: 'text' | 'number' | 'message';
  readonly base64: boolean;
}

/** `http_filter_name.<stat_prefix>.`, where it has one. */
class RuleStats {
  readonly tooLong: Counter;
  readonly badBase64: Counter;
  readonly badRewrite: Counter;
  readonly processed: Counter;
  readonly notFound: Counter;
  readonly added: Counter;

  constructor(scope: Scope, message: 'request' | 'response') {
    this.tooLong = scope.counter('header_value_too_long');
    this.badBase64 = scope.counter('base64_decode_failed');
    this.badRewrite = scope.counter('regex_substitution_failed');
    this.processed = scope.counter(`${message}_rules_processed`);
    this.notFound = scope.counter(`${message}_header_not_found`);
    this.added = scope.counter(`${message}_metadata_added`);
  }
}

interface CompiledRule {
  readonly header: string;
  readonly cookie: string;
  readonly present: Target | null;
  readonly missing: Target | null;
  readonly remove: boolean;
}

class Rules {
  private readonly rules: readonly CompiledRule[];
  private readonly stats: RuleStats | null;

  constructor(rules: readonly Rule[] | undefined, regexes: Regexes, stats: RuleStats | null) {
    this.rules = each(rules, (r) => compileRule(r, regexes));
    this.stats = stats;
  }

  apply(h: Headers, info: StreamInfo): void {
    for (const rule of this.rules) {
      const value = rule.header === '' ? cookieValue(h, rule.cookie) || undefined : headerValue(h, rule.header);
      if (value !== undefined && rule.remove && rule.header !== '') h.remove(rule.header);
      const target = value === undefined ? rule.missing : rule.present;
      this.stats?.processed.inc();
      if (value === undefined && target !== null) this.stats?.notFound.inc();
      if (target !== null && set(info, target, value ?? '', this.stats)) this.stats?.added.inc();
    }
  }
}

/** Whether there was something to set. */
function set(info: StreamInfo, target: Target, found: string, stats: RuleStats | null): boolean {
  let value = target.value;
  if (value === '' && target.rewrite !== null) {
    value = target.rewrite(found);
    if (value === '' && found !== '') stats?.badRewrite.inc();
  } else if (value === '') value = found;
  if (value === '') return false;
  if (value.length >= MAX_VALUE) {
    stats?.tooLong.inc();
    return false;
  }
  if (target.base64) value = Buffer.from(value, 'base64').toString('latin1');
  if (value === '') {
    stats?.badBase64.inc();
    return false;
  }
  const made = typed(value, target);
  if (made === undefined) return false;
  info.addMetadata(target.namespace, { [target.key]: made });
  return true;
}

/** Undefined where it is no value of the type. */
function typed(value: string, { type }: Target): unknown {
  if (type === 'text') return fromWire(value) ?? value;
  if (type === 'number') {
    return numberIn(value) ?? undefined;
  }
  try {
    return readValue(new WireReader(Buffer.from(value, 'latin1')), 0);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

function compileRule(r: Rule, regexes: Regexes): CompiledRule {
  const { header = '', cookie = '', onHeaderPresent, onHeaderMissing, remove = false } = r;
  if (header === '' && cookie === '') refuse(r, '', 'One of Cookie or Header option needs to be specified');
  if (header !== '' && cookie !== '') refuse(r, '', 'Cannot specify both header and cookie');
  if (cookie !== '' && remove) refuse(r, 'remove', 'Cannot specify remove for cookie');
  if (onHeaderPresent === undefined && onHeaderMissing === undefined) {
    refuse(
      r,
      '',
      'header to metadata filter: rule for header has neither `on_header_present` nor `on_header_missing` set',
    );
  }
  if (onHeaderMissing !== undefined && !onHeaderMissing.value) {
    refuse(onHeaderMissing, 'value', 'Cannot specify on_header_missing rule with an empty value');
  }
  return {
    header: asciiLower(toWire(header)),
    cookie: toWire(cookie),
    present: onHeaderPresent === undefined ? null : compileTarget(onHeaderPresent, regexes),
    missing: onHeaderMissing === undefined ? null : compileTarget(onHeaderMissing, regexes),
    remove,
  };
}

function compileTarget(p: KeyValuePair, regexes: Regexes): Target {
  if (p.value && p.regexValueRewrite !== undefined) {
    refuse(p, 'regex_value_rewrite', 'Cannot specify both value and regex_value_rewrite');
  }
  return {
    namespace: p.metadataNamespace || DEFAULT_NAMESPACE,
    key: p.key ?? '',
    value: toWire(p.value ?? ''),
    rewrite: p.regexValueRewrite === undefined ? null : compileRewrite(p.regexValueRewrite, regexes),
    type: p.type === 'NUMBER' ? 'number' : p.type === 'PROTOBUF_VALUE' ? 'message' : 'text',
    base64: p.encode === 'BASE64',
  };
}

class HeaderToMetadataFilter extends StreamFilter {
  private readonly usual: Compiled;

  constructor(usual: Compiled) {
    super();
    this.usual = usual;
  }

  override decodeHeaders(h: Headers): HeadersStatus {
    this.rules.request?.apply(h, this.stream.info);
    return CONTINUE;
  }
  override encodeHeaders(h: Headers): HeadersStatus {
    this.rules.response?.apply(h, this.stream.info);
    return CONTINUE;
  }

  private get rules(): Compiled {
    return this.stream.routeConfig<Compiled>(this) ?? this.usual;
  }
}

interface Compiled {
  readonly request: Rules | null;
  readonly response: Rules | null;
}

function compile(c: Config, regexes: Regexes, store: StatsRoot): Compiled {
  const { requestRules = [], responseRules = [], statPrefix = '' } = c;
  const scope = statPrefix === '' ? null : store.scope(`http_filter_name.${statPrefix}.`);
  const stats = (message: 'request' | 'response'): RuleStats | null =>
    scope === null ? null : new RuleStats(scope, message);
  const ofRequest = stats('request');
  const ofResponse = stats('response');
  return {
    request: requestRules.length === 0 ? null : new Rules(requestRules, regexes, ofRequest),
    response: responseRules.length === 0 ? null : new Rules(responseRules, regexes, ofResponse),
  };
}

export async function create(c: Config, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  // A route's config cannot wait for the engine, and may have a regex where this one has none.
  const regexes = await loadRegexes(ctx.envoy16);
  const usual = compile(c, regexes, ctx.store);
  return {
    terminal: false,
    create: () => new HeaderToMetadataFilter(usual),
    createRoute: (config) => compile(config as Config, regexes, ctx.store),
  };
}
