/**
 * envoy.filters.http.json_to_metadata: values of JSON bodies as dynamic metadata. Mirrors
 * source/extensions/filters/http/json_to_metadata/filter.cc. Bodies are held up to the buffer limit of the stream.
 */
import type { Headers } from '../../codec/headers.ts';
import { each, refuse } from '../../config/refusal.ts';
import type {
  JsonToMetadata,
  JsonToMetadataKeyValuePair as KeyValuePair,
  JsonToMetadataMatchRules as MatchRules,
  JsonToMetadataRule as Rule,
} from '../../config/schema/types.ts';
import { isStruct, type Struct } from '../../config/struct.ts';
import { toWire } from '../../platform/wire-text.ts';
import type { Counter, StatsRoot } from '../../stats/store.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { loadRegexes, type Regexes, type StringTest } from '../headers/regex.ts';
import {
  CONTINUE,
  type DataStatus,
  type HeadersStatus,
  type HttpFilterFactory,
  STOP,
  STOP_BUFFER,
  StreamFilter,
  type TrailersStatus,
} from '../stream/filter.ts';
import type { StreamInfo } from '../stream/stream-info.ts';
import { JsonNumber, readJson } from './json-body.ts';
import { numberIn } from './number-text.ts';

const DEFAULT_NAMESPACE = 'envoy.filters.http.json_to_metadata';
const JSON_TYPE = 'application/json';
/** Bytes of a text that becomes a value. */
const MAX_VALUE = 8 * 1024;
/** What is around a number in a text. */
const SPACE = /^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g;

interface Target {
  readonly namespace: string;
  readonly key: string;
  readonly constant: boolean;
  /** Where it is constant. */
  readonly value: unknown;
  readonly type: 'value' | 'text' | 'number';
  /** Leave what is there. */
  readonly preserve: boolean;
}

interface CompiledRule {
  readonly keys: readonly string[];
  readonly present: Target | null;
  readonly missing: Target | null;
  readonly error: Target | null;
}

/** `json_to_metadata.{rq,resp}.` */
class RuleStats {
  readonly success: Counter;
  readonly mismatched: Counter;
  readonly noBody: Counter;
  readonly invalid: Counter;

  constructor(root: StatsRoot, message: 'rq' | 'resp') {
    const scope = root.scope(`json_to_metadata.${message}.`);
    this.success = scope.counter('success');
    this.mismatched = scope.counter('mismatched_content_type');
    this.noBody = scope.counter('no_body');
    this.invalid = scope.counter('invalid_json_body');
  }
}

type Found = Map<string, Record<string, unknown>>;
/** What a value of the body becomes; undefined: it is as if there were none. */
const NOTHING = Symbol('nothing');

class Rules {
  private readonly rules: readonly CompiledRule[];
  private readonly types: ReadonlySet<string>;
  private readonly typeTest: StringTest | null;
  private readonly allowEmptyType: boolean;
  private readonly stats: RuleStats;

  constructor(config: MatchRules, regexes: Regexes, stats: RuleStats) {
    const { rules, allowContentTypes = [], allowContentTypesRegex: regex, allowEmptyContentType = false } = config;
    this.rules = each(rules, compileRule);
    this.types = new Set(allowContentTypes.length === 0 ? [JSON_TYPE] : allowContentTypes.map(toWire));
    this.typeTest = regex === undefined ? null : regexes.test(regex.regex ?? '');
    this.allowEmptyType = allowEmptyContentType;
    this.stats = stats;
  }

  /** Whether its body is to be looked at. What is set otherwise is set by then; true of `changed`: something is. */
  begins(h: Headers, endStream: boolean, info: StreamInfo): 'body' | 'changed' | 'same' {
    const type = h.getAll('content-type') ?? '';
    if (type === '' ? !this.allowEmptyType : !(this.types.has(type) || this.typeTest?.(type))) {
      this.stats.mismatched.inc();
      return this.all('error', info) ? 'changed' : 'same';
    }
    if (!endStream) return 'body';
    return this.read(null, info) ? 'changed' : 'same';
  }

