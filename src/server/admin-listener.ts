/** The admin listener: an HTTP connection manager of its own (`http.admin.`) whose only filter answers the pages. */
import { AdminHandler } from '../admin/handler.ts';
import { adminFilter } from '../admin/http-filter.ts';
import type { ServerView } from '../admin/server-view.ts';
import { about, each, Gather } from '../config/refusal.ts';
import type { Admin, FileAccessLog } from '../config/schema/types.ts';
import type { FactoryContext, ServerContext } from '../extension/context.ts';
import { fileAccessLog } from '../http/access-log/access-log.ts';
import { ConnectionManager, compile } from '../http/connection/connection-manager.ts';
import { HttpStats } from '../http/stats.ts';
import type { AccessLog } from '../http/stream/stream-settings.ts';
import { Listener } from '../listener/listener.ts';
import { ListenerDrain } from '../transport/drain.ts';

/** Built, not yet listening. Throws when an access log cannot be opened. */
export async function makeAdminListener(message: Admin, ctx: ServerContext, view: ServerView): Promise<Listener> {
  const listener = new Listener({ name: 'admin', address: message.address, statPrefix: 'admin' }, ctx.store, -1);
  const factoryCtx: FactoryContext = {
    ...ctx,
    // Envoy's admin never drains its own connections.
    drain: new ListenerDrain(),
    listenerScopePrefix: 'listener.admin.',
    bufferLimitBytes: listener.bufferLimitBytes,
  };
  const stats = new HttpStats(ctx.store, 'admin', 'listener.admin.');
  const cfg = await compile(
    {
      statPrefix: 'admin',
      // Envoy's admin: remote address in x-forwarded-for, no idle limit on streams.
      useRemoteAddress: true,
      routeConfig: { name: 'local_route', virtualHosts: [{ name: '*', domains: ['*'] }] },
    },
    factoryCtx,
    stats,
    [adminFilter(new AdminHandler(view))],
  );
  const logs = accessLogs(message);
  listener.setFilter(new ConnectionManager({ ...cfg, accessLogs: logs }, factoryCtx));
  return listener;
}

function accessLogs(message: Admin): AccessLog[] {
  const logs: AccessLog[] = [];
  const open = (path: string | undefined): void => {
    if (path !== undefined && path !== '' && path !== '/dev/null') logs.push(fileAccessLog(path));
  };
  const found = new Gather();
  found.run(() => {
    about(message, 'access_log_path', () => open(message.accessLogPath));
  });
  found.run(() => {
    each(message.accessLog, (l) => {
      const file = l.typedConfig?.value as FileAccessLog | undefined;
      about(file ?? l, 'path', () => open(file?.path));
    });
  });
  found.done();
  return logs;
}
