/** Tracers: what they are sent to must be there when the config is read (Config::Utility::checkCluster). */
import type { TracingHttp, ZipkinConfig } from '../schema/types.ts';
import type { KnownClusters } from './clusters.ts';
import { checkKind, TRACERS } from './extensions.ts';
import type { Reporter } from './reporter.ts';

export function checkTracer(provider: TracingHttp | undefined, clusters: KnownClusters, report: Reporter): void {
  checkKind(provider, TRACERS, report);
  const typed = provider?.typedConfig;
  if (typed?.typeUrl === 'envoy.config.trace.v3.ZipkinConfig')
    checkZipkin(typed.value as ZipkinConfig, clusters, report);
}

function checkZipkin(config: ZipkinConfig, clusters: KnownClusters, report: Reporter): void {
  const uri = config.collectorService?.httpUri;
  const name = config.collectorService === undefined ? config.collectorCluster : uri?.cluster;
  if (name === undefined || name === '' || clusters.has(name)) return;
  const [about, field] = uri === undefined ? [config, 'collector_cluster'] : [uri, 'cluster'];
  report.problem(about, field, `envoy.tracers.zipkin: unknown cluster '${name}'`);
}