  /** Whether something was set. */
  read(body: Buffer | null, info: StreamInfo): boolean {
    const { stats } = this;
    if (body === null || body.length === 0) {
      stats.noBody.inc();
      return this.all('missing', info);
    }
    const json = readJson(body);
    if (json === undefined) {
      stats.invalid.inc();
      return this.all('error', info);
    }
    stats.success.inc();
    if (typeof json !== 'object' || json === null || json instanceof JsonNumber) return this.all('missing', info);
    const found: Found = new Map();
    for (const rule of this.rules) {
      const there =
        rule.present === null ? reachable(json, rule.keys) : put(json, rule.keys, rule.present, found, info);
      if (!there && rule.missing !== null) set(rule.missing, rule.missing.value, found, info);
    }
    return finish(found, info);
  }

  private all(what: 'error' | 'missing', info: StreamInfo): boolean {
    const found: Found = new Map();
    for (const rule of this.rules) {
      const target = rule[what];
      if (target !== null) set(target, target.value, found, info);
    }
    return finish(found, info);
  }
}

function set(target: Target, value: unknown, found: Found, info: StreamInfo): void {
  const { namespace, key, preserve } = target;
  if (preserve && Object.hasOwn(info.dynamicMetadata(namespace) ?? {}, key)) return;
  let values = found.get(namespace);
  if (values === undefined) {
    values = Object.create(null) as Record<string, unknown>;
    found.set(namespace, values);
  }
  values[key] = value;
}

function finish(found: Found, info: StreamInfo): boolean {
  for (const [namespace, values] of found) info.addMetadata(namespace, values);
  return found.size > 0;
}

const isObject = (node: unknown): node is Struct => isStruct(node) && !(node instanceof JsonNumber);

function member(node: unknown, key: string): unknown {
  return isObject(node) && Object.hasOwn(node, key) ? node[key] : undefined;
}

/** The object that the last key is looked for in; undefined where the way to it is cut off. */
function parentOf(json: unknown, keys: readonly string[]): unknown {
  let node = json;
  for (let i = 0; i < keys.length - 1; i++) {
    node = member(node, keys[i]);
    if (!isObject(node)) return undefined;
  }
  return node;
}

/** Of a rule without `on_present`: the value itself is not looked for. */
function reachable(json: unknown, keys: readonly string[]): boolean {
  return parentOf(json, keys) !== undefined;
}

/** False: the rule's value is missing. */
function put(json: unknown, keys: readonly string[], target: Target, found: Found, info: StreamInfo): boolean {
  const parent = parentOf(json, keys);
  if (parent === undefined) return false;
  if (target.constant) {
    set(target, target.value, found, info);
    return true;
  }
  const value = converted(member(parent, keys[keys.length - 1]), target.type);
  if (value === undefined) return false;
  if (value !== NOTHING) set(target, value, found, info);
  return true;
}

function converted(value: unknown, type: Target['type']): unknown {
  if (typeof value === 'boolean')
    return type === 'value' ? value : type === 'number' ? Number(value) : value ? '1' : '0';
  if (value instanceof JsonNumber) return type === 'text' ? value.text : value.value;
  if (typeof value !== 'string') return undefined;
  if (type === 'number') return numberIn(value.replace(SPACE, '')) ?? undefined;
  if (Buffer.byteLength(value) > MAX_VALUE) return undefined;
  return type === 'text' && value === '' ? NOTHING : value;
}

function compileTarget(p: KeyValuePair | undefined): Target | null {
  if (p === undefined) return null;
  return {
    namespace: p.metadataNamespace || DEFAULT_NAMESPACE,
    key: p.key ?? '',
    constant: p.value !== undefined,
    value: p.value,
    type: p.type === 'NUMBER' ? 'number' : p.type === 'STRING' ? 'text' : 'value',
    preserve: p.preserveExistingMetadataValue ?? false,
  };
}

