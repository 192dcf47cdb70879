/** /server_info: envoy.admin.v3.ServerInfo with every field (server_info_handler.cc). */
import type { AdminRequest } from '../handler.ts';
import { protoJson } from '../proto-json.ts';
import { type AdminResponse, json } from '../respond.ts';
import type { ServerView } from '../server-view.ts';

export function page(_req: AdminRequest, server: ServerView): AdminResponse {
  const uptime = `${Math.max(0, Math.floor(Date.now() / 1000) - Math.floor(server.startTimeMs / 1000))}s`;
  return json(
    protoJson({
      version: server.version,
      state: server.state,
      uptime_current_epoch: uptime,
      uptime_all_epochs: uptime,
      hot_restart_version: server.hotRestartVersion,
      command_line_options: server.commandLineOptions,
      node: server.node,
      hot_restart_initializing: false,
    }),
  );
}
