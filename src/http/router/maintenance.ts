/** Clusters that the runtime takes out of service, for a share of their requests. Role of ClusterInfoImpl::maintenanceMode. */
import { type RuntimeShare, shareByKey } from '../../runtime/runtime.ts';
import type { ClusterInfo } from '../../upstream/cluster-info.ts';

const shares = new WeakMap<ClusterInfo, RuntimeShare>();

/** By `upstream.maintenance_mode.<cluster>`; to be asked only where there is a runtime. */
export function isInMaintenance(cluster: ClusterInfo): boolean {
  let share = shares.get(cluster);
  if (share === undefined) {
    share = shareByKey(`upstream.maintenance_mode.${cluster.name}`, undefined);
    shares.set(cluster, share);
  }
  return share.happens();
}
