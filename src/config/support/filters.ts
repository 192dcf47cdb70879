/** What is done with the messages of schema/generated/filters.ts; see support.ts. */
import type { Entry } from './support.ts';

const LISTENER = 'envoy.extensions.filters.listener';
const FAULT = 'envoy.extensions.filters.common.fault.v3';

const entries: Readonly<Record<string, Entry>> = {
  // Its type is FIXED whether it is said or not.
  [`${FAULT}.FaultDelay`]: { does: 'fixed_delay header_delay percentage type' },
  [`${FAULT}.FaultDelay.HeaderDelay`]: {},
  [`${FAULT}.FaultRateLimit`]: { does: '*' },
  [`${FAULT}.FaultRateLimit.FixedLimit`]: { does: '*' },
  [`${FAULT}.FaultRateLimit.HeaderLimit`]: {},
  // Nothing overwrites what a read_only value is of; with internal listeners it is shared by a transport (internal_upstream) that is refused.
  'envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue': {
    does: 'object_key factory_key format_string skip_if_empty',
    inert: 'read_only',
  },
  [`${LISTENER}.http_inspector.v3.HttpInspector`]: {},
  [`${LISTENER}.local_ratelimit.v3.LocalRateLimit`]: { does: '*' },
  [`${LISTENER}.proxy_protocol.v3.ProxyProtocol`]: { does: '*' },
  [`${LISTENER}.proxy_protocol.v3.ProxyProtocol.KeyValuePair`]: { does: '*' },
  [`${LISTENER}.proxy_protocol.v3.ProxyProtocol.Rule`]: { does: '*' },
  // A size to begin with: what has come is looked at.
  [`${LISTENER}.tls_inspector.v3.TlsInspector`]: {
    does: 'enable_ja3_fingerprinting enable_ja4_fingerprinting close_connection_on_client_hello_parsing_errors max_client_hello_size',
    inert: 'initial_read_buffer_size',
  },
  'envoy.extensions.filters.common.matcher.action.v3.SkipFilter': {},
};
export default entries;
