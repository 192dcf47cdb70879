/** envoy.stat_sinks.graphite_statsd: statsd over UDP with tags behind the name. Mirrors GraphiteStatsdSinkFactory (source/extensions/stat_sinks/graphite_statsd). */
import type { GraphiteStatsdSink } from '../config/schema/types.ts';
import type { SinkContext, StatsSink } from './sink.ts';
import { GRAPHITE_TAGS } from './statsd-lines.ts';
import { udpStatsd } from './udp-statsd.ts';

export function create(config: GraphiteStatsdSink, ctx: SinkContext): StatsSink {
  const { address = {}, prefix = '', maxBytesPerDatagram: maxDatagramBytes = 0 } = config;
  return udpStatsd({ address, prefix, tags: GRAPHITE_TAGS, maxDatagramBytes }, ctx);
}
