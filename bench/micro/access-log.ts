/** What a line of an access log costs: from a stream that has ended to a line in the file's buffer, with its share of the writes. */
import type { AccessLogContext } from '../../src/access-log/access-log.ts';
import type { AccessLogger } from '../../src/access-log/access-logger.ts';
import { create } from '../../src/access-log/file.ts';
import { writeHttpEntry } from '../../src/access-log/grpc-entry.ts';
import { Headers } from '../../src/codec/headers.ts';
import type { FileAccessLog } from '../../src/config/schema/types.ts';
import { DOWNSTREAM_END, type FormatContext } from '../../src/format/format-context.ts';
import { WireWriter } from '../../src/grpc/wire-writer.ts';
import { NO_CONTEXT } from '../../src/http/route/route-context.ts';
import { StreamInfo } from '../../src/http/stream/stream-info.ts';
import { turnMs } from '../../src/platform/clock.ts';
import { Address } from '../../src/transport/address.ts';
import type { Host } from '../../src/upstream/host.ts';
import type { MicroCase, Suite } from './harness.ts';

/** As Istio's mesh logs, which many copy. */
const JSON_FORMAT = {
  start_time: '%START_TIME%',
  method: '%REQ(:METHOD)%',
  path: '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%',
  protocol: '%PROTOCOL%',
  response_code: '%RESPONSE_CODE%',
  response_flags: '%RESPONSE_FLAGS%',
  response_code_details: '%RESPONSE_CODE_DETAILS%',
  upstream_transport_failure_reason: '%UPSTREAM_TRANSPORT_FAILURE_REASON%',
  bytes_received: '%BYTES_RECEIVED%',
  bytes_sent: '%BYTES_SENT%',
  duration: '%DURATION%',
  upstream_service_time: '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%',
  x_forwarded_for: '%REQ(X-FORWARDED-FOR)%',
  user_agent: '%REQ(USER-AGENT)%',
  request_id: '%REQ(X-REQUEST-ID)%',
  authority: '%REQ(:AUTHORITY)%',
  upstream_host: '%UPSTREAM_HOST%',
  route_name: '%ROUTE_NAME%',
};

/** A browser's request and its answer. */
function stream(): FormatContext {
  const request = new Headers();
  request.method = 'GET';
  request.path = '/api/v1/items?page=2';
  request.authority = 'shop.example.com';
  request.scheme = 'http';
  request.list = [
    ...['accept', '*/*', 'accept-encoding', 'gzip', 'user-agent', 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0'],
    ...['x-forwarded-for', '10.1.2.3', 'x-forwarded-proto', 'http'],
    ...['x-request-id', '3ce5fb9c-c802-4986-ac30-f9ebeb176b61'],
  ];
  const response = new Headers();
  response.status = 200;
  response.list = ['content-length', '512', 'x-envoy-upstream-service-time', '3', 'server', 'envoy'];
  const info = new StreamInfo('HTTP/1.1', turnMs(), null);
  info.responseCode = 200;
  info.details = 'via_upstream';
  info.bytesSent = 512;
  info.upstream = { host: { address: new Address('10.0.0.7', 8080) } as Host, connection: null, protocol: 'HTTP/1.1' };
  return { info, request, response, responseTrailers: null };
}

function line(name: string, config: FileAccessLog): MicroCase {
  const ended = stream();
  // A device that takes everything: what a disk costs is not ours to measure.
  const path = '/dev/./null';
  const logger = create({ path, ...config }, { format: NO_CONTEXT.format } as AccessLogContext) as AccessLogger;
  const lines = 100;
  return {
    name,
    perCall: lines,
    run: () => {
      for (let i = 0; i < lines; i++) logger.log(ended, DOWNSTREAM_END);
    },
  };
}

/** As it waits for the service. */
function entry(name: string): MicroCase {
  const ended = stream();
  const options = { build: NO_CONTEXT.format, customTags: [], filterStates: [] };
  const headers = { request: ['x-request-id', 'accept'], response: ['server'], trailers: [] };
  const writer = new WireWriter();
  const entries = 100;
  return {
    name,
    perCall: entries,
    run: () => {
      for (let i = 0; i < entries; i++) {
        writeHttpEntry(writer, ended, DOWNSTREAM_END, options, headers);
        writer.finish();
      }
    },
  };
}

export const suite: Suite = {
  name: 'access-log',
  unit: 'line (written to /dev/null every 64 KiB)',
  bytes: true,
  cases: () => [
    line('default format', {}),
    line('text, 6 commands', {
      logFormat: {
        textFormatSource: {
          inlineString: '%START_TIME(%s.%3f)% %REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %BYTES_SENT% %DURATION%\n',
        },
      },
    }),
    line('JSON, 18 commands', { logFormat: { jsonFormat: JSON_FORMAT } }),
    entry('entry for a gRPC service'),
  ],
};
