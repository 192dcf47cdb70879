/** /certs: envoy.admin.v3.Certificates of all TLS contexts (source/server/admin/server_info_handler.cc, ContextImpl::getCertInformation). */

import { timestamp } from '../../platform/timestamp.ts';
import type { Certificate } from '../../tls/certificate.ts';
import type { OcspResponse } from '../../tls/ocsp.ts';
import { protoJson } from '../proto-json.ts';
import { type AdminResponse, json } from '../respond.ts';
import type { JsonObject } from '../server-view.ts';

export async function page(): Promise<AdminResponse> {
  const { daysUntilExpiration, liveContexts } = await import('../../tls/live-contexts.ts');
  const details = (path: string, c: Certificate, staple: OcspResponse | null = null): JsonObject => ({
    path,
    serial_number: c.serial,
    subject_alt_names: [
      ...c.dnsNames.map((dns) => ({ dns })),
      ...c.uris.map((uri) => ({ uri })),
      ...c.ips.map((ip_address) => ({ ip_address })),
    ],
    days_until_expiration: String(daysUntilExpiration(c)),
    valid_from: timestamp(c.validFromMs),
    expiration_time: timestamp(c.validToMs),
    ...(staple && {
      ocsp_details: {
        valid_from: timestamp(staple.validFromMs),
        expiration: timestamp(staple.validToMs || Date.now()),
      },
    }),
  });
  const certificates = liveContexts().map((parts) => ({
    ca_cert: (parts.validation?.authorities ?? []).map((c) => details(parts.validation?.trustedCaSource ?? '', c)),
    cert_chain: parts.certificates.map((c) => details(c.source, c.leaf, c.staple)),
  }));
  return json(protoJson({ certificates }));
}
