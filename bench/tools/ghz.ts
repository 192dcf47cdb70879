/** gRPC unary calls by ghz, where there is no h2load: it costs more than most proxies, so its rate is its own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageBytes } from '../load/http2.ts';
import { output, type Tool, type ToolSetup } from './tool.ts';

const ECHO_PROTO = `syntax = "proto3";
package bench;
message Text { string text = 1; }
service Echo { rpc Unary (Text) returns (Text); }
`;

export function ghz(path: string, setup: ToolSetup): Tool {
  return {
    name: 'ghz',
    run: async (job, seconds) => {
      const s = Math.max(1, Math.round(seconds));
      const proto = join(setup.dir, 'echo.proto');
      writeFileSync(proto, ECHO_PROTO);
      const text = await output(
        [
          path,
          '--insecure',
          '--proto',
          proto,
          '--call',
          'bench.Echo/Unary',
          '-d',
          JSON.stringify({ text: 'x'.repeat(textBytes(messageBytes(job))) }),
          '-c',
          String(job.connections * job.depth),
          '--connections',
          String(job.connections),
          '-z',
          `${s}s`,
          '--duration-stop',
          'ignore',
          '-O',
          'json',
          `127.0.0.1:${job.port}`,
        ],
        setup.cpus,
        s,
      );
      // Durations in ns. Its own distribution ends at 99 %; the details have every request.
      const r = JSON.parse(text) as {
        total: number;
        slowest: number;
        statusCodeDistribution: Record<string, number>;
        details: { latency: number; error: string }[] | null;
      };
      const ok = r.statusCodeDistribution.OK ?? 0;
      const ns = (r.details ?? []).flatMap((d) => (d.error === '' ? [d.latency] : [])).sort((a, b) => a - b);
      const at = (share: number): number | undefined => {
        const found = ns[Math.min(ns.length - 1, Math.floor(ns.length * share))];
        return found === undefined ? undefined : found / 1000;
      };
      const all = Object.values(r.statusCodeDistribution).reduce((a, b) => a + b, 0);
      return {
        requests: ok,
        errors: all - ok,
        seconds: r.total / 1e9,
        latency: { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: r.slowest / 1000 },
      };
    },
  };
}

/** Of a message of so many bytes, those that the field's tag and length leave. */
function textBytes(bytes: number): number {
  let length = 1;
  for (let left = bytes >> 7; left > 0; left >>= 7) length++;
  return bytes - 1 - length;
}
