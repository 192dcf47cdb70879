/** Free TCP ports of the loopback address. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** A port nobody listens on now; somebody could take it before it is used, which shows as a failed start. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
