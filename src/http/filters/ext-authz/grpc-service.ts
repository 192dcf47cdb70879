/** Asks envoy.service.auth.v3.Authorization. Mirrors Filters::Common::ExtAuthz::GrpcClientImpl. */
import type { CheckResponse, DeniedHttpResponse, HeaderValueOption } from '../../../config/schema/types.ts';
import { statusNumber } from '../../../config/status-code.ts';
import { GRPC_OK } from '../../../grpc/client.ts';
import type { MessageCodec } from '../../../grpc/message-codec.ts';
import { statusCode } from '../../../grpc/rpc-status.ts';
import type { GrpcServiceClient } from '../../../grpc/service.ts';
import { WireError } from '../../../grpc/wire-reader.ts';
import { asciiLower, toWire } from '../../../platform/wire-text.ts';
import type { AsyncParent } from '../../../upstream/async.ts';
import type { FilterStream } from '../../stream/filter.ts';
import { type AttributeSettings, attributes, type CheckInput } from './check-request.ts';
import {
  ADD_IF_ABSENT,
  APPEND,
  type AuthorizationService,
  DENIED,
  type Decision,
  decision,
  ERROR,
  type Mutation,
  OK,
  OVERWRITE,
  OVERWRITE_OR_ADD,
  tagStatus,
} from './decision.ts';

export interface Codecs {
  readonly request: MessageCodec;
  readonly response: MessageCodec;
}

const INTERNAL = 13;

export class GrpcAuthorization implements AuthorizationService {
  private readonly service: GrpcServiceClient;
  private readonly path: string;
  private readonly timeoutMs: number;
  private readonly settings: AttributeSettings;
  private readonly codecs: Codecs;
  /** Logs are told of its bytes. */
  private readonly meters: boolean;

  constructor(
    service: GrpcServiceClient,
    path: string,
    timeoutMs: number,
    settings: AttributeSettings,
    codecs: Codecs,
    meters: boolean,
  ) {
    this.meters = meters;
    this.service = service;
    this.path = path;
    this.timeoutMs = timeoutMs;
    this.settings = settings;
    this.codecs = codecs;
  }

  check(input: CheckInput, stream: AsyncParent & FilterStream, done: (d: Decision) => void): { cancel(): void } {
    const { client, metadata } = this.service;
    const message = this.codecs.request.encode({ attributes: attributes(stream, input, this.settings) });
    const options = {
      timeoutMs: this.timeoutMs,
      parent: stream,
      span: stream.info.span,
      ...(metadata === null
        ? {}
        : { metadata: (head: typeof stream.request) => metadata(head, stream.info, stream.request) }),
    };
    const call = client.unary(this.path, message, { ...options, meters: this.meters }, (answer, status) => {
      const d = status === GRPC_OK && answer !== null ? this.read(answer) : decision(ERROR, { grpcStatus: status });
      if (call.span !== null && d.status !== ERROR) tagStatus(call.span, d.status === OK);
      done({ ...d, bytes: call.info?.meters?.up ?? null });
    });
    return call;
  }

  private read(bytes: Buffer): Decision {
    try {
      return decide(this.codecs.response.decode(bytes) as CheckResponse);
    } catch (e) {
      if (!(e instanceof WireError)) throw e;
      return decision(ERROR, { grpcStatus: INTERNAL });
    }
  }
}

/** What an answer means. */
export function decide(r: CheckResponse): Decision {
  const { okResponse, errorResponse, deniedResponse } = r;
  const grpcStatus = statusCode(r.status as Buffer | undefined);
  const metadata = okResponse?.dynamicMetadata ?? r.dynamicMetadata ?? null;
  const seen = { unknownAction: false };
  if (grpcStatus === GRPC_OK) {
    // Of the request's headers only the older field counts, in Envoy 1.40 too.
    const requestHeaders = mutations(okResponse?.headers, seen).map((m) =>
      m.joins ? m : { ...m, action: OVERWRITE_OR_ADD },
    );
    const responseHeaders = mutations(okResponse?.responseHeadersToAdd, seen);
    return decision(OK, {
      requestHeaders,
      responseHeaders,
      headersToRemove: (okResponse?.headersToRemove ?? []).map(toWire),
      queryToSet: (okResponse?.queryParametersToSet ?? []).map((p) => [toWire(p.key ?? ''), toWire(p.value ?? '')]),
      queryToRemove: (okResponse?.queryParametersToRemove ?? []).map(toWire),
      metadata,
      grpcStatus,
      ...seen,
    });
  }
  const failed = errorResponse !== undefined;
  const reply = replyOf(failed ? errorResponse : deniedResponse, seen);
  if (failed) return decision(ERROR, { ...reply, metadata, grpcStatus, ...seen });
  return decision(DENIED, { ...reply, code: reply.code || 403, metadata, grpcStatus, ...seen });
}

function replyOf(
  m: DeniedHttpResponse | undefined,
  seen: { unknownAction: boolean },
): Pick<Decision, 'code' | 'body' | 'replyHeaders'> {
  return {
    code: statusNumber(m?.status?.code),
    body: Buffer.from(m?.body ?? ''),
    replyHeaders: mutations(m?.headers, seen),
  };
}

const ACTIONS: Readonly<Record<string, number>> = {
  APPEND_IF_EXISTS_OR_ADD: APPEND,
  ADD_IF_ABSENT,
  OVERWRITE_IF_EXISTS_OR_ADD: OVERWRITE_OR_ADD,
  OVERWRITE_IF_EXISTS: OVERWRITE,
};

function mutations(options: readonly HeaderValueOption[] | undefined, seen: { unknownAction: boolean }): Mutation[] {
  return (options ?? []).map(({ header, append, appendAction }) => {
    const { key = '', value = '' } = header ?? {};
    let action =
      append === undefined ? ACTIONS[appendAction ?? 'APPEND_IF_EXISTS_OR_ADD'] : append ? APPEND : OVERWRITE_OR_ADD;
    if (action === undefined) {
      seen.unknownAction = true;
      action = OVERWRITE_OR_ADD;
    }
    return { name: asciiLower(toWire(key)), value: toWire(value), action, joins: append === true };
  });
}