function compileRule(r: Rule): CompiledRule {
  const { selectors = [], onPresent, onMissing, onError } = r;
  if (onPresent === undefined && onMissing === undefined) {
    refuse(r, '', 'json to metadata filter: neither `on_present` nor `on_missing` set');
  }
  if (onMissing !== undefined && onMissing.value === undefined) {
    refuse(onMissing, 'value', 'json to metadata filter: cannot specify on_missing rule with empty value');
  }
  if (onError !== undefined && onError.value === undefined) {
    refuse(onError, 'value', 'json to metadata filter: cannot specify on_error rule with empty value');
  }
  return {
    keys: selectors.map(({ key = '' }) => key),
    present: compileTarget(onPresent),
    missing: compileTarget(onMissing),
    error: compileTarget(onError),
  };
}

interface Compiled {
  readonly request: Rules | null;
  readonly response: Rules | null;
}

class JsonToMetadataFilter extends StreamFilter {
  private readonly usual: Compiled;
  private said: Compiled | null = null;
  /** What looks at the body that is coming. */
  private ofRequest: Rules | null = null;
  private ofResponse: Rules | null = null;

  constructor(usual: Compiled) {
    super();
    this.usual = usual;
  }

  /** Of the route that the stream has when this is first asked. */
  private get rules(): Compiled {
    this.said ??= this.stream.routeConfig<Compiled>(this) ?? this.usual;
    return this.said;
  }

  override decodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    const { request } = this.rules;
    if (request === null) return CONTINUE;
    const how = request.begins(h, endStream, this.stream.info);
    if (how === 'changed') this.stream.clearRoute();
    if (how !== 'body') return CONTINUE;
    this.ofRequest = request;
    return STOP;
  }

  override decodeData(data: Buffer, endStream: boolean): DataStatus {
    if (this.ofRequest === null) return CONTINUE;
    if (!endStream) return STOP_BUFFER;
    this.readRequest(whole(this.stream.decodingBuffer(), data));
    return CONTINUE;
  }

  override decodeTrailers(): TrailersStatus {
    if (this.ofRequest !== null) this.readRequest(this.stream.decodingBuffer());
    return CONTINUE;
  }

  private readRequest(body: Buffer | null): void {
    const rules = this.ofRequest;
    this.ofRequest = null;
    if (rules?.read(body, this.stream.info)) this.stream.clearRoute();
  }

  override encodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    const { response } = this.rules;
    if (response?.begins(h, endStream, this.stream.info) !== 'body') return CONTINUE;
    this.ofResponse = response;
    return STOP;
  }

  override encodeData(data: Buffer, endStream: boolean): DataStatus {
    if (this.ofResponse === null) return CONTINUE;
    if (!endStream) return STOP_BUFFER;
    this.readResponse(whole(this.stream.encodingBuffer(), data));
    return CONTINUE;
  }

  override encodeTrailers(): TrailersStatus {
    if (this.ofResponse !== null) this.readResponse(this.stream.encodingBuffer());
    return CONTINUE;
  }

  private readResponse(body: Buffer | null): void {
    this.ofResponse?.read(body, this.stream.info);
    this.ofResponse = null;
  }
}

/** What is held may be what is shown. */
function whole(held: Buffer | null, data: Buffer): Buffer {
  return held === null || held === data ? data : Buffer.concat([held, data]);
}

export async function create(c: JsonToMetadata, ctx: HttpFactoryContext): Promise<HttpFilterFactory> {
  // A route's config cannot wait for the engine, and may have a regex where this one has none.
  const regexes = await loadRegexes(ctx.envoy16);
  const ofRequest = new RuleStats(ctx.store, 'rq');
  const ofResponse = new RuleStats(ctx.store, 'resp');
  const compile = ({ requestRules: rq, responseRules: resp }: JsonToMetadata): Compiled => ({
    request: rq === undefined ? null : new Rules(rq, regexes, ofRequest),
    response: resp === undefined ? null : new Rules(resp, regexes, ofResponse),
  });
  const usual = compile(c);
  return {
    terminal: false,
    create: () => new JsonToMetadataFilter(usual),
    createRoute: (config) => {
      const said = config as JsonToMetadata;
      if (said.requestRules === undefined && said.responseRules === undefined) {
        refuse(
          said,
          '',
          'json_to_metadata_filter: Per route configs must at least specify one of request_rules or response_rules.',
        );
      }
      return compile(said);
    },
  };
}
