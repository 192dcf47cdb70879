// Hosts that discovery names again with other words about their checks: real Envoy 1.40 makes those that are checked elsewhere new ones.
import t from 'tap';
import type { EndpointHealthCheckConfig } from '../../../src/config/schema/types.ts';
import type { Endpoint } from '../../../src/upstream/endpoint.ts';
import { FAILED_ACTIVE_HC, flagNames } from '../../../src/upstream/health/health-flags.ts';
import { HostAdmission } from '../../../src/upstream/health/host-admission.ts';
import { endpoint, makeCluster, priority } from '../hosts.ts';

class Rig {
  readonly cluster;
  private readonly admission: HostAdmission;

  constructor(ignores: boolean) {
    this.cluster = makeCluster({ type: 'EDS', ignoreHealthOnHostRemoval: ignores });
    this.admission = new HostAdmission(this.cluster);
  }
  found(...endpoints: readonly Endpoint[]): string[] {
    this.cluster.update(this.admission.admit([priority(0, ...endpoints)]));
    return this.seen;
  }
  passed(): void {
    for (const h of this.cluster.hosts) h.setHealth(h.health & ~FAILED_ACTIVE_HC);
  }
  get seen(): string[] {
    return this.cluster.hosts.map((h) => `${h.id} ${h.address.port} ${flagNames(h.health)}`);
  }
}

const checked = (check: EndpointHealthCheckConfig): Endpoint => ({ ...endpoint(1), check });

t.test('another place to be checked at: another host, which waits for its first check', async (t) => {
  const r = new Rig(true);
  r.found(checked({ portValue: 7 }));
  r.passed();
  t.same(r.found(checked({ portValue: 8 })), ['-1 1 /failed_active_hc']);
  r.passed();
  t.same(r.found(checked({ portValue: 8 })), ['-1 1 healthy'], 'and stays that one');
  t.same(r.found(checked({ portValue: 8, hostname: 'other' })), ['-1 1 healthy'], 'a name is no place');
  t.same(r.found(endpoint(1)), ['-2 1 /failed_active_hc']);
  t.same(r.found(checked({ portValue: 1 })), ['-2 1 /failed_active_hc'], 'its own port is no other place');
  t.same(r.found(), []);
  t.same(r.found(endpoint(1)), ['-2 1 /failed_active_hc'], 'who was gone waits for a check');
});

t.test('the one that was well stays until it fails, unless that is ignored', async (t) => {
  const r = new Rig(false);
  r.found(checked({ portValue: 7 }));
  r.passed();
  t.same(r.found(checked({ portValue: 8 })), ['-1 1 /failed_active_hc', '1 1 /pending_dynamic_removal']);
  t.same(r.found(checked({ portValue: 8 })), ['-1 1 /failed_active_hc', '1 1 /pending_dynamic_removal']);
});

t.test('disable_active_health_check: on and off make other hosts, the old one goes at once', async (t) => {
  const r = new Rig(false);
  r.found(endpoint(1));
  r.passed();
  t.same(r.found(checked({ disableActiveHealthCheck: true })), ['-1 1 healthy']);
  t.same(r.found(endpoint(1)), ['-2 1 /failed_active_hc']);
});
