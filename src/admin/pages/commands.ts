/** The commands that do one thing and answer `OK`: health, drain, exit, logs, counters (server_cmd_handler.cc and others). */
import type { AdminRequest } from '../handler.ts';
import { type AdminResponse, text } from '../respond.ts';
import type { ServerView } from '../server-view.ts';

export function page(req: AdminRequest, server: ServerView): AdminResponse {
  switch (req.path) {
    case '/healthcheck/fail':
      server.failHealthcheck(true);
      break;
    case '/healthcheck/ok':
      server.failHealthcheck(false);
      break;
    case '/quitquitquit':
      server.shutdown();
      break;
    case '/reopen_logs':
      server.reopenLogs();
      break;
    case '/reset_counters':
      server.stats.resetCounters();
      break;
    case '/drain_listeners':
      server.drainListeners({
        graceful: req.query.has('graceful'),
        skipExit: req.query.has('skip_exit'),
        inboundOnly: req.query.has('inboundonly'),
      });
      break;
    default:
      throw new Error(`no command ${req.path}`);
  }
  return text('OK\n');
}
