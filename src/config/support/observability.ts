/** What is done with the messages of schema/generated/observability.ts; see support.ts. */
import type { Entry } from './support.ts';

const LOG = 'envoy.config.accesslog.v3';
const LOGGERS = 'envoy.extensions.access_loggers';
const TRACE = 'envoy.config.trace.v3';
const OTEL = 'envoy.extensions.tracers.opentelemetry';

const entries: Readonly<Record<string, Entry>> = {
  [`${LOG}.AccessLog`]: { does: 'name typed_config config filter' },
  [`${LOG}.AccessLogFilter`]: {
    does: [
      'status_code_filter duration_filter not_health_check_filter traceable_filter runtime_filter and_filter or_filter header_filter',
      'response_flag_filter grpc_status_filter metadata_filter log_type_filter extension_filter',
    ].join(' '),
  },
  [`${LOG}.StatusCodeFilter`]: { does: '*' },
  [`${LOG}.DurationFilter`]: { does: '*' },
  [`${LOG}.ComparisonFilter`]: { does: '*' },
  [`${LOG}.NotHealthCheckFilter`]: {},
  [`${LOG}.TraceableFilter`]: {},
  'envoy.config.metrics.v3.DogStatsdSink': { does: 'address prefix max_bytes_per_datagram' },
  'envoy.config.metrics.v3.MetricsServiceConfig': { does: '*' },
  'envoy.config.metrics.v3.StatsdSink': { does: 'address tcp_cluster_name prefix' },
  'envoy.config.metrics.v3.StatsSink': { does: 'name typed_config config' },
  'envoy.extensions.stat_sinks.graphite_statsd.v3.GraphiteStatsdSink': {
    does: 'address prefix max_bytes_per_datagram',
  },
  'envoy.extensions.stat_sinks.open_telemetry.v3.SinkConfig': {
    does: [
      'grpc_service http_service resource_detectors report_counters_as_deltas report_histograms_as_deltas emit_tags_as_attributes',
      'use_tag_extracted_name prefix max_data_points_per_request',
    ].join(' '),
  },
  'envoy.config.metrics.v3.StatsConfig': { does: '*' },
  'envoy.config.metrics.v3.StatsMatcher': { does: '*' },
  'envoy.config.metrics.v3.TagSpecifier': { does: '*' },
  // How many bins a histogram of Envoy keeps; here they come as they are needed.
  'envoy.config.metrics.v3.HistogramBucketSettings': { does: 'match buckets', inert: 'bins' },
  [`${LOG}.RuntimeFilter`]: { does: '*' },
  [`${LOG}.AndFilter`]: { does: '*' },
  [`${LOG}.OrFilter`]: { does: '*' },
  [`${LOG}.HeaderFilter`]: { does: '*' },
  [`${LOG}.ResponseFlagFilter`]: { does: '*' },
  [`${LOG}.GrpcStatusFilter`]: { does: '*' },
  [`${LOG}.MetadataFilter`]: { does: '*' },
  [`${LOG}.LogTypeFilter`]: { does: '*' },
  [`${LOG}.ExtensionFilter`]: { does: '*' },
  [`${LOGGERS}.filters.cel.v3.ExpressionFilter`]: { does: '*' },
  'envoy.extensions.formatter.cel.v3.Cel': { does: '*' },
  'envoy.extensions.formatter.metadata.v3.Metadata': {},
  [`${LOGGERS}.file.v3.FileAccessLog`]: { does: 'path format json_format typed_json_format log_format' },
  [`${LOGGERS}.stream.v3.StdoutAccessLog`]: { does: 'log_format' },
  [`${LOGGERS}.stream.v3.StderrAccessLog`]: { does: 'log_format' },
  [`${LOGGERS}.grpc.v3.HttpGrpcAccessLogConfig`]: { does: '*' },
  [`${LOGGERS}.grpc.v3.TcpGrpcAccessLogConfig`]: { does: '*' },
  [`${LOGGERS}.grpc.v3.CommonGrpcAccessLogConfig`]: { does: '*' },
  [`${TRACE}.Tracing`]: { does: '*' },
  [`${TRACE}.Tracing.Http`]: { does: 'name typed_config config' },
  [`${TRACE}.OpenTelemetryConfig`]: {
    does: [
      'grpc_service http_service service_name resource_detectors sampler max_cache_size set_telemetry_sdk_resource_attributes',
      'set_service_name_resource_attribute set_instrumentation_scope',
    ].join(' '),
  },
  [`${OTEL}.resource_detectors.v3.EnvironmentResourceDetectorConfig`]: {},
  [`${OTEL}.resource_detectors.v3.StaticConfigResourceDetectorConfig`]: { does: '*' },
  [`${OTEL}.samplers.v3.AlwaysOnSamplerConfig`]: {},
  [`${OTEL}.samplers.v3.ParentBasedSamplerConfig`]: { does: '*' },
  [`${OTEL}.samplers.v3.TraceIdRatioBasedSamplerConfig`]: { does: 'sampling_percentage' },
  [`${TRACE}.ZipkinConfig`]: {
    does: [
      'collector_cluster collector_endpoint trace_id_128bit shared_span_context collector_endpoint_version collector_hostname',
      'split_spans_for_request trace_context_option collector_service timestamp_trace_ids',
    ].join(' '),
    values: { collector_endpoint_version: 'DEPRECATED_AND_UNAVAILABLE_DO_NOT_USE HTTP_JSON_V1 HTTP_JSON HTTP_PROTO' },
  },
};
export default entries;
