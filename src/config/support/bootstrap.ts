/** What is done with the messages of schema/generated/bootstrap.ts; see support.ts. */
import type { Entry } from './support.ts';

const BOOTSTRAP = 'envoy.config.bootstrap.v3';

const entries: Readonly<Record<string, Entry>> = {
  [`${BOOTSTRAP}.ClusterManager`]: { inert: 'enable_deferred_cluster_creation' },
};
export default entries;
