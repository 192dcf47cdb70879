/** What is done with the messages of schema/generated/services.ts; see support.ts. */
import type { Entry } from './support.ts';

const entries: Readonly<Record<string, Entry>> = {
  // The body of POST /tap.
  'envoy.admin.v3.TapRequest': { does: '*' },
};

export default entries;
