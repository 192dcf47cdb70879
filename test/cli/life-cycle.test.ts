/** From start to exit code: what scripts and supervisors see of the process. Lines and codes are those of Envoy 1.40. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Child } from '../support/child.ts';
import { freePort } from '../support/ports.ts';
import { envoyletCommand, get, startProxy } from '../support/proxy-process.ts';

const dir = mkdtempSync(join(tmpdir(), 'envoylet-life-'));
const command = envoyletCommand();
const [program, ...first] = command;

const adminOn = (port: number): string =>
  `admin: { address: { socket_address: { address: 127.0.0.1, port_value: ${port} } } }\n`;

function file(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

/** Runs to its end. */
async function ends(...args: string[]): Promise<{ code: number | string; output: string }> {
  const child = new Child(program, [...first, ...args]);
  const code = await child.ended();
  return { code, output: child.output };
}

/** Where each of these stands in the output; all must be there, in this order. */
function inOrder(t: Test, output: string, lines: readonly string[]): void {
  let at = 0;
  for (const line of lines) {
    const found = output.indexOf(line, at);
    t.ok(found >= 0, `${line}${found < 0 ? ` is missing after ${at} in:\n${output}` : ''}`);
    if (found >= 0) at = found + line.length;
  }
}

async function until(child: Child, text: string): Promise<void> {
  while (!child.output.includes(text) && child.exited === undefined) {
    await Promise.race([once(child.process.stderr ?? child.process, 'data'), child.ended()]);
  }
}

t.test('SIGTERM, SIGINT and POST /quitquitquit end it with exit code 0', async (t) => {
  for (const how of ['SIGTERM', 'SIGINT', 'quit'] as const) {
    const port = await freePort();
    const child = await startProxy({ command, args: ['--config-yaml', adminOn(port)], adminPort: port });
    if (how === 'quit') {
      t.match(await get(port, '/quitquitquit', 'POST'), { status: 200, body: 'OK\n' });
      t.equal(await child.ended(), 0);
    } else t.equal(await child.stop(how), 0);
    const caught = how === 'quit' ? [] : [how === 'SIGTERM' ? 'caught ENVOY_SIGTERM' : 'caught SIGINT'];
    inOrder(t, child.output, [
      'initializing epoch 0 (base id=0, hot restart version=11.104)',
      `admin address: 127.0.0.1:${port}`,
      'loading 0 cluster(s)',
      'loading 0 listener(s)',
      'cm init: all clusters initialized',
      'all clusters initialized. initializing init manager',
      'all dependencies initialized. starting workers',
      ...caught,
      'shutting down server instance',
      'main dispatch loop exited',
      'exiting',
    ]);
    // Before or after the clusters, as with Envoy: it depends on whether one of them waits for DNS.
    t.match(child.output, 'starting main dispatch loop');
  }
});

t.test('SIGHUP is eaten, SIGUSR1 reopens the log', async (t) => {
  const port = await freePort();
  const log = join(dir, 'signals.log');
  const args = ['--config-yaml', adminOn(port), '--log-path', log];
  const child = await startProxy({ command, args, adminPort: port });
  const has = async (path: string, text: string): Promise<boolean> => {
    for (let tries = 0; tries < 500; tries++) {
      if (readFileSync(path, 'utf8').includes(text)) return true;
      await get(port, '/ready');
    }
    return false;
  };
  child.process.kill('SIGHUP');
  t.ok(await has(log, '[warning][main]'));
  t.ok(await has(log, 'caught and eating SIGHUP. See documentation for how to hot restart.'));
  renameSync(log, `${log}.1`);
  child.process.kill('SIGUSR1');
  t.ok(await has(`${log}.1`, 'caught SIGUSR1. Reopening access logs.'));
  t.equal(await child.stop(), 0);
  t.match(readFileSync(log, 'utf8'), /caught ENVOY_SIGTERM[\s\S]*exiting\n$/);
});

t.test('--mode validate says OK on standard output or the reason, and serves nothing', async (t) => {
  const good = file('good.yaml', adminOn(await freePort()));
  t.match(await ends('-c', good, '--mode', 'validate', '-l', 'warning'), {
    code: 0,
    output: `configuration '${good}' OK\n`,
  });
  t.match(await ends('-c', good, '--mode', 'validate', '--log-path', join(dir, 'no/where')), {
    code: 0,
    output: `configuration '${good}' OK\n`,
  });
  const bad = file('bad.yaml', 'bogus: 1\n');
  const r = await ends('-c', bad, '--mode', 'validate');
  t.equal(r.code, 1);
  t.match(r.output, `error initializing configuration '${bad}': `);
  t.match(r.output, "no such field: 'bogus'");
  t.match(await ends('-c', join(dir, 'none.yaml'), '--mode', 'validate'), {
    code: 1,
    output: /Invalid path|unable to read file/,
  });
});

