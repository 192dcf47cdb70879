/**
 * The connection managers of one listener by the name of their route configuration, so that another can take its place while requests run
 * (what Envoy's RouteConfigProviderManager does for RDS, source/common/router/rds_impl.cc).
 */
import type { RouteConfiguration } from '../config/schema/types.ts';
import type { RouteUpdates } from '../extension/context.ts';

type Prepare = (config: RouteConfiguration) => Promise<() => void>;

export class ListenerRoutes implements RouteUpdates {
  private readonly users = new Map<string, Prepare[]>();

  onRoutes(name: string, prepare: Prepare): void {
    const users = this.users.get(name);
    if (users === undefined) this.users.set(name, [prepare]);
    else users.push(prepare);
  }

  /** Somebody has a route configuration of this name. */
  has(name: string): boolean {
    return this.users.has(name);
  }

  /** What puts `config` in place, one for each connection manager. Throws what is wrong with it. */
  async prepare(config: RouteConfiguration): Promise<(() => void)[]> {
    const users = this.users.get(config.name ?? '') ?? [];
    return Promise.all(users.map((prepare) => prepare(config)));
  }
}
