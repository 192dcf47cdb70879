/** Asks envoy.service.ratelimit.v3.RateLimitService. Mirrors source/extensions/filters/common/ratelimit/ratelimit_impl.cc. */
import type { Headers } from '../../codec/headers.ts';
import type { GrpcService, RateLimitResponse, RateLimitServiceConfig } from '../../config/schema/types.ts';
import type { ServerContext } from '../../extension/context.ts';
import type { FormatInfo } from '../../format/format-context.ts';
import { GRPC_OK } from '../../grpc/client.ts';
import type { MessageCodec } from '../../grpc/message-codec.ts';
import { buildGrpcService, type GrpcServiceClient } from '../../grpc/service.ts';
import { WireError } from '../../grpc/wire-reader.ts';
import { fromWire } from '../../platform/wire-text.ts';
import type { AsyncParent } from '../../upstream/async.ts';
import type { FormatCompiler } from '../headers/header-mutations.ts';
import type { Descriptor } from '../route/rate-limits.ts';

const SHOULD_LIMIT = '/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit';
/** What 1.16 asks for, unless it is told V3. */
const SHOULD_LIMIT_V2 = '/envoy.service.ratelimit.v2.RateLimitService/ShouldRateLimit';
/** RateLimit.timeout where it has none, ms. */
const DEFAULT_TIMEOUT_MS = 20;

/** A request, or a connection. */
export interface AskedFor {
  readonly request: Headers;
  readonly info: FormatInfo;
}

export class RateLimitService {
  private readonly service: GrpcServiceClient;
  private readonly path: string;
  private readonly timeoutMs: number;
  private readonly request: MessageCodec;
  private readonly response: MessageCodec;

  constructor(
    config: RateLimitServiceConfig,
    timeoutMs: number | undefined,
    ctx: ServerContext,
    formats: FormatCompiler,
    codecs: readonly [request: MessageCodec, response: MessageCodec],
  ) {
    this.service = buildGrpcService(config.grpcService as GrpcService, ctx, formats);
    this.path = ctx.envoy16 && config.transportApiVersion !== 'V3' ? SHOULD_LIMIT_V2 : SHOULD_LIMIT;
    this.timeoutMs = timeoutMs ?? DEFAULT_TIMEOUT_MS;
    [this.request, this.response] = codecs;
  }

  /** `done`: null for a service that failed. `stream` null: nobody waits for it any more. */
  ask(
    domain: string,
    descriptors: readonly Descriptor[],
    hitsAddend: number,
    stream: (AsyncParent & AskedFor) | null,
    done: (answer: RateLimitResponse | null) => void,
  ): { cancel(): void } {
    const message = this.request.encode({
      domain,
      descriptors: descriptors.map((d) => ({
        entries: d.entries.map(({ key, value }) => ({ key: text(key), value: text(value) })),
        ...(d.limit === null ? {} : { limit: d.limit }),
        ...(d.hitsAddend < 0 ? {} : { hitsAddend: d.hitsAddend, isNegativeHits: d.negativeHits }),
      })),
      hitsAddend,
    });
    const { client, metadata } = this.service;
    const options = {
      timeoutMs: this.timeoutMs,
      ...(stream === null ? {} : { parent: stream, span: stream.info.span }),
      ...(stream === null || metadata === null
        ? {}
        : { metadata: (head: typeof stream.request) => metadata(head, stream.info, stream.request) }),
    };
    const call = client.unary(this.path, message, options, (answer, status) => {
      const read = status === GRPC_OK && answer !== null ? this.read(answer) : null;
      if (read !== null) call.span?.setTag('ratelimit_status', read.overallCode === 'OVER_LIMIT' ? 'over_limit' : 'ok');
      done(read);
    });
    return call;
  }

  private read(bytes: Buffer): RateLimitResponse | null {
    try {
      return this.response.decode(bytes) as RateLimitResponse;
    } catch (e) {
      if (e instanceof WireError) return null;
      throw e;
    }
  }
}

const text = (wire: string): string => fromWire(wire) ?? wire;
