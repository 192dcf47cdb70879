/** What is done with the messages of schema/generated/transport-sockets.ts; see support.ts. */
import type { Entry } from './support.ts';

const entries: Readonly<Record<string, Entry>> = {
  'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer': { does: '*' },
};
export default entries;
