/** envoy.filters.network.echo: sends back what it gets. Mirrors source/extensions/filters/network/echo/echo.cc. */
import type { NetworkFilterFactory } from '../../extension/context.ts';
import type { Connection } from '../../transport/connection.ts';
import type { ConnectionHandler } from '../../transport/types.ts';

class Echo implements ConnectionHandler {
  private readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  onConnected(): void {}

  onData(chunk: Buffer): void {
    this.connection.write(chunk);
  }

  onEnd(): void {
    this.connection.end();
  }

  onClose(): void {}

  /** A client that does not read is not read from. */
  onAboveWriteBuffer(): void {
    this.connection.readDisable(true);
  }
  onBelowWriteBuffer(): void {
    this.connection.readDisable(false);
  }
}

export function create(): NetworkFilterFactory {
  return {
    onConnection(connection) {
      connection.handler = new Echo(connection);
    },
  };
}
