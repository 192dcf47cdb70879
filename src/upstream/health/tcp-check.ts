/**
 * tcp_health_check: connects; where bytes are expected, sends and waits for them in the same connection time and again. Mirrors
 * TcpHealthCheckerImpl (source/extensions/health_checkers/tcp/health_checker_impl.cc).
 */
import type { HealthCheckTcpHealthCheck } from '../../config/schema/types.ts';
import type { Connection } from '../../transport/connection.ts';
import type { ConnectionHandler } from '../../transport/types.ts';
import type { Host } from '../host.ts';
import { CheckSession } from './check-session.ts';
import type { CheckType, HealthChecker } from './health-checker.ts';
import { contains, payload } from './payload.ts';

/** Bytes looked through for the expected ones. Envoy keeps all; a host that sends more than this has not answered. */
export const MAX_TCP_ANSWER_BYTES = 64 * 1024;

export function tcpCheck(config: HealthCheckTcpHealthCheck): CheckType {
  const { send } = config;
  const receive = (config.receive ?? []).map(payload);
  // Envoy 1.40 sends text only: what stands under `binary` is left where it is.
  const bytes = send?.text === undefined ? null : payload(send);
  return { session: (checker, host) => new TcpSession(checker, host, bytes, receive) };
}

class TcpSession extends CheckSession {
  readonly send: Buffer | null;
  readonly expected: readonly Buffer[];
  private link: TcpLink | null = null;

  constructor(checker: HealthChecker, host: Host, send: Buffer | null, expected: readonly Buffer[]) {
    super(checker, host);
    this.send = send;
    this.expected = expected;
  }

  protected check(): void {
    this.link ??= new TcpLink(this);
    this.link.begin();
  }

  protected abandon(): void {
    this.drop();
  }
  protected close(): void {
    this.drop();
  }

  private drop(): void {
    const link = this.link;
    this.link = null;
    link?.conn.close('noFlush');
  }

  // --- for the link ------------------------------------------------------------------------------------------------

  answered(): void {
    if (this.expected.length === 0 || !this.checker.reusesConnection) this.drop();
    this.succeed(false);
  }
  lost(link: TcpLink): void {
    if (this.link !== link) return;
    this.link = null;
    this.fail('NETWORK');
  }
}

/** One connection of a session. */
class TcpLink implements ConnectionHandler {
  readonly conn: Connection;
  private readonly session: TcpSession;
  private received: Buffer[] = [];
  private bytes = 0;

  constructor(session: TcpSession) {
    this.session = session;
    this.conn = session.host.connectToCheck(this);
  }

  begin(): void {
    this.forget();
    const { send } = this.session;
    if (send !== null) this.conn.write(send);
  }

  onConnected(): void {
    if (this.session.expected.length === 0) this.session.answered();
  }
  onData(chunk: Buffer): void {
    if (this.session.expected.length === 0) return;
    this.received.push(chunk);
    this.bytes += chunk.length;
    if (this.bytes > MAX_TCP_ANSWER_BYTES) {
      this.conn.close('noFlush');
      return;
    }
    if (!contains(Buffer.concat(this.received), this.session.expected)) return;
    this.forget();
    this.session.answered();
  }
  private forget(): void {
    this.received = [];
    this.bytes = 0;
  }
  onEnd(): void {
    this.conn.close('noFlush');
  }
  onClose(): void {
    this.session.lost(this);
  }
  onAboveWriteBuffer(): void {}
  onBelowWriteBuffer(): void {}
}
