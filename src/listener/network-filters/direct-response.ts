/**
 * envoy.filters.network.direct_response: answers a connection with the bytes of the config and closes it, without reading. Mirrors
 * source/extensions/filters/network/direct_response/filter.cc.
 */
import { readDataSource } from '../../config/data-source.ts';
import type { DirectResponseConfig as Config } from '../../config/schema/types.ts';
import type { NetworkFilterFactory } from '../../extension/context.ts';
import type { Connection } from '../../transport/connection.ts';

export function create(config: Config): NetworkFilterFactory {
  const response = readDataSource(config.response);
  return {
    onConnection(connection: Connection) {
      connection.write(response);
      connection.close('flush');
    },
  };
}
