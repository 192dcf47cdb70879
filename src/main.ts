/**
 * The executable: argv → a command. Nothing of the proxy itself is loaded for `--help`, `--version` or a wrong argument.
 */

// Node's own handler opens its debugger for everybody on this loopback (build/launcher.sh has the moments before). Nothing is open yet
// that could be opened anew.
process.on('SIGUSR1', () => {});

/** package.json says it too; below 22 the bundle cannot even be parsed by what it needs. */
const OLDEST_NODE: readonly [major: number, minor: number] = [22, 19];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  process.stderr.write(`envoylet needs Node ${OLDEST_NODE.join('.')} or newer, this is ${process.version}\n`);
  process.exit(1);
}

const program = process.argv[1];
nameProcess(program.endsWith('/envoy') ? 'envoy' : 'envoylet');
const argv = process.argv.slice(2);
// No top-level await: the bundle is CommonJS.
import('./cli/run.ts').then(({ run }) => run(program, argv));

/** For `ps` and `killall`, where Node says `MainThread`. Unlike `process.title` it leaves the arguments as they are. */
function nameProcess(name: string): void {
  try {
    // Not imported: a Node too old for the bundle must get as far as the check above.
    process.getBuiltinModule('node:fs').writeFileSync('/proc/self/comm', name);
  } catch {
    // Not Linux, or no /proc.
  }
}
