/** What is done with the messages of schema/generated/filters.ts; see support.ts. */
import type { Entry } from './support.ts';

const FAULT = 'envoy.extensions.filters.common.fault.v3';

const entries: Readonly<Record<string, Entry>> = {
  // Its type is FIXED whether it is said or not.
  [`${FAULT}.FaultDelay`]: { does: 'fixed_delay header_delay percentage type' },
  [`${FAULT}.FaultDelay.HeaderDelay`]: {},
  [`${FAULT}.FaultRateLimit`]: { does: '*' },
  [`${FAULT}.FaultRateLimit.FixedLimit`]: { does: '*' },
  [`${FAULT}.FaultRateLimit.HeaderLimit`]: {},
  // Nothing overwrites what a read_only value is of; internal listeners, with whom it is shared, there are none.
  'envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue': {
    does: 'object_key factory_key format_string skip_if_empty',
    inert: 'read_only',
  },
};
export default entries;
