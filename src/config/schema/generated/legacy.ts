// Written by src/config/schema/generate/main.ts from Envoy's protos; do not edit.
const types: Record<string, string> = {
  'envoy.annotations.ResourceAnnotation': '{"f":[["type",1,"s"]]}',
  'envoy.api.v2.UpstreamBindConfig': '{"f":[["source_address",1,".envoy.config.core.v3.Address"]]}',
  'envoy.config.filter.fault.v2.FaultDelay.FaultDelayType': '"FIXED"',
  'envoy.config.filter.http.dynamo.v2.Dynamo': '{"f":[]}',
  'envoy.config.filter.http.squash.v2.Squash': '{"f":[["cluster",1,"s",{"r":{"min_bytes":1}}],["attachment_template",2,"S"],["request_timeout",3,"D"],["attachment_timeout",4,"D"],["attachment_poll_period",5,"D"]],"q":[0]}',
  'envoy.config.filter.network.client_ssl_auth.v2.ClientSSLAuth': '{"f":[["auth_api_cluster",1,"s",{"r":{"min_bytes":1}}],["stat_prefix",2,"s",{"r":{"min_bytes":1}}],["refresh_delay",3,"D"],["ip_white_list",4,"*.envoy.config.core.v3.CidrRange"]],"q":[0,1]}',
  'envoy.config.filter.network.http_connection_manager.v2.HttpConnectionManager.Tracing.OperationName': '"INGRESS EGRESS"',
  'envoy.config.filter.network.kafka_broker.v2alpha1.IdBasedBrokerRewriteRule': '{"f":[["id",1,"u",{"r":{"gte":0}}],["host",2,"s",{"r":{"min_len":1}}],["port",3,"u",{"r":{"lte":65535}}]],"q":[0,1,2]}',
  'envoy.config.filter.network.kafka_broker.v2alpha1.IdBasedBrokerRewriteSpec': '{"f":[["rules",1,"*.~IdBasedBrokerRewriteRule"]]}',
  'envoy.config.filter.network.kafka_broker.v2alpha1.KafkaBroker': '{"f":[["stat_prefix",1,"s",{"r":{"min_bytes":1}}],["force_response_rewrite",2,"b"],["id_based_broker_address_rewrite_spec",3,".~IdBasedBrokerRewriteSpec",{"o":0}],["api_keys_allowed",4,"*u",{"r":{"items":{"lte":32767,"gte":0}}}],["api_keys_denied",5,"*u",{"r":{"items":{"lte":32767,"gte":0}}}]],"o":["broker_address_rewrite_spec"],"q":[0,3,4]}',
  'envoy.config.filter.network.mysql_proxy.v1alpha1.MySQLProxy': '{"f":[["stat_prefix",1,"s",{"r":{"min_bytes":1}}],["access_log",2,"s"]],"q":[0]}',
  'envoy.config.filter.network.tcp_proxy.v2.TcpProxy.DeprecatedV1': '{"f":[["routes",1,"*.~TcpProxy.DeprecatedV1.TCPRoute",{"r":{"min_items":1}}]],"q":[0]}',
  'envoy.config.filter.network.tcp_proxy.v2.TcpProxy.DeprecatedV1.TCPRoute': '{"f":[["cluster",1,"s",{"r":{"min_bytes":1}}],["destination_ip_list",2,"*.envoy.config.core.v3.CidrRange"],["destination_ports",3,"s"],["source_ip_list",4,"*.envoy.config.core.v3.CidrRange"],["source_ports",5,"s"]],"q":[0]}',
  'envoy.config.grpc_credential.v2alpha.AwsIamConfig': '{"f":[["service_name",1,"s",{"r":{"min_bytes":1}}],["region",2,"s"]],"q":[0]}',
  'envoy.config.trace.v2.OpenCensusConfig': '{"f":[["trace_config",1,"V"],["stdout_exporter_enabled",2,"b"],["stackdriver_exporter_enabled",3,"b"],["stackdriver_project_id",4,"s"],["stackdriver_address",10,"s"],["stackdriver_grpc_service",13,".envoy.config.core.v3.GrpcService"],["zipkin_exporter_enabled",5,"b"],["zipkin_url",6,"s"],["ocagent_exporter_enabled",11,"b"],["ocagent_address",12,"s"],["ocagent_grpc_service",14,".envoy.config.core.v3.GrpcService"],["incoming_trace_context",8,"*#~OpenCensusConfig.TraceContext"],["outgoing_trace_context",9,"*#~OpenCensusConfig.TraceContext"]]}',
  'envoy.config.trace.v2.OpenCensusConfig.TraceContext': '"NONE TRACE_CONTEXT GRPC_TRACE_BIN CLOUD_TRACE_CONTEXT B3"',
  'envoy.service.trace.v2.StreamTracesMessage': '{"f":[["identifier",1,".~StreamTracesMessage.Identifier"],["spans",2,"*V"]]}',
  'envoy.service.trace.v2.StreamTracesMessage.Identifier': '{"f":[["node",1,".envoy.config.core.v3.Node",{"r":{"required":true}}]],"q":[0]}',
  'envoy.service.trace.v2.StreamTracesResponse': '{"f":[]}',
  'envoy.watchdog.v3.AbortActionConfig': '{"f":[["wait_duration",1,"D"]]}',
};
export default types;
