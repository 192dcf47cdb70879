/** The upstream connections of one host: one for each redis_proxy that uses it, as each has its own timeouts and stats. */
import { type Host, type HostSlot, hostSlot } from '../upstream/host.ts';
import type { ProxySettings } from './proxy-settings.ts';
import { type ClientOwner, UpstreamClient } from './upstream-client.ts';

export class HostClients implements HostSlot, ClientOwner {
  /** The one used last: with one redis_proxy, always it. */
  private last: UpstreamClient | null;
  private readonly current: UpstreamClient[];

  constructor() {
    this.last = null;
    this.current = [];
  }

  /** The connection of `proxy` to this host, made when there is none or when a slow client holds it up; null where none may be made. */
  get(host: Host, proxy: ProxySettings): UpstreamClient | null {
    const last = this.last;
    if (last !== null && last.proxy === proxy && !last.paused) return last;
    for (let i = 0; i < this.current.length; i++) {
      const c = this.current[i];
      if (c.proxy !== proxy) continue;
      if (!c.paused) return (this.last = c);
      c.retire();
      break;
    }
    if (!proxy.mayConnect(host.cluster)) return null;
    const made = new UpstreamClient(host, proxy, this);
    this.current.push(made);
    this.last = made;
    return made;
  }

  /** The client takes no new requests. */
  forget(client: UpstreamClient): void {
    if (this.last === client) this.last = null;
    const i = this.current.indexOf(client);
    if (i >= 0) this.current.splice(i, 1);
  }

  /** The host left its cluster. */
  drain(): void {
    for (const c of this.current.slice()) c.drain();
  }
}

const SLOT = hostSlot();

/** The client for the next request to `host`; null where `connection_rate_limit` allows none. */
export function clientOf(host: Host, proxy: ProxySettings): UpstreamClient | null {
  let clients = host.slots[SLOT] as HostClients | undefined;
  if (clients === undefined) host.slots[SLOT] = clients = new HostClients();
  return clients.get(host, proxy);
}
