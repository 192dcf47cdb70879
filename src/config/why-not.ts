/**
 * HTTP and listener filters of Envoy 1.40 that this release refuses, by the package of their config, and one sentence each that says why. Loaded with
 * left-out.ts, when something unsupported was met.
 */
import type { ProblemDraft } from './problem.ts';
import { NO_MODULES, whyNotExtension } from './why-not-fields.ts';

const FILTERS = 'envoy.extensions.filters.http.';
const LISTENER_FILTERS = 'envoy.extensions.filters.listener.';

const NO_LISTENER_FILTER: Readonly<Record<string, string>> = {
  dynamic_modules: NO_MODULES,
  original_dst:
    'Node cannot read the socket option SO_ORIGINAL_DST, by which iptables says where a connection was going',
  original_src: 'Node cannot set IP_TRANSPARENT and SO_MARK, by which a socket has an address that is not its own',
};

const WHY_NOT: Readonly<Record<string, string>> = {
  a2a: 'it reads the messages of agents (A2A) out of bodies, and nobody has asked for it',
  ai_protocol_manager: 'it reads the protocols of language models out of bodies, and nobody has asked for it',
  alternate_protocols_cache: 'it remembers which hosts speak HTTP/3, and Node.js has no QUIC that is ready for use',
  aws_eventstream_parser: "it parses a format of streams that only Amazon's services have",
  aws_lambda: 'it calls functions with credentials of the AWS SDK, which is not part of this program',
  aws_request_signing: 'it signs with credentials of the AWS SDK, which is not part of this program',
  bandwidth_share: 'nobody has asked for shares of bandwidth between tenants; bandwidth_limit is there',
  body_size_limit: 'buffer, with max_request_bytes, bounds bodies in this release',
  cache_v2: 'one cache is enough, and the config that is in use is that of envoy.filters.http.cache',
  dynamic_modules: NO_MODULES,
  dynamo: "it makes statistics of DynamoDB's tables, and nobody has asked for them",
  file_server: 'a proxy that reads files for clients would have to guard a file system, which this one does not touch',
  file_system_buffer: 'bodies are kept on no disk: buffer holds them in memory, within limits',
  filter_chain: 'it repeats chains of filters that routes can switch on and off with FilterConfig',
  gcp_authn: "it gets its tokens from Google's metadata server, which only its machines have",
  geoip: "it needs MaxMind's databases, which are not free to pass on",
  grpc_field_extraction: 'it reads fields out of protobuf messages for other filters, and nobody has asked for it',
  grpc_json_reverse_transcoder:
    'it is JSON to servers for gRPC clients, the other way than grpc_json_transcoder, which is there',
  kill_request: "it ends the process on a client's word; fault aborts requests",
  mcp: 'it reads the messages of tools (MCP) out of bodies, and nobody has asked for it',
  mcp_json_rest_bridge: "it makes REST calls of tools' messages (MCP), and nobody has asked for it",
  mcp_router: 'it puts several servers of tools (MCP) behind one, and nobody has asked for it',
  original_src:
    "it sends from the client's own address, and Node.js cannot bind a socket to an address that is not the machine's (IP_TRANSPARENT)",
  proto_api_scrubber: 'it takes fields out of protobuf messages by policy, and nobody has asked for it',
  proto_message_extraction: 'it copies fields of protobuf messages into metadata, and nobody has asked for it',
  rate_limit_quota: 'its protocol (RLQS) has hardly a server; ratelimit and local_ratelimit are there',
  squash: 'Envoy has no longer got it: a debugger for Kubernetes that was given up',
  sse_to_metadata: 'it reads values out of event streams, and nobody has asked for it',
  thrift_to_metadata: 'it reads Thrift out of HTTP bodies, and this release speaks no Thrift',
  transform: 'it rewrites JSON bodies by templates; lua can change bodies',
  upstream_codec: 'it ends chains of filters on the way to a host, which this release does not have',
  wasm: 'WebAssembly modules for proxies call back into the host through an interface (proxy-wasm) that this release does not have; lua is there',
};

/** Of Envoy's contrib build: not even their config's type is known here. */
const CONTRIB: Readonly<Record<string, string>> = {
  checksum: 'nobody has asked for checksums of bodies',
  golang: "it loads a shared library of Go code into Envoy's process, and this process is Node.js",
  language: "it detects languages with ICU's tables, which are not part of this program",
  peer_metadata: 'it is a part of Istio',
  sxg: "it signs exchanges for one browser's cache",
};

/** Gives problems about types that nobody knows a hint where the type is one of a contrib filter. */
export function explainTypes(problems: ProblemDraft[]): void {
  for (let i = 0; i < problems.length; i++) {
    const problem = problems[i];
    const name = /envoy\.extensions\.filters\.http\.(\w+)\./.exec(problem.message)?.[1] ?? '';
    if (problem.code !== 'unknown-type' || !Object.hasOwn(CONTRIB, name)) continue;
    problems[i] = {
      ...problem,
      hint: `${name} is of Envoy's contrib build, and not of this release: ${CONTRIB[name]}`,
    };
  }
}

/** Undefined where there is nothing more to say than that it is not there. `type`: a message of the filter's package. */
export function whyNot(type: string): string | undefined {
  const ofCluster = whyNotExtension(type);
  if (ofCluster !== undefined) return ofCluster;
  if (type.startsWith(LISTENER_FILTERS)) {
    const filter = type.slice(LISTENER_FILTERS.length).split('.', 1)[0];
    return Object.hasOwn(NO_LISTENER_FILTER, filter) ? NO_LISTENER_FILTER[filter] : undefined;
  }
  const name = type.startsWith(FILTERS) ? type.slice(FILTERS.length).split('.', 1)[0] : '';
  return Object.hasOwn(WHY_NOT, name) ? WHY_NOT[name] : undefined;
}
