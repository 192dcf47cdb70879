/**
 * least_request with selection_method FULL_SCAN: the host with the fewest requests of all; of several one by chance. Mirrors
 * LeastRequestLoadBalancer::unweightedHostPickFullScan (source/extensions/load_balancing_policies/least_request/least_request_lb.cc).
 */
import type { RuntimeValue } from '../../runtime/runtime.ts';
import type { Host } from '../host.ts';
import type { Policy } from './host-picker.ts';
import { LoadPicker } from './least-request.ts';
import type { Random } from './load-balancer.ts';

/** `bias`: with unequal weights hosts are scheduled by weight and load. */
export function fullScan(random: Random, bias: RuntimeValue<number>): Policy {
  const seed = random();
  return { usesHash: false, make: () => new ScanPicker(random, seed, bias) };
}

class ScanPicker extends LoadPicker {
  pick(): Host | null {
    if (this.schedule !== null) return this.schedule.pick(this.weightOf);
    const { hosts } = this;
    let best: Host | null = null;
    let least = 0;
    let tied = 0;
    for (let i = 0; i < hosts.length; i++) {
      const active = hosts[i].stats.rqActive;
      if (best === null || active < least) {
        best = hosts[i];
        least = active;
        tied = 1;
      } else if (active === least && this.random() % ++tied === 0) {
        best = hosts[i];
      }
    }
    return best;
  }
}
