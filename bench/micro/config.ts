/** Loading a config of 1, 100 and 1,000 clusters (and as many routes): text → typed, checked bootstrap. */
import { loadBootstrap } from '../../src/config/load.ts';
import type { MicroCase, Suite } from './harness.ts';

const SIZES = [1, 100, 1000];

function yaml(clusters: number): string {
  const routes: string[] = [];
  const list: string[] = [];
  for (let i = 0; i < clusters; i++) {
    routes.push(`              - {match: {prefix: "/pkg.Service${i}/"}, route: {cluster: c${i}, timeout: 0s}}`);
    list.push(`  - name: c${i}
    connect_timeout: 0.25s
    type: STATIC
    lb_policy: ROUND_ROBIN
    load_assignment:
      cluster_name: c${i}
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: ${1024 + i}}}}`);
  }
  return `static_resources:
  listeners:
  - name: l
    address: {socket_address: {address: 127.0.0.1, port_value: 10000}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: ingress
          route_config:
            name: r
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
${routes.join('\n')}
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  clusters:
${list.join('\n')}
`;
}

function oneCase(size: number): MicroCase {
  const text = yaml(size);
  return {
    name: `${size.toLocaleString('en')} clusters, ${Math.round(text.length / 1024)} KiB of YAML`,
    series: 'clusters',
    size,
    perCall: 1,
    run: async () => {
      const { bootstrap } = await loadBootstrap({ yaml: text });
      if (bootstrap.staticResources?.clusters?.length !== size) throw new Error('clusters are missing');
    },
  };
}

export const suite: Suite = {
  name: 'config',
  unit: 'load',
  // Linear, and what a larger heap costs the collector; twice the cost per cluster would be 1.3.
  growth: { clusters: 1.3 },
  cases: () => SIZES.map(oneCase),
};
