// How long the stream of one try may last: what the request asks for, else what the host's own cluster says, whichever cluster the route names.
import t from 'tap';
import { timesAt } from '../../../src/http/router/try-limits.ts';
import { endpoint, makeCluster, setHosts } from '../../upstream/hosts.ts';

const PLAIN = { perTryMs: 7, idleMs: 0 };

t.test('max_stream_duration of the cluster that the host is of', async (t) => {
  const cluster = makeCluster({ commonHttpProtocolOptions: { maxStreamDuration: 300 } });
  setHosts(cluster, endpoint(1));
  const [host] = cluster.hosts;
  t.same(timesAt(host, null), { perTryMs: 0, idleMs: 0, durationMs: 300 });
  t.same(timesAt(host, { ...PLAIN, durationMs: -1 }), { ...PLAIN, durationMs: 300 });
  t.same(timesAt(host, { ...PLAIN, durationMs: 20 }), { ...PLAIN, durationMs: 20 }, 'the request asks for less');
  t.same(timesAt(host, { ...PLAIN, durationMs: 0 }), { ...PLAIN, durationMs: 0 }, 'or for no limit');
});

t.test('nothing is made where the cluster says nothing', async (t) => {
  const cluster = makeCluster();
  setHosts(cluster, endpoint(1));
  const times = { ...PLAIN, durationMs: -1 };
  t.equal(timesAt(cluster.hosts[0], times), times);
  t.equal(timesAt(cluster.hosts[0], null), null);
});
