/** HTTP/1.1 by wrk. Its Lua hooks give what it would only print rounded. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { output, type Tool, type ToolSetup } from './tool.ts';

/** Prints what we need as one JSON line; wrk counts in µs. */
const WRK_LUA = `done = function(summary, latency)
  io.write(string.format('RESULT {"requests":%d,"bytes":%d,"us":%d,"errors":%d,"p50":%d,"p99":%d,"p999":%d,"max":%d}\\n',
    summary.requests, summary.bytes, summary.duration,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9), latency.max))
end
`;

export function wrk(path: string, setup: ToolSetup): Tool {
  const post = `wrk.method = 'POST'\nwrk.headers['content-type'] = 'application/octet-stream'\n`;
  return {
    name: 'wrk',
    run: async (job, seconds) => {
      const script = join(setup.dir, 'wrk.lua');
      const body = job.bodyBytes > 0 ? `${post}wrk.body = string.rep('x', ${job.bodyBytes})\n` : '';
      writeFileSync(script, body + WRK_LUA);
      const url = `http://127.0.0.1:${job.port}${job.what}`;
      const s = Math.max(1, Math.round(seconds));
      const args = [path, '-t1', `-c${job.connections}`, `-d${s}s`, '-s', script, url];
      const text = await output(args, setup.cpus, s);
      const line = /^RESULT (\{.*\})$/m.exec(text);
      if (line === null) throw new Error(`wrk said: ${text.slice(-300)}`);
      const { requests, bytes, us, errors, ...latency } = JSON.parse(line[1]);
      return { requests: requests - errors, errors, seconds: us / 1e6, bytes, latency };
    },
  };
}
