/**
 * `envoylet validate FILE…`: judges Envoy configs without starting anything, as envoylet or as real Envoy 1.40 would. All files, all their
 * problems; exit code 0 when there is none, 1 when there is one, 2 when it was called wrongly or a file could not be read.
 */
import { globSync } from 'node:fs';
import { loadBootstrap } from '../config/load.ts';
import { ConfigError } from '../config/problem.ts';
import { fileSinks } from '../log/file-sink.ts';
import { LEVELS, setAllLevels } from '../log/logger.ts';
import { Server } from '../server/server.ts';
import type { CommandTools } from './commands.ts';
import { CliExit } from './options.ts';
import { type FileReport, FORMATS, type ReportFormat, report } from './validate-report.ts';

const TARGETS = ['envoylet', 'envoy'] as const;
type Target = (typeof TARGETS)[number];

interface Arguments {
  readonly target: Target;
  readonly format: ReportFormat;
  readonly allowUnsupported: boolean;
  readonly files: readonly string[];
}

const USAGE = `usage: envoylet validate [--for envoylet|envoy] [--format text|json|github|sarif] [--allow-unsupported] FILE…

Judges Envoy bootstrap files (v2 and v3, YAML and JSON; FILE may be a glob) and lists everything that is wrong with each.
  --for envoylet       as this proxy would: what it does not carry out is a problem (the default)
  --for envoy          as real Envoy 1.40 would: "not supported yet" is no problem, v2 is one
  --format text        file:line:column, the line and a caret (the default)
  --format json        one object, for programs
  --format github      annotations of GitHub Actions
  --format sarif       SARIF 2.1.0, for code scanning
  --allow-unsupported  as the proxy's flag: logs, spans and statistics that it does not have are warnings
exit code: 0 no problem, 1 problems, 2 wrong call or a file that cannot be read
`;

/** Throws CliExit for --help and a wrong call. */
export async function validate(program: string, argv: readonly string[], tools: CommandTools): Promise<number> {
  setAllLevels(LEVELS.indexOf('off'));
  // A log of the target machine is neither made nor missed here.
  fileSinks.dryRun = true;
  const { code, output } = await verdict(program, argv, tools);
  process.stdout.write(output);
  return code;
}

export async function verdict(
  program: string,
  argv: readonly string[],
  tools: Pick<CommandTools, 'parseOptions'>,
): Promise<{ code: number; output: string }> {
  const args = parse(argv);
  const reports: FileReport[] = [];
  for (const file of args.files) reports.push(await judge(program, file, args, tools));
  const problems = reports.flatMap((r) => r.problems);
  const unreadable = problems.some((p) => p.code === 'unreadable');
  return { code: unreadable ? 2 : problems.length > 0 ? 1 : 0, output: report(args.format, reports) };
}

async function judge(
  program: string,
  file: string,
  args: Arguments,
  tools: Pick<CommandTools, 'parseOptions'>,
): Promise<FileReport> {
  try {
    if (args.target === 'envoy') {
      const { problems, warnings } = await loadBootstrap({ path: file, asEnvoy: true, strict: true, keepGoing: true });
      return { file, problems, warnings };
    }
    const loaded = await loadBootstrap({ path: file, allowUnsupported: args.allowUnsupported, keepGoing: true });
    // What only a builder can find out: a password's file that is missing, a filter that must be the last.
    const options = tools.parseOptions(program, ['-c', file, '--mode', 'validate']);
    const server = new Server(options, loaded);
    const all = await server.problems();
    await server.shutdown();
    // A password's file or variable that this machine lacks may be on the one the file is meant for.
    const [here, problems] = [all.filter((p) => p.code === 'machine'), all.filter((p) => p.code !== 'machine')];
    return { file, problems, warnings: [...loaded.warnings, ...here] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { file, problems: error.problems, warnings: [] };
  }
}

function parse(argv: readonly string[]): Arguments {
  let target: Target = 'envoylet';
  let format: ReportFormat = 'text';
  let allowUnsupported = false;
  const files: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const [name, given] = split(argv[i]);
    const value = (): string => given ?? argv[++i] ?? wrong(`${name} needs a value`);
    if (name === '--help' || name === '-h') throw new CliExit(0, USAGE, '');
    else if (name === '--for') target = oneOf(TARGETS, value(), name);
    else if (name === '--format') format = oneOf(FORMATS, value(), name);
    else if (name === '--allow-unsupported') allowUnsupported = true;
    else if (name === '--') {
      files.push(...argv.slice(i + 1));
      break;
    } else if (name.startsWith('-')) wrong(`unknown option ${name}`);
    else files.push(argv[i]);
  }
  if (files.length === 0) wrong('no file given');
  return { target, format, allowUnsupported, files: files.flatMap(expand) };
}

/** `--format=json` as well as `--format json`. */
function split(word: string): [name: string, value: string | undefined] {
  const equals = word.startsWith('--') ? word.indexOf('=') : -1;
  return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
}

function oneOf<T extends string>(allowed: readonly T[], value: string, name: string): T {
  return allowed.find((a) => a === value) ?? wrong(`${name} is one of ${allowed.join(', ')}, not '${value}'`);
}

/** For shells that do not expand patterns, and quoted ones. A pattern without a match stays: it is reported as a file that is missing. */
function expand(file: string): string[] {
  if (!/[*?[{]/.test(file)) return [file];
  const found = globSync(file).sort();
  return found.length === 0 ? [file] : found;
}

function wrong(message: string): never {
  throw new CliExit(2, '', `envoylet validate: ${message}\n${USAGE}`);
}
