/** What is done with the messages of schema/generated/http.ts; see support.ts. */
import type { Entry } from './support.ts';

const ROUTE = 'envoy.config.route.v3';
const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3';

const entries: Readonly<Record<string, Entry>> = {
  [`${HCM}.HttpConnectionManager.InternalAddressConfig`]: { does: 'unix_sockets cidr_ranges' },
  [`${ROUTE}.RouteAction.MaxStreamDuration`]: { does: '*' },
};
export default entries;
