/** The admin listener: an HTTP connection manager of its own (`http.admin.`) whose only filter answers the pages. */
import { makeAccessLogs } from '../access-log/access-log.ts';
import type { AccessLogger } from '../access-log/access-logger.ts';
import { AdminHandler } from '../admin/handler.ts';
import { adminFilter } from '../admin/http-filter.ts';
import type { ServerView } from '../admin/server-view.ts';
import { about, Gather } from '../config/refusal.ts';
import type { Admin } from '../config/schema/types.ts';
import type { FactoryContext, ServerContext } from '../extension/context.ts';
import { formatBuild } from '../format/format-build.ts';
import type { FormatBuild } from '../format/format-context.ts';
import { ConnectionManager, compile } from '../http/connection/connection-manager.ts';
import { onlyFilter } from '../http/connection/filter-chains.ts';
import { HttpStats } from '../http/stats.ts';
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
    // As Envoy's admin has none for logs.
    listenerName: '',
    filterChainName: '',
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
    onlyFilter(adminFilter(new AdminHandler(view))),
  );
  // The peer is the client.
  const format = formatBuild(factoryCtx, () => undefined);
  const accessLogs = await makeLogs(message, factoryCtx, format);
  listener.setFilter(new ConnectionManager({ ...cfg, accessLogs, needs: format.needs }, factoryCtx));
  return listener;
}

/** access_log, and the older access_log_path, which means a file with the default format. */
async function makeLogs(message: Admin, ctx: FactoryContext, format: FormatBuild): Promise<readonly AccessLogger[]> {
  const logs: AccessLogger[] = [];
  const found = new Gather();
  const path = message.accessLogPath ?? '';
  if (path !== '') {
    const { defaultLog } = await import('../access-log/file.ts');
    found.run(() => {
      const log = about(message, 'access_log_path', () => defaultLog(path, format));
      if (log !== null) logs.push(log);
    });
  }
  await found.runAsync(async () => {
    logs.push(...(await makeAccessLogs(message.accessLog, ctx, format)));
  });
  found.done();
  return logs;
}
