/** /init_dump: what initialisation still waits for; the page is served only when there is nothing left. */
import { protoJson } from '../proto-json.ts';
import { type AdminResponse, json } from '../respond.ts';

export const page = (): AdminResponse => json(protoJson({}));
