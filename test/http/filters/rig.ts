/** A proxy with one filter before the router, and an upstream that is looked at. */
import { answering, cluster, type ProxyConfig, ROUTER, TestProxy, Upstream } from '../proxy.ts';

type Teardown = { teardown(fn: () => unknown): void };

/** `seen`: what the upstream was sent last. `more`: clusters beside it, secrets. */
export async function rig(
  t: Teardown,
  type: string,
  value: object,
  route: object = {},
  more: Pick<ProxyConfig, 'clusters' | 'secrets'> = {},
): Promise<{ p: TestProxy; seen: () => string }> {
  let seen = '';
  const u = await Upstream.start(
    answering((request) => {
      seen = request;
      return 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
    }),
  );
  t.teardown(() => u.stop());
  const filter = {
    name: 'f',
    typedConfig: { typeUrl: type.startsWith('envoy.') ? type : `envoy.extensions.filters.http.${type}`, value },
  };
  const p = await TestProxy.start({
    hcm: {
      httpFilters: [filter, ROUTER],
      routeConfig: {
        virtualHosts: [
          { name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'u' }, ...route }] },
        ],
      },
    },
    ...more,
    clusters: [cluster('u', [u.port]), ...(more.clusters ?? [])],
  } as ProxyConfig);
  t.teardown(() => p.stop());
  return { p, seen: () => seen };
}
