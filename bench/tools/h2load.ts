/** gRPC-shaped unary calls by h2load, latencies from its log. It does not see trailers: the load after it does. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { message, messageBytes } from '../load/http2.ts';
import { output, type Tool, type ToolSetup } from './tool.ts';

export function h2load(path: string, setup: ToolSetup): Tool {
  return {
    name: 'h2load',
    run: async (job, seconds) => {
      const body = join(setup.dir, 'grpc-message');
      const log = join(setup.dir, 'h2load.log');
      writeFileSync(body, message(messageBytes(job)));
      writeFileSync(log, '');
      const s = Math.max(1, Math.round(seconds));
      const text = await output(
        [
          path,
          '-t1',
          `-c${job.connections}`,
          `-m${job.depth}`,
          '-D',
          String(s),
          `--log-file=${log}`,
          '-H',
          'content-type: application/grpc',
          '-H',
          'te: trailers',
          '-d',
          body,
          `http://127.0.0.1:${job.port}${job.what}`,
        ],
        setup.cpus,
        s,
      );
      // start (µs) TAB status TAB duration (µs)
      const us: number[] = [];
      let errors = 0;
      for (const line of readFileSync(log, 'latin1').split('\n')) {
        const [, status, took] = line.split('\t');
        if (status === '200') us.push(Number(took));
        else if (status !== undefined) errors++;
      }
      if (us.length === 0) throw new Error(`h2load said: ${text.slice(-300)}`);
      us.sort((a, b) => a - b);
      const data = /^traffic: .*\((\d+)\) data$/m.exec(text);
      const at = (p: number): number => us[Math.min(us.length - 1, Math.floor(us.length * p))];
      return {
        requests: us.length,
        errors,
        seconds: s,
        ...(data === null ? {} : { bytes: Number(data[1]) }),
        latency: { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: us[us.length - 1] },
      };
    },
  };
}
