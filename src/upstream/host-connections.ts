/**
 * Connections that are no pool's and go when their host is found unhealthy: those of clusters with
 * `close_connections_on_host_health_failure`.
 */
import type { Connection } from '../transport/connection.ts';
import { type Host, type HostSlot, hostSlot } from './host.ts';

const SLOT = hostSlot();

class HostConnections implements HostSlot {
  readonly open = new Set<Connection>();

  /** They may end as they do. */
  drain(): void {}

  hostFailed(): void {
    for (const c of [...this.open]) c.close('noFlush');
  }
}

export function closeWithHost(host: Host, connection: Connection): void {
  host.slots[SLOT] ??= new HostConnections();
  (host.slots[SLOT] as HostConnections).open.add(connection);
}

export function closed(host: Host, connection: Connection): void {
  (host.slots[SLOT] as HostConnections | undefined)?.open.delete(connection);
}
