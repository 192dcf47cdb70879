/** What a log of tcp_proxy is told while a session goes on; the rest is compared with Envoy in conformance/cases/access-log/tcp.yaml. */
import t from 'tap';
import type { AccessLogger } from '../../src/access-log/access-logger.ts';
import { SessionLog } from '../../src/tcp/session-log.ts';
import type { Connection } from '../../src/transport/connection.ts';
import { until } from './proxy.ts';

t.test('a session that goes on is logged every so often, and not after its end', async (t) => {
  const lines: string[] = [];
  const logger: AccessLogger = { log: (c, o) => lines.push(`${o.logType} ${c.info.bytesReceived}`) };
  const log = new SessionLog({} as Connection, {
    loggers: [logger],
    onStart: true,
    onConnected: false,
    intervalMs: 2,
  });
  log.received(7);
  await until(() => lines.length >= 3);
  log.end();
  const n = lines.length;
  t.equal(lines[0], 'TcpConnectionStart 0');
  t.ok(lines.slice(1, -1).every((line) => line === 'TcpPeriodic 7'));
  t.equal(lines.at(-1), 'TcpConnectionEnd 7');
  const second = new SessionLog({} as Connection, {
    loggers: [logger],
    onStart: false,
    onConnected: false,
    intervalMs: 2,
  });
  await until(() => lines.length >= n + 3);
  second.end();
  t.equal(lines.slice(n).filter((line) => line.endsWith(' 7')).length, 0, 'nothing more of the first one');
});
