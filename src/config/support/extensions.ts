/** What is done with the messages of schema/generated/extensions.ts; see support.ts. */
import type { Entry } from './support.ts';

const entries: Readonly<Record<string, Entry>> = {
  'envoy.config.common.mutation_rules.v3.HeaderMutation': { does: 'remove append' },
};
export default entries;
