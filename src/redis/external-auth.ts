/**
 * `external_auth_provider`: what a client says with AUTH is asked of a gRPC service. Mirrors GrpcExternalAuthClient
 * (redis_proxy/external_auth.cc) and ProxyFilter::onAuthenticateExternal (proxy_filter.cc). Loaded where it is configured.
 */
import { Headers } from '../codec/headers.ts';
import type { RedisExternalAuthProvider } from '../config/schema/types.ts';
import type { FactoryContext } from '../extension/context.ts';
import { GRPC_OK } from '../grpc/client.ts';
import { loadCodec, type MessageCodec } from '../grpc/message-codec.ts';
import { statusCode } from '../grpc/rpc-status.ts';
import { type GrpcServiceClient, grpcService } from '../grpc/service.ts';
import { WireError } from '../grpc/wire-reader.ts';
import { logger } from '../log/logger.ts';
import type { Connection } from '../transport/connection.ts';
import { ClientFacts } from './client-facts.ts';
import { printable } from './local-answers.ts';

const PATH = '/envoy.service.redis_auth.v3.RedisProxyExternalAuth/Authenticate';
/** Without `timeout` (redis_proxy/config.cc). */
const DEFAULT_TIMEOUT_MS = 200;
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;
const FAILED = '-ERR external authentication failed\r\n';
const NO_HEADERS = new Headers();

const log = logger('redis');

export interface Verdict {
  /** What the client is told; null: OK. */
  readonly text: string | null;
  /** The same where it said so with HELLO. */
  readonly helloText: string | null;
  /** Null: as before. */
  readonly authorised: boolean | null;
  /** Date.now() from which on it does not hold any more. */
  readonly untilMs: number;
}

interface Answer {
  readonly status?: Buffer;
  /** ms */
  readonly expiration?: number;
  readonly message?: string;
}

export class ExternalAuth {
  private readonly service: GrpcServiceClient;
  private readonly request: MessageCodec;
  private readonly response: MessageCodec;
  private readonly timeoutMs: number;
  private readonly expires: boolean;

  constructor(
    config: RedisExternalAuthProvider,
    service: GrpcServiceClient,
    codecs: readonly [MessageCodec, MessageCodec],
  ) {
    this.service = service;
    [this.request, this.response] = codecs;
    this.timeoutMs = config.grpcService?.timeout ?? DEFAULT_TIMEOUT_MS;
    this.expires = config.enableAuthExpiration === true;
  }

  static async make(config: RedisExternalAuthProvider, ctx: FactoryContext): Promise<ExternalAuth> {
    const name = 'envoy.service.redis_auth.v3.RedisProxyExternalAuth';
    const codecs = [await loadCodec(`${name}Request`), await loadCodec(`${name}Response`)] as const;
    return new ExternalAuth(config, await grpcService(config.grpcService ?? {}, ctx), codecs);
  }

  /** `username`: '' for none. */
  ask(
    connection: Connection,
    username: string,
    password: string,
    done: (verdict: Verdict) => void,
  ): { cancel(): void } {
    const { client, metadata } = this.service;
    const facts = new ClientFacts(connection);
    const options = {
      timeoutMs: this.timeoutMs,
      ...(metadata === null ? {} : { metadata: (head: Headers) => metadata(head, facts, NO_HEADERS) }),
    };
    const message = this.request.encode({ username, password });
    return client.unary(PATH, message, options, (answer, status, text) => {
      done(status === GRPC_OK && answer !== null ? this.read(answer) : failed(text));
    });
  }

  private read(bytes: Buffer): Verdict {
    let answer: Answer;
    let code: number;
    try {
      answer = this.response.decode(bytes) as Answer;
      code = statusCode(answer.status);
    } catch (error) {
      if (error instanceof WireError) return failed(error.message);
      throw error;
    }
    const { expiration, message = '' } = answer;
    if (code === GRPC_OK) {
      const untilMs = this.expires ? Math.floor((expiration ?? 0) / 1000) * 1000 : Number.POSITIVE_INFINITY;
      return { text: null, helloText: null, authorised: true, untilMs };
    }
    if (code !== PERMISSION_DENIED && code !== UNAUTHENTICATED) return failed(message);
    const said = printable(Buffer.from(message).toString('latin1'));
    return {
      text: `-ERR ${said || 'unauthorized'}\r\n`,
      helloText: `-WRONGPASS ${said || 'invalid username-password pair'}\r\n`,
      authorised: false,
      untilMs: Number.POSITIVE_INFINITY,
    };
  }
}

function failed(why: string): Verdict {
  log.error(`Redis external authentication failed: ${why}`);
  return { text: FAILED, helloText: FAILED, authorised: null, untilMs: Number.POSITIVE_INFINITY };
}
