/**
 * http_health_check: a request whose answer must have one of these statuses and, where asked for, hold these bytes and name this service.
 * Mirrors HttpHealthCheckerImpl (source/extensions/health_checkers/http/health_checker_impl.cc).
 */
import { Headers } from '../../codec/headers.ts';
import type { StreamDecoder } from '../../codec/http.ts';
import { listHas } from '../../codec/ows.ts';
import { refuse } from '../../config/refusal.ts';
import type { HealthCheckHttpHealthCheck, Int64Range } from '../../config/schema/types.ts';
import { toWire } from '../../platform/wire-text.ts';
import { shareByKey } from '../../runtime/runtime.ts';
import type { CheckType, HealthChecker } from '../../upstream/health/health-checker.ts';
import { EXCLUDED_VIA_IMMEDIATE_HC_FAIL } from '../../upstream/health/health-flags.ts';
import { contains, payload } from '../../upstream/health/payload.ts';
import type { Host } from '../../upstream/host.ts';
import { stringTest } from '../headers/header-matcher.ts';
import type { FormatCompiler, HeaderMutations } from '../headers/header-mutations.ts';
import type { RegexCompiler, StringTest } from '../headers/regex.ts';
import type { CheckClient } from './check-client.ts';
import { addTo, checkHostname, checkMutations } from './check-headers.ts';
import { RequestSession, USER_AGENT } from './request-session.ts';

/** HttpHealthCheck.response_buffer_size (api: 1 KiB): bytes of an answer that are looked through; 0 = all of them. */
export const DEFAULT_RESPONSE_BUFFER_BYTES = 1024;
/** What 0 comes to here: a host must not fill the memory by answering a check. */
export const MAX_RESPONSE_BUFFER_BYTES = 1024 * 1024;

/** Whether a service's name is looked at. */
const VERIFIES = shareByKey('health_check.verify_cluster', { numerator: 100 });

const NO_BODY = new Set(['GET', 'HEAD', 'DELETE', 'TRACE']);

interface HttpCheckSettings {
  readonly path: string;
  readonly host: string;
  readonly method: string;
  readonly body: Buffer | null;
  readonly expected: readonly Buffer[];
  readonly bufferBytes: number;
  readonly statuses: readonly Range[];
  readonly retriable: readonly Range[];
  readonly service: StringTest | null;
  readonly mutations: HeaderMutations | null;
  readonly http2: boolean;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

export function httpCheck(
  c: HealthCheckHttpHealthCheck,
  formats: FormatCompiler | null,
  regex: RegexCompiler,
): CheckType {
  const method = c.method === undefined || c.method === 'METHOD_UNSPECIFIED' ? 'GET' : c.method;
  if (c.send !== undefined && NO_BODY.has(method)) {
    const message = `HTTP health check cannot specify a request payload with method '${method}'. Only methods that support a request body (POST, PUT, PATCH, OPTIONS) can be used with payload.`;
    refuse(c, 'send', message);
  }
  const expected = (c.receive ?? []).map(payload);
  const limit = Number(c.responseBufferSize ?? DEFAULT_RESPONSE_BUFFER_BYTES);
  const total = expected.reduce((sum, b) => sum + b.length, 0);
  if (limit !== 0 && total > limit) {
    const message = `The expected response length '${total}' is over than http health response buffer size '${limit}'`;
    refuse(c, 'receive', message);
  }
  if (c.codecClientType === 'HTTP3') refuse(c, 'codec_client_type', 'HTTP/3 is not supported');
  const statuses = ranges(c, 'expected_statuses', c.expectedStatuses, 'expected');
  const settings: HttpCheckSettings = {
    path: toWire(c.path ?? ''),
    host: toWire(c.host ?? ''),
    method,
    body: c.send === undefined ? null : payload(c.send),
    expected,
    bufferBytes: limit === 0 ? MAX_RESPONSE_BUFFER_BYTES : Math.min(limit, MAX_RESPONSE_BUFFER_BYTES),
    statuses: statuses.length > 0 ? statuses : [{ start: 200, end: 201 }],
    retriable: ranges(c, 'retriable_statuses', c.retriableStatuses, 'retriable'),
    service: c.serviceNameMatcher === undefined ? null : stringTest(c.serviceNameMatcher, regex),
    mutations: checkMutations(c, formats),
    http2: c.codecClientType === 'HTTP2',
  };
  return { session: (checker, host) => new HttpSession(checker, host, settings) };
}

function ranges(
  c: HealthCheckHttpHealthCheck,
  field: string,
  list: readonly Int64Range[] | undefined,
  kind: string,
): readonly Range[] {
  return (list ?? []).map((range) => {
    const start = Number(range.start ?? 0);
    const end = Number(range.end ?? 0);
    const wrong = `Invalid http ${kind} status range: expecting `;
    if (start >= end) refuse(c, field, `${wrong}start < end, but found start=${start} and end=${end}`);
    if (start < 100) refuse(c, field, `${wrong}start >= 100, but found start=${start}`);
    if (end > 600) refuse(c, field, `${wrong}end <= 600, but found end=${end}`);
    return { start, end };
  });
}

function within(status: number, list: readonly Range[]): boolean {
  return list.some(({ start, end }) => status >= start && status < end);
}

class HttpSession extends RequestSession<Answer> {
  private readonly settings: HttpCheckSettings;

