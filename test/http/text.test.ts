import t from 'tap';
import { toWire } from '../../src/platform/wire-text.ts';
import { answering, cluster, get, header, OK, TestProxy, Upstream } from './proxy.ts';

/** Letters of two, three and four bytes; the low bytes of two of them are CR and LF. */
const LETTERS = 'éčĊ日😀';

t.test('config text outside ASCII leaves as UTF-8 in every header that is made of it', async (t) => {
  const requests: string[] = [];
  const upstream = await Upstream.start(
    answering((request) => {
      requests.push(request);
      return OK;
    }),
  );
  const value = { header: { key: 'x-text', value: LETTERS } };
  const proxy = await TestProxy.start({
    hcm: {
      serverName: LETTERS,
      via: LETTERS,
      addUserAgent: true,
      routeConfig: {
        virtualHosts: [
          {
            domains: ['*'],
            routes: [{ match: { prefix: '/' }, route: { clusterHeader: 'x-cluster' } }],
            requestHeadersToAdd: [value],
            responseHeadersToAdd: [value],
          },
        ],
      },
    },
    clusters: [cluster(LETTERS, [upstream.port])],
    localInfo: { nodeId: `id-${LETTERS}`, nodeCluster: `cluster-${LETTERS}`, zone: '' },
  });
  t.teardown(() => {
    proxy.stop();
    upstream.stop();
  });
  const wire = toWire(LETTERS);
  const client = proxy.connect();
  t.teardown(() => client.close());
  const answer = await client.send(get('/', `x-cluster: ${wire}\r\n`)).message();
  t.equal(answer.start, 'HTTP/1.1 200 OK', 'the cluster is found by the UTF-8 bytes of its name');
  for (const name of ['server', 'via', 'x-text']) t.equal(header(answer, name), wire, name);
  const lines = requests[0].split('\r\n');
  for (const line of [
    `x-text: ${wire}`,
    `via: ${wire}`,
    `user-agent: cluster-${wire}`,
    `x-envoy-downstream-service-cluster: cluster-${wire}`,
    `x-envoy-downstream-service-node: id-${wire}`,
  ])
    t.ok(lines.includes(line), JSON.stringify(line));
  const latin1 = await client.send(get('/', 'x-cluster: \xe9\r\n')).message();
  t.equal(latin1.start, 'HTTP/1.1 503 Service Unavailable', 'bytes that are no UTF-8 name no cluster');
});

t.test('a line break in what becomes a header is refused with the config', async (t) => {
  for (const [hcm, localInfo, words] of [
    [{ serverName: 'a\r\nx: 1' }, {}, /server_name cannot be the value of a header/],
    [{ via: 'a\nb' }, {}, /via cannot be/],
    [{ addUserAgent: true }, { nodeId: 'a\0b' }, /node\.id cannot be/],
    [{ addUserAgent: true }, { nodeCluster: 'a\rb' }, /node\.cluster cannot be/],
  ] as const)
    await t.rejects(
      TestProxy.start({ hcm, localInfo: { nodeId: '', nodeCluster: '', zone: '', ...localInfo } }),
      words,
      JSON.stringify([hcm, localInfo]),
    );
});
