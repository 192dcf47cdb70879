/** /certs: envoy.admin.v3.Certificates; empty until TLS contexts are listed. */
import { protoJson } from '../proto-json.ts';
import { type AdminResponse, json } from '../respond.ts';

export const page = (): AdminResponse => json(protoJson({ certificates: [] }));
