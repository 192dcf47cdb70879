// drop_overloads: the share of requests that is answered here, from a config and from discovery. What clients see: conformance cluster-more.
import t from 'tap';
import type { ClusterLoadAssignmentPolicyDropOverload } from '../../src/config/schema/types.ts';
import { Assignment } from '../../src/upstream/discovery/assignment.ts';
import { dropShare } from '../../src/upstream/drop-overload.ts';
import { makeCluster } from './hosts.ts';

const drop = (
  numerator: number,
  denominator?: 'HUNDRED' | 'TEN_THOUSAND' | 'MILLION',
): ClusterLoadAssignmentPolicyDropOverload => ({ category: 'a', dropPercentage: { numerator, denominator } });

t.test('a share of hundred, ten thousand or a million', async (t) => {
  t.equal(dropShare(undefined), 0);
  t.equal(dropShare([]), 0);
  t.equal(dropShare([drop(25)]), 0.25);
  t.equal(dropShare([drop(25, 'TEN_THOUSAND')]), 0.0025);
  t.equal(dropShare([drop(1_000_000, 'MILLION')]), 1);
  t.equal(dropShare([{ category: 'a' }]), 0);
  t.throws(() => dropShare([drop(1), drop(2)]), {
    message: 'Cluster drop_overloads config has 2 categories. Envoy only support one.',
  });
  t.throws(() => dropShare([drop(101)]), {
    message:
      'Cluster drop_overloads config is invalid. drop_ratio=1.01(Numerator 101 / Denominator 100). The valid range is 0~1.',
  });
});

t.test('of the config it stays; discovery says it anew each time, and other event loops are told', async (t) => {
  const fixed = makeCluster({ loadAssignment: { policy: { dropOverloads: [drop(50)] } } });
  t.equal(fixed.info.drops, 0.5);
  const found = makeCluster({ type: 'EDS' });
  const assignment = new Assignment();
  const at = (port: number) => ({
    endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue: port } } },
  });
  const told = (dropOverloads?: ClusterLoadAssignmentPolicyDropOverload[]) =>
    assignment.take({ endpoints: [{ lbEndpoints: [at(1)] }], policy: { dropOverloads } });
  found.update(told([drop(10)])!);
  t.equal(found.info.drops, 0.1);
  t.throws(() => told([drop(1), drop(2)]), { message: /has 2 categories/ });
  const later = makeCluster({ type: 'EDS' });
  later.update(found.snapshot());
  t.equal(later.info.drops, 0.1, 'an event loop that begins later');
  found.update(told()!);
  t.equal(found.info.drops, 0);
});
