/** /hot_restart_version: a constant, for tools that compare two binaries. */
import type { AdminRequest } from '../handler.ts';
import { type AdminResponse, text } from '../respond.ts';
import type { ServerView } from '../server-view.ts';

export const page = (_req: AdminRequest, server: ServerView): AdminResponse => text(server.hotRestartVersion);
