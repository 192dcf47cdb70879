/**
 * Access log lines in Envoy's default format (source/common/formatter/substitution_formatter.cc), written through the
 * buffered file sinks. So far only the admin listener has one.
 */
import type { Headers } from '../../codec/headers.ts';
import { fileSinks } from '../../log/file-sink.ts';
import { flagNames } from '../stream/response-flags.ts';
import type { StreamInfo } from '../stream/stream-info.ts';
import type { AccessLog } from '../stream/stream-settings.ts';

/** Throws `unable to open file '<path>': <reason>`. */
export function fileAccessLog(path: string): AccessLog {
  const sink = fileSinks.open(path);
  return { log: (info, request, response, nowMs) => sink.write(defaultLine(info, request, response, nowMs)) };
}

function field(value: string | undefined): string {
  return value === undefined || value === '' ? '-' : value;
}

/** Wire text: `[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" …` */
export function defaultLine(info: StreamInfo, request: Headers, response: Headers | null, nowMs: number): string {
  const duration = nowMs - info.startMs;
  const start = new Date(Date.now() - duration).toISOString();
  const path = request.get('x-envoy-original-path') ?? request.path;
  const host = info.upstreamHost === null ? '-' : info.upstreamHost.address.text;
  return (
    `[${start}] "${field(request.method)} ${field(path)} ${info.protocol}" ${info.responseCode} ${field(flagNames(info.flags))} ` +
    `${info.bytesReceived} ${info.bytesSent} ${Math.floor(duration)} ${field(response?.get('x-envoy-upstream-service-time'))} ` +
    `"${field(request.get('x-forwarded-for'))}" "${field(request.get('user-agent'))}" "${field(request.get('x-request-id'))}" ` +
    `"${field(request.authority)}" "${host}"\n`
  );
}
