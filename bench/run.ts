/** `npm run bench`: measure, compare two results, or make a report from one. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { USAGE } from './options.ts';
import { missingPackages } from './tools/packages.ts';

const dir = import.meta.dirname;

/** The bench's own packages, on the first run. The baselines' packages are optional: without network some are missing. */
function install(): void {
  const missing = missingPackages(join(dir, 'package.json'));
  if (missing.length === 0) return;
  process.stderr.write(`bench: installing its packages (${missing.join(', ')} not found)\n`);
  const node = process.execPath;
  const beside = join(node, '../../lib/node_modules/npm/bin/npm-cli.js');
  const npm = process.env.npm_execpath ?? (existsSync(beside) ? beside : '');
  const args = ['ci', '--no-audit', '--no-fund', '--prefix', dir];
  const r = npm.endsWith('.js')
    ? spawnSync(node, [npm, ...args], { stdio: ['ignore', 'ignore', 'inherit'], cwd: dir })
    : spawnSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'], cwd: dir });
  if (r.status !== 0) throw new Error('npm ci failed in bench/');
}

async function main(args: string[]): Promise<number> {
  const [first] = args;
  if (first === '--help' || first === '-h') {
    process.stdout.write(USAGE);
    return 0;
  }
  if (first === 'compare') return (await import('./commands/compare.ts')).compare(args.slice(1));
  if (first === 'readme') return (await import('./commands/readme.ts')).readme(args.slice(1));
  if (first === 'report') return (await import('./commands/report.ts')).report(args.slice(1));
  install();
  const { list, measure } = await import('./commands/measure.ts');
  return first === '--list' ? list() : await measure(args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  if (process.env.BENCH_DEBUG !== undefined && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exitCode = 2;
}
// Sockets of children that were told to stop must not keep us.
process.exit();
