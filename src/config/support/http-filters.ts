/** What is done with the messages of schema/generated/http-filters.ts; see support.ts. */
import type { Entry } from './support.ts';

const entries: Readonly<Record<string, Entry>> = {
  'envoy.extensions.filters.http.cors.v3.Cors': {},
  'envoy.extensions.filters.http.cors.v3.CorsPolicy': { does: '*' },
  'envoy.extensions.filters.http.grpc_web.v3.GrpcWeb': {},
};
export default entries;
