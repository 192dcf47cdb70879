/**
 * One session on its way through its filters: from the client in their order, to the client in the reverse one. Mirrors what ActiveSession of
 * source/extensions/filters/udp/udp_proxy/udp_proxy_filter.cc does with its lists of filters. Loaded where a udp_proxy has session_filters.
 */
import type { UdpSessionFilter, UdpSessionFilterCallbacks, UdpSessionFilterFactory } from './session-filter.ts';
import type { UdpSessionLog } from './udp-log.ts';
import type { UdpSession } from './udp-session.ts';

export class SessionFilters implements UdpSessionFilterCallbacks {
  readonly facts: UdpSessionLog;
  private readonly session: UdpSession;
  private readonly filters: readonly UdpSessionFilter[];
  /** Filters that have met the session. */
  private met = 0;

  constructor(session: UdpSession, factories: readonly UdpSessionFilterFactory[]) {
    this.session = session;
    this.facts = session.log as UdpSessionLog;
    this.filters = factories.map((f) => f.create(this));
  }

  begin(): boolean {
    return this.stops() || this.session.open();
  }

  /** One that has not met the session yet holds it up. */
  private stops(): boolean {
    const { filters } = this;
    while (this.met < filters.length) if (filters[this.met++].onNewSession?.() === 'stop') return true;
    return false;
  }

  goOn(): boolean {
    const { session } = this;
    if (session.isOver) return false;
    if (this.stops() || session.open()) return true;
    session.end();
    return false;
  }

  fromClient(data: Buffer): void {
    this.read(0, data);
  }
  injectRead(filter: UdpSessionFilter, data: Buffer): void {
    this.read(this.filters.indexOf(filter) + 1, data);
  }

  private read(from: number, datagram: Buffer): void {
    const { filters } = this;
    let data = datagram;
    for (let i = from; i < filters.length; i++) {
      const f = filters[i];
      if (f.onData === undefined) continue;
      const next = f.onData(data);
      if (next === null) return;
      data = next;
    }
    this.session.passUpstream(data);
  }

  fromUpstream(data: Buffer): void {
    this.write(this.filters.length - 1, data);
  }
  injectWrite(filter: UdpSessionFilter, data: Buffer): void {
    this.write(this.filters.indexOf(filter) - 1, data);
  }

  private write(from: number, datagram: Buffer): void {
    const { filters } = this;
    let data = datagram;
    for (let i = from; i >= 0; i--) {
      const f = filters[i];
      if (f.onWrite === undefined) continue;
      const next = f.onWrite(data);
      if (next === null) return;
      data = next;
    }
    this.session.passDownstream(data);
  }

  over(): void {
    for (const f of this.filters) f.onSessionComplete?.();
  }
}
