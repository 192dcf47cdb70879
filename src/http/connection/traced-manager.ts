/** A connection manager with `tracing`: what the others are, with streams and a router that are traced. Loaded where a config has one. */
import type { StreamEncoder } from '../../codec/http.ts';
import type { FactoryContext } from '../../extension/context.ts';
import type { TracingSettings } from '../../tracing/tracing-settings.ts';
import type { Connection } from '../../transport/connection.ts';
import type { RouterSettings } from '../router/router-settings.ts';
import { TracedRouter } from '../router/traced-router.ts';
import type { ActiveStream } from '../stream/active-stream.ts';
import { TracedStream } from '../stream/traced-stream.ts';
import { ConnectionManager } from './connection-manager.ts';
import { HttpConnection } from './http-connection.ts';
import type { ServerCodecs } from './server-codecs.ts';
import type { ConnectionManagerSettings } from './settings.ts';

export const makeRouter = (settings: RouterSettings): TracedRouter => new TracedRouter(settings);

export class TracedManager extends ConnectionManager {
  private readonly tracing: TracingSettings;

  constructor(cfg: ConnectionManagerSettings, ctx: FactoryContext, tracing: TracingSettings) {
    super(cfg, ctx);
    this.tracing = tracing;
  }

  override onConnection(conn: Connection): void {
    conn.handler = new TracedConnection(this.cfg, this.codecs, conn, this.tracing);
  }
}

class TracedConnection extends HttpConnection {
  private readonly tracing: TracingSettings;

  constructor(cfg: ConnectionManagerSettings, codecs: ServerCodecs, conn: Connection, tracing: TracingSettings) {
    super(cfg, codecs, conn);
    this.tracing = tracing;
  }

  protected override makeStream(encoder: StreamEncoder): ActiveStream {
    return new TracedStream(this, encoder, this.tracing);
  }
}
