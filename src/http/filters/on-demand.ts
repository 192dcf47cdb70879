/**
 * envoy.filters.http.on_demand: asks the control plane for virtual hosts and clusters that a request needs. Here routes do not come one
 * virtual host at a time (VHDS), and odcds is refused, so there is never anything to ask for: as Envoy's filter then does, it lets all requests
 * through. Mirrors source/extensions/filters/http/on_demand/on_demand_update.cc.
 */
import { type HttpFilterFactory, StreamFilter } from '../stream/filter.ts';

class OnDemandFilter extends StreamFilter {}

export function create(): HttpFilterFactory {
  return { terminal: false, create: () => new OnDemandFilter(), createRoute: () => null };
}
