/** envoy.stat_sinks.dog_statsd: statsd over UDP with tags behind the value. Mirrors DogStatsdSinkFactory (source/extensions/stat_sinks/dog_statsd). */
import type { DogStatsdSink } from '../config/schema/types.ts';
import type { SinkContext, StatsSink } from './sink.ts';
import { DOG_STATSD_TAGS } from './statsd-lines.ts';
import { udpStatsd } from './udp-statsd.ts';

export function create(config: DogStatsdSink, ctx: SinkContext): StatsSink {
  const { address = {}, prefix = '', maxBytesPerDatagram: maxDatagramBytes = 0 } = config;
  return udpStatsd({ address, prefix, tags: DOG_STATSD_TAGS, maxDatagramBytes }, ctx);
}