  constructor(checker: HealthChecker, host: Host, settings: HttpCheckSettings) {
    super(checker, host);
    this.settings = settings;
  }

  protected get http2(): boolean {
    return this.settings.http2;
  }
  protected makeAnswer(): Answer {
    return new Answer(this, this.settings.expected.length > 0 ? this.settings.bufferBytes : 0);
  }

  protected request(client: CheckClient, answer: Answer): void {
    const { method, path, host, body, mutations, http2 } = this.settings;
    const head = new Headers();
    head.method = method;
    head.path = path;
    head.authority = checkHostname(this.host, host);
    head.scheme = this.host.cluster.connection.transport?.secure === true ? 'https' : 'http';
    head.add('user-agent', USER_AGENT);
    addTo(head, mutations, this.host, http2 ? 'HTTP/2' : 'HTTP/1.1');
    if (body !== null) head.set('content-length', String(body.length));
    const encoder = client.newStream(answer);
    client.encoder = encoder;
    encoder.encodeHeaders(head, body === null);
    if (body !== null) encoder.encodeData(Buffer.from(body), true);
  }

  /** The whole answer is there. */
  answered(answer: Answer): void {
    if (this.answer !== answer) return;
    this.answer = null;
    const head = answer.head as Headers;
    const { client } = this;
    if (!this.reuse || closes(head)) this.client = null;
    this.judge(head, answer);
    this.release(client);
  }

  private judge(head: Headers, answer: Answer): void {
    const s = this.settings;
    if (s.expected.length > 0 && !contains(answer.bytes(), s.expected)) {
      this.excludeIfAsked(head);
      this.fail('ACTIVE', false, head.status);
      return;
    }
    if (!within(head.status, s.statuses)) {
      this.excludeIfAsked(head);
      this.fail('ACTIVE', within(head.status, s.retriable), head.status);
      return;
    }
    if (s.service !== null && VERIFIES.happens()) {
      this.checker.stats.verifyCluster.inc();
      if (!s.service(head.get('x-envoy-upstream-healthchecked-cluster') ?? '')) {
        this.fail('ACTIVE', false, head.status);
        return;
      }
    }
    this.succeed(head.has('x-envoy-degraded'));
  }

  private excludeIfAsked(head: Headers): void {
    if (head.has('x-envoy-immediate-health-check-fail')) this.flag(EXCLUDED_VIA_IMMEDIATE_HC_FAIL, 0);
  }

  lost(answer: Answer): void {
    if (this.answer !== answer) return;
    this.answer = null;
    this.dropClient();
    this.fail('NETWORK');
  }

  protected abandon(): void {
    this.answer = null;
    this.dropClient();
  }
}

/** HeaderUtility::shouldCloseConnection, for an answer. */
function closes(head: Headers): boolean {
  return listHas(head.get('connection') ?? '', 'close') || listHas(head.get('proxy-connection') ?? '', 'close');
}

/** What comes of one check. */
class Answer implements StreamDecoder {
  head: Headers | null = null;
  private readonly session: HttpSession;
  private readonly limit: number;
  private readonly body: Buffer[] = [];
  private length = 0;

  constructor(session: HttpSession, limit: number) {
    this.session = session;
    this.limit = limit;
  }

  bytes(): Buffer {
    return Buffer.concat(this.body);
  }

  on1xx(): void {}
  onHeaders(head: Headers, endStream: boolean): void {
    this.head = head;
    if (endStream) this.session.answered(this);
  }
  onData(data: Buffer, endStream: boolean): void {
    const part = data.subarray(0, this.limit - this.length);
    if (part.length > 0) {
      this.body.push(Buffer.from(part));
      this.length += part.length;
    }
    if (endStream) this.session.answered(this);
  }
  onTrailers(): void {
    this.session.answered(this);
  }
  onReset(): void {
    this.session.lost(this);
  }
  onAboveWriteBuffer(): void {}
  onBelowWriteBuffer(): void {}
}