t.test('a start that fails: critical line, exiting, the reason again, exit code 1', async (t) => {
  t.match(await ends(), {
    code: 1,
    output:
      /\[critical\]\[main\][\s\S]*exiting\n(?:At least one of --config-path or --config-yaml or Options::configProto\(\) should be non-empty)\n$/,
  });
  const blocker = createServer();
  blocker.listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const { port } = blocker.address() as { port: number };
  t.match(await ends('--config-yaml', adminOn(port)), {
    code: 1,
    output: new RegExp(
      `exiting\n<config-yaml>:1:19: admin: cannot bind '127\\.0\\.0\\.1:${port}': Address already in use\n  at admin\\.address\n`,
    ),
  });
  blocker.close();
  t.match(await ends('--config-yaml', '{}', '--log-path', join(dir, 'no/where')), {
    code: 1,
    output: /Failed to open log-file '.*no\/where'. e.what\(\): .*\n$/,
  });
});

t.test('what cannot be bound is named with its place; what has no place is said once', async (t) => {
  const blocker = createServer();
  blocker.listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const { port } = blocker.address() as { port: number };
  const listener = `{name: front, address: {socket_address: {address: 127.0.0.1, port_value: ${port}}}, filter_chains: [{}]}`;
  const yaml = `static_resources:\n  listeners:\n  - ${listener}\n`;
  const r = await ends('--config-yaml', yaml);
  t.equal(r.code, 1);
  t.match(r.output, `<config-yaml>:3:28: listener 'front': cannot bind '127.0.0.1:${port}': Address already in use\n`);
  t.match(r.output, `ss -ltunp 'sport = :${port}'`);
  blocker.close();
  const none = join(dir, 'none.yaml');
  const missing = await ends('-c', none);
  t.equal(missing.code, 1);
  t.equal(missing.output.split('unable to read file').length, 2, 'a missing file is said once');
  // Where nobody reads the log, stderr says it.
  t.match(await ends('-c', none, '-l', 'off'), { code: 1, output: `unable to read file: ${none}\n` });
});

t.test('--mode init_only comes up and leaves', async (t) => {
  const r = await ends('--config-yaml', '{}', '--mode', 'init_only');
  t.equal(r.code, 0);
  inOrder(t, r.output, ['cm init: all clusters initialized', 'exiting']);
});

t.test('--admin-address-path gets the address', async (t) => {
  const path = join(dir, 'admin-address');
  const child = new Child(program, [...first, '--config-yaml', adminOn(0), '--admin-address-path', path]);
  await until(child, 'starting main dispatch loop');
  t.match(readFileSync(path, 'utf8'), /^127\.0\.0\.1:\d+$/);
  t.equal(await child.stop(), 0);
});

t.test('a start that is not over yet can be stopped', async (t) => {
  const child = new Child(program, [...first, '--config-yaml', adminOn(0)]);
  await until(child, 'initializing epoch');
  t.equal(await child.stop(), 0);
  inOrder(t, child.output, ['caught ENVOY_SIGTERM', 'shutting down server instance', 'exiting']);
});

t.test('--allow-unsupported: each warning in the log has its place, in order of the file', async (t) => {
  const path = file(
    'left-out.yaml',
    'deferred_stat_options: {enable_deferred_creation_stats: true}\nnode: {id: a}\n# sent elsewhere\nstatic_resources: {clusters: [{name: a, track_timeout_budgets: true}]}\n',
  );
  const refused = await ends('-c', path, '--mode', 'validate');
  t.equal(refused.code, 1);
  t.match(
    refused.output,
    /would start without static_resources.clusters\[0\].track_timeout_budgets \(line 4\); --allow-unsupported does/,
  );
  const { code, output } = await ends('-c', path, '--mode', 'validate', '--allow-unsupported');
  t.equal(code, 0);
  inOrder(t, output, [
    `[warning]`,
    `${path}:1:1: 'deferred_stat_options' of `,
    `${path}:4:41: 'track_timeout_budgets' of `,
    ' is left out (',
  ]);
});

t.test('it keeps running with one worker, no listener and no admin', async (t) => {
  const child = new Child(program, [...first, '--config-yaml', '{}', '--concurrency', '1']);
  await until(child, 'starting workers');
  // Each answer takes turns of a loop that would have ended with the first one.
  for (let asked = 1; asked <= 3; asked++) {
    child.process.kill('SIGHUP');
    while (child.output.split('eating SIGHUP').length <= asked && child.exited === undefined) {
      await Promise.race([once(child.process.stderr!, 'data'), child.ended()]);
    }
  }
  t.equal(child.exited, undefined);
  t.equal(await child.stop(), 0);
});
