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
};
export default entries;
