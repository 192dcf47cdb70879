/** google.rpc.Status, of which only the code is of interest. */
import { GRPC_OK } from './client.ts';
import { WireReader } from './wire-reader.ts';

/** Its code; 0 for a message that is not there. Throws WireError. */
export function statusCode(bytes: Buffer | undefined): number {
  if (bytes === undefined) return GRPC_OK;
  const r = new WireReader(bytes);
  let code = GRPC_OK;
  while (r.next()) {
    if (r.field === 1 && r.wireType === 0) code = r.int32();
    else r.skip();
  }
  return code;
}
