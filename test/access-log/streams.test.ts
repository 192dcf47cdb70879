/** Access logs of whole requests: logs that nobody can write cost lines, never requests; a stream that goes on is logged every so often. */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { AccessLog } from '../../src/config/schema/types.ts';
import { fileSinks } from '../../src/log/file-sink.ts';
import { answering, cluster, get, OK, TestProxy, Upstream, until } from '../http/proxy.ts';

const directory = mkdtempSync(join(tmpdir(), 'access-'));
t.teardown(() => rmSync(directory, { recursive: true }));

function fileLog(path: string, format: string): AccessLog {
  const typeUrl = 'envoy.extensions.access_loggers.file.v3.FileAccessLog';
  const value = { path, logFormat: { textFormatSource: { inlineString: format } } };
  return { name: 'f', typedConfig: { typeUrl, value } };
}

/** `filesystem.write_failed` of what is written meanwhile. */
function countFailures(t: { teardown(fn: () => void): void }): { failed: number } {
  const seen = { failed: 0 };
  const nothing = { inc: (): void => {}, set: (): void => {} };
  const before = fileSinks.stats;
  fileSinks.stats = {
    writeBuffered: nothing,
    writeCompleted: nothing,
    writeFailed: { inc: () => seen.failed++ },
    writeTotalBuffered: nothing,
    flushedByTimer: nothing,
    reopenFailed: nothing,
  };
  t.teardown(() => {
    fileSinks.stats = before;
  });
  return seen;
}

t.test('a full disk loses lines, counted, and every request is answered', async (t) => {
  const seen = countFailures(t);
  const u = await Upstream.start(answering(OK));
  const p = await TestProxy.start({
    clusters: [cluster('u', [u.port])],
    hcm: { accessLog: [fileLog('/dev/full', `${'x'.repeat(2000)}\n`)] },
  });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  const c = p.connect();
  for (let i = 0; i < 100; i++) t.match((await c.send(get()).message()).start, ' 200 ');
  t.ok(seen.failed > 0, 'counted');
});

t.test('a pipe that nobody reads keeps a bounded part, and every request is answered', async (t) => {
  const seen = countFailures(t);
  const pipe = join(directory, 'pipe');
  spawnSync('mkfifo', [pipe]);
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  const u = await Upstream.start(answering(OK));
  const p = await TestProxy.start({
    clusters: [cluster('u', [u.port])],
    hcm: { accessLog: [fileLog(pipe, `${'y'.repeat(50_000)}\n`)] },
  });
  t.teardown(() => {
    p.stop();
    u.stop();
    closeSync(reader);
  });
  const c = p.connect();
  for (let i = 0; i < 60; i++) t.match((await c.send(get()).message()).start, ' 200 ');
  t.ok(seen.failed > 0, 'what came above the limit is lost, and counted');
  t.ok(fileSinks.open(pipe).bufferedBytes < 2 * 1024 * 1024, 'what is kept has a limit');
});

t.test('a stream that goes on is logged every so often, and its end once', async (t) => {
  const path = join(directory, 'periodic');
  const u = await Upstream.start(() => {});
  const p = await TestProxy.start({
    clusters: [cluster('u', [u.port])],
    hcm: {
      accessLogOptions: { accessLogFlushInterval: 5, flushAccessLogOnNewRequest: true },
      accessLog: [fileLog(path, '%ACCESS_LOG_TYPE%\n')],
    },
  });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  const lines = (): string[] => {
    fileSinks.flush();
    return readFileSync(path, 'latin1').split('\n').slice(0, -1);
  };
  const c = p.connect().send(get());
  await until(() => lines().length >= 4);
  c.socket.destroy();
  await until(() => lines().at(-1) === 'DownstreamEnd');
  const [first, ...rest] = lines();
  t.equal(first, 'DownstreamStart');
  t.ok(rest.slice(0, -1).every((line) => line === 'DownstreamPeriodic'));
});
