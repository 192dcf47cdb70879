/**
 * grpc_health_check: asks grpc.health.v1.Health/Check whether a service is SERVING. Mirrors GrpcHealthCheckerImpl
 * (source/extensions/health_checkers/grpc/health_checker_impl.cc).
 */
import { Headers } from '../../codec/headers.ts';
import type { StreamDecoder } from '../../codec/http.ts';
import type { HealthCheckGrpcHealthCheck } from '../../config/schema/types.ts';
import { FRAME_HEAD_BYTES, frame } from '../../grpc/frames.ts';
import { WireWriter } from '../../grpc/wire-writer.ts';
import { toWire } from '../../platform/wire-text.ts';
import type { CheckType, HealthChecker } from '../../upstream/health/health-checker.ts';
import type { Host } from '../../upstream/host.ts';
import { formatGrpcTimeout, isGrpcContentType, parseGrpcStatus } from '../grpc.ts';
import type { FormatCompiler, HeaderMutations } from '../headers/header-mutations.ts';
import type { CheckClient } from './check-client.ts';
import { addTo, checkHostname, checkMutations } from './check-headers.ts';
import { RequestSession, USER_AGENT } from './request-session.ts';

const PATH = '/grpc.health.v1.Health/Check';
/** A HealthCheckResponse is two bytes; what is longer is none. */
export const MAX_GRPC_ANSWER_BYTES = 4096;
/** HealthCheckResponse.ServingStatus. */
const SERVING = 1;

interface GrpcCheckSettings {
  readonly request: Buffer;
  readonly authority: string;
  readonly mutations: HeaderMutations | null;
}

export function grpcCheck(c: HealthCheckGrpcHealthCheck, formats: FormatCompiler | null): CheckType {
  const settings: GrpcCheckSettings = {
    request: requestFrame(c.serviceName ?? ''),
    authority: toWire(c.authority ?? ''),
    mutations: checkMutations({ requestHeadersToAdd: c.initialMetadata }, formats),
  };
  return { session: (checker, host) => new GrpcSession(checker, host, settings) };
}

/** HealthCheckRequest{service = 1}, in a frame. */
function requestFrame(service: string): Buffer {
  const w = new WireWriter();
  if (service !== '') w.string(1, service);
  return frame(w.finish());
}

class GrpcSession extends RequestSession<Answer> {
  private readonly settings: GrpcCheckSettings;

  constructor(checker: HealthChecker, host: Host, settings: GrpcCheckSettings) {
    super(checker, host);
    this.settings = settings;
  }

  protected get http2(): boolean {
    return true;
  }
  protected makeAnswer(): Answer {
    return new Answer(this);
  }

  protected request(client: CheckClient, answer: Answer): void {
    const { request, authority, mutations } = this.settings;
    const head = new Headers();
    head.method = 'POST';
    head.path = PATH;
    head.authority = checkHostname(this.host, authority);
    head.scheme = this.host.cluster.connection.transport?.secure === true ? 'https' : 'http';
    head.add('te', 'trailers');
    head.add('content-type', 'application/grpc');
    head.add('user-agent', USER_AGENT);
    addTo(head, mutations, this.host, 'HTTP/2');
    head.set('grpc-timeout', formatGrpcTimeout(this.checker.timeoutMs));
    const encoder = client.newStream(answer);
    client.encoder = encoder;
    encoder.encodeHeaders(head, false);
    encoder.encodeData(Buffer.from(request), true);
  }

  /** `whole`: the stream has ended with it. */
  completed(answer: Answer, serving: boolean, whole: boolean): void {
    if (this.answer !== answer) return;
    this.answer = null;
    const { client } = this;
    if (!whole) client?.encoder?.reset('local reset');
    if (!this.reuse) this.client = null;
    if (serving) this.succeed(false);
    else this.fail('ACTIVE');
    this.release(client);
  }

  lost(answer: Answer): void {
    if (this.answer !== answer) return;
    this.answer = null;
    if (!this.reuse) this.dropClient();
    this.fail('NETWORK');
  }

  protected abandon(): void {
    const { client, answer } = this;
    this.answer = null;
    if (answer === null || client === null) return;
    if (!this.reuse || client.encoder === null) this.dropClient();
    else client.encoder.reset('local reset');
  }
}

/** What comes of one check. */
class Answer implements StreamDecoder {
  private readonly session: GrpcSession;
  private bytes: Buffer = Buffer.alloc(0);

  constructor(session: GrpcSession) {
    this.session = session;
  }

  on1xx(): void {}
  onHeaders(head: Headers, endStream: boolean): void {
    // Without a message nothing is serving, whatever the status says.
    if (endStream) this.session.completed(this, false, true);
    else if (head.status !== 200 || !isGrpcContentType(head.get('content-type')))
      this.session.completed(this, false, false);
  }
  onData(data: Buffer, endStream: boolean): void {
    if (endStream) {
      this.session.completed(this, false, true);
      return;
    }
    this.bytes = Buffer.concat([this.bytes, data]);
    if (this.bytes.length > MAX_GRPC_ANSWER_BYTES) this.session.completed(this, false, false);
  }
  onTrailers(trailers: Headers): void {
    const ok = parseGrpcStatus(trailers.get('grpc-status')) === 0;
    this.session.completed(this, ok && servingStatus(this.bytes) === SERVING, true);
  }
  onReset(): void {
    this.session.lost(this);
  }
  onAboveWriteBuffer(): void {}
  onBelowWriteBuffer(): void {}
}

/** HealthCheckResponse{status = 1} of the one message there may be; -1: there is none, or it is something else. */
export function servingStatus(bytes: Buffer): number {
  if (bytes.length < FRAME_HEAD_BYTES || bytes[0] !== 0 || bytes.readUInt32BE(1) !== bytes.length - FRAME_HEAD_BYTES)
    return -1;
  let at = FRAME_HEAD_BYTES;
  let status = 0;
  while (at < bytes.length) {
    const [tag, afterTag] = readVarint(bytes, at);
    const [value, next] = readVarint(bytes, afterTag);
    if (tag !== 0x08 || next === 0) return -1;
    status = value;
    at = next;
  }
  return at > FRAME_HEAD_BYTES ? status : -1;
}

/** Value and what follows it; 0: cut off. */
function readVarint(bytes: Buffer, from: number): [value: number, next: number] {
  let value = 0;
  let scale = 1;
  for (let at = from; from > 0 && at < bytes.length && at < from + 5; at++) {
    value += (bytes[at] & 0x7f) * scale;
    if (bytes[at] < 0x80) return [value, at + 1];
    scale *= 128;
  }
  return [0, 0];
}
