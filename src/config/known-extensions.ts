/**
 * Extensions that Envoy has and this release does not: names without an "@type" are told what they mean, as 1.16 does, so that they are refused
 * as what they are. Loaded when a name is none of extensions.ts.
 */
import type { ExtensionRow } from './extension-row.ts';

export const KNOWN_EXTENSIONS: readonly ExtensionRow[] = [
  {
    typeUrl: 'envoy.extensions.filters.http.aws_lambda.v3.Config',
    kind: 'http filter',
    names: ['envoy.filters.http.aws_lambda'],
  },
  {
    typeUrl: 'envoy.extensions.filters.http.aws_request_signing.v3.AwsRequestSigning',
    kind: 'http filter',
    names: ['envoy.filters.http.aws_request_signing'],
  },
  {
    typeUrl: 'envoy.extensions.filters.http.dynamo.v3.Dynamo',
    kind: 'http filter',
    names: ['envoy.filters.http.dynamo', 'envoy.http_dynamo_filter'],
  },
  {
    typeUrl: 'envoy.extensions.filters.http.original_src.v3.OriginalSrc',
    kind: 'http filter',
    names: ['envoy.filters.http.original_src'],
  },
  {
    typeUrl: 'envoy.extensions.filters.http.squash.v3.Squash',
    kind: 'http filter',
    names: ['envoy.filters.http.squash', 'envoy.squash'],
  },
  { typeUrl: 'envoy.extensions.filters.http.wasm.v3.Wasm', kind: 'http filter', names: ['envoy.filters.http.wasm'] },
  {
    typeUrl: 'envoy.extensions.filters.network.client_ssl_auth.v3.ClientSSLAuth',
    kind: 'network filter',
    names: ['envoy.filters.network.client_ssl_auth', 'envoy.client_ssl_auth'],
  },
  {
    typeUrl: 'envoy.extensions.filters.network.dubbo_proxy.v3.DubboProxy',
    kind: 'network filter',
    names: ['envoy.filters.network.dubbo_proxy'],
    terminal: true,
  },
  {
    typeUrl: 'envoy.extensions.filters.network.kafka_broker.v3.KafkaBroker',
    kind: 'network filter',
    names: ['envoy.filters.network.kafka_broker'],
  },
  {
    typeUrl: 'envoy.extensions.filters.network.mongo_proxy.v3.MongoProxy',
    kind: 'network filter',
    names: ['envoy.filters.network.mongo_proxy', 'envoy.mongo_proxy'],
  },
  {
    typeUrl: 'envoy.extensions.filters.network.mysql_proxy.v3.MySQLProxy',
    kind: 'network filter',
    names: ['envoy.filters.network.mysql_proxy'],
  },
  {
    typeUrl: 'envoy.extensions.filters.network.rocketmq_proxy.v3.RocketmqProxy',
    kind: 'network filter',
    names: ['envoy.filters.network.rocketmq_proxy'],
    terminal: true,
  },
  {
    typeUrl: 'envoy.extensions.filters.network.thrift_proxy.v3.ThriftProxy',
    kind: 'network filter',
    names: ['envoy.filters.network.thrift_proxy'],
    terminal: true,
    protocolOptions: 'envoy.extensions.filters.network.thrift_proxy.v3.ThriftProtocolOptions',
  },
  {
    typeUrl: 'envoy.extensions.filters.network.wasm.v3.Wasm',
    kind: 'network filter',
    names: ['envoy.filters.network.wasm'],
  },
  {
    typeUrl: 'envoy.extensions.filters.network.zookeeper_proxy.v3.ZooKeeperProxy',
    kind: 'network filter',
    names: ['envoy.filters.network.zookeeper_proxy'],
  },
  {
    typeUrl: 'envoy.extensions.filters.listener.original_dst.v3.OriginalDst',
    kind: 'listener filter',
    names: ['envoy.filters.listener.original_dst', 'envoy.listener.original_dst'],
  },
  {
    typeUrl: 'envoy.extensions.filters.listener.original_src.v3.OriginalSrc',
    kind: 'listener filter',
    names: ['envoy.filters.listener.original_src', 'envoy.listener.original_src'],
  },
  {
    typeUrl: 'envoy.extensions.access_loggers.wasm.v3.WasmAccessLog',
    kind: 'access logger',
    names: ['envoy.access_loggers.wasm'],
  },
  {
    typeUrl: 'envoy.extensions.clusters.composite.v3.ClusterConfig',
    kind: 'cluster type',
    names: ['envoy.clusters.composite'],
  },
  {
    typeUrl: 'envoy.extensions.filters.network.dubbo_proxy.router.v3.Router',
    kind: 'dubbo filter',
    names: ['envoy.filters.dubbo.router'],
  },
  {
    typeUrl: 'envoy.extensions.filters.network.postgres_proxy.v3alpha.PostgresProxy',
    kind: 'network filter',
    names: ['envoy.filters.network.postgres_proxy'],
  },
  {
    typeUrl: 'envoy.extensions.filters.network.thrift_proxy.filters.ratelimit.v3.RateLimit',
    kind: 'thrift filter',
    names: ['envoy.filters.thrift.rate_limit'],
  },
  {
    typeUrl: 'envoy.extensions.filters.network.thrift_proxy.router.v3.Router',
    kind: 'thrift filter',
    names: ['envoy.filters.thrift.router'],
  },
  {
    typeUrl: 'envoy.extensions.filters.udp.dns_filter.v3.DnsFilterConfig',
    kind: 'udp filter',
    names: ['envoy.filters.udp.dns_filter'],
  },
  { typeUrl: 'envoy.config.metrics.v3.HystrixSink', kind: 'stats sink', names: ['envoy.stat_sinks.hystrix'] },
  { typeUrl: 'envoy.config.trace.v3.DatadogConfig', kind: 'tracer', names: ['envoy.tracers.datadog'] },
  {
    typeUrl: 'envoy.config.trace.v3.DynamicOtConfig',
    kind: 'tracer',
    names: ['envoy.tracers.dynamic_ot', 'envoy.dynamic.ot'],
  },
  {
    typeUrl: 'envoy.config.trace.v3.LightstepConfig',
    kind: 'tracer',
    names: ['envoy.tracers.lightstep', 'envoy.lightstep'],
  },
  { typeUrl: 'envoy.config.trace.v3.OpenCensusConfig', kind: 'tracer', names: ['envoy.tracers.opencensus'] },
  { typeUrl: 'envoy.config.trace.v3.SkyWalkingConfig', kind: 'tracer', names: ['envoy.tracers.skywalking'] },
  { typeUrl: 'envoy.config.trace.v3.XRayConfig', kind: 'tracer', names: ['envoy.tracers.xray'] },
  {
    typeUrl: 'envoy.extensions.transport_sockets.alts.v3.Alts',
    kind: 'transport socket',
    names: ['envoy.transport_sockets.alts'],
  },
  {
    typeUrl: 'envoy.extensions.transport_sockets.tap.v3.Tap',
    kind: 'transport socket',
    names: ['envoy.transport_sockets.tap'],
  },
  {
    typeUrl: 'envoy.extensions.filters.network.generic_proxy.v3.GenericProxy',
    kind: 'network filter',
    names: [],
    terminal: true,
  },
  {
    typeUrl: 'envoy.extensions.filters.network.dynamic_modules.v3.DynamicModuleNetworkFilter',
    kind: 'network filter',
    names: ['envoy.filters.network.dynamic_modules'],
  },
  {
    typeUrl: 'envoy.extensions.filters.network.ext_proc.v3.NetworkExternalProcessor',
    kind: 'network filter',
    names: ['envoy.filters.network.ext_proc'],
  },
  {
    typeUrl: 'envoy.extensions.filters.network.geoip.v3.Geoip',
    kind: 'network filter',
    names: ['envoy.filters.network.geoip'],
  },
  {
    typeUrl: 'envoy.extensions.filters.network.reverse_tunnel.v3.DrainAwareHttpConnectionManager',
    kind: 'network filter',
    names: ['envoy.filters.network.reverse_tunnel_drain_aware_http_connection_manager'],
    terminal: true,
  },
  {
    typeUrl: 'envoy.extensions.filters.network.reverse_tunnel.v3.ReverseTunnel',
    kind: 'network filter',
    names: ['envoy.filters.network.reverse_tunnel'],
    terminal: true,
  },
  {
    typeUrl: 'envoy.extensions.filters.network.tcp_bandwidth_limit.v3.TcpBandwidthLimit',
    kind: 'network filter',
    names: ['envoy.filters.network.tcp_bandwidth_limit'],
  },
];
