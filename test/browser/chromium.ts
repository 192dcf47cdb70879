/** A headless Chromium that opens one page: `CHROMIUM`, or what is on the PATH under one of its names. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { which } from '../../bench/tools/which.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** Null where there is none. */
export function findChromium(): string | null {
  const said = process.env['CHROMIUM'];
  if (said !== undefined && said !== '') return said;
  return NAMES.map(which).find((path) => path !== null) ?? null;
}

/** It knows no host but this one. */
const ARGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-extensions',
  '--disable-sync',
  '--disable-background-networking',
  '--disable-component-update',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** Ends with the test. */
export function open(t: { teardown(fn: () => unknown): void }, program: string, url: string): ChildProcess {
  const folder = mkdtempSync(join(tmpdir(), 'chromium-'));
  const child = spawn(program, [...ARGS, `--user-data-dir=${folder}`, url], {
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, HOME: folder },
  });
  t.teardown(async () => {
    if (child.exitCode === null && child.pid !== undefined) {
      const gone = once(child, 'exit');
      // With the processes of its own.
      process.kill(-child.pid, 'SIGKILL');
      await gone;
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });
  return child;
}
