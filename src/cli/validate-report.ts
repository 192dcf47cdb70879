/** What `envoylet validate` found, in the forms that people and programs read. */
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ConfigProblem, formatProblem } from '../config/problem.ts';
import { VERSION } from '../version.ts';

export const FORMATS = ['text', 'json', 'github', 'sarif'] as const;
export type ReportFormat = (typeof FORMATS)[number];

export interface FileReport {
  readonly file: string;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

type Severity = 'error' | 'warning';

export function report(format: ReportFormat, reports: readonly FileReport[]): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(json(reports), null, 2)}\n`;
    case 'github':
      return each(reports, (p, severity) => `${annotation(p, severity)}\n`).join('');
    case 'sarif':
      return `${JSON.stringify(sarif(reports), null, 2)}\n`;
    default:
      return text(reports);
  }
}

/** Errors of each file, then its warnings. */
function each<T>(reports: readonly FileReport[], make: (p: ConfigProblem, severity: Severity) => T): T[] {
  return reports.flatMap((r) => [
    ...r.problems.map((p) => make(p, 'error')),
    ...r.warnings.map((p) => make(p, 'warning')),
  ]);
}

function text(reports: readonly FileReport[]): string {
  let out = '';
  for (const r of reports) {
    for (const p of r.problems) out += `${formatProblem(p)}\n`;
    for (const p of r.warnings) out += `warning: ${formatProblem(p)}\n`;
    if (r.problems.length === 0) out += `${r.file}: OK\n`;
  }
  const count = reports.reduce((n, r) => n + r.problems.length, 0);
  const files = reports.length === 1 ? '1 file' : `${reports.length} files`;
  return `${out}${files}, ${count === 1 ? '1 problem' : `${count} problems`}\n`;
}

function json(reports: readonly FileReport[]): object {
  const plain = (p: ConfigProblem): object => ({
    code: p.code,
    line: p.line,
    column: p.column,
    end_column: p.line === 0 ? 0 : p.column + p.width,
    path: p.yamlPath,
    message: p.message,
    ...(p.envoy === undefined ? {} : { envoy: p.envoy }),
    ...(p.hint === undefined ? {} : { hint: p.hint }),
  });
  return {
    files: reports.map((r) => ({
      file: r.file,
      ok: r.problems.length === 0,
      problems: r.problems.map(plain),
      warnings: r.warnings.map(plain),
    })),
  };
}

/** A workflow command of GitHub Actions: `::error file=…,line=…,col=…::message`. */
function annotation(p: ConfigProblem, severity: Severity): string {
  const places: [string, string | number][] = [['file', p.file]];
  if (p.line > 0) places.push(['line', p.line], ['col', p.column], ['endColumn', p.column + p.width]);
  places.push(['title', p.code]);
  const properties = places.map(([name, value]) => `${name}=${escapeProperty(String(value))}`).join(',');
  return `::${severity} ${properties}::${escapeData(whole(p))}`;
}

const escapeData = (s: string): string => s.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapeProperty = (s: string): string => escapeData(s).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** The message, where it is in the config, and the hint. */
function whole(p: ConfigProblem): string {
  return [p.message, p.yamlPath === '' ? '' : `at ${p.yamlPath}`, p.hint ?? ''].filter((s) => s !== '').join('\n');
}

/** SARIF 2.1.0 (OASIS), one run. */
function sarif(reports: readonly FileReport[]): object {
  const rules = [...new Set(each(reports, (p) => p.code))];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'envoylet', version: VERSION, rules: rules.map((id) => ({ id })) } },
        columnKind: 'utf16CodeUnits',
        artifacts: reports.map((r) => ({ location: { uri: uriOf(r.file) } })),
        results: each(reports, (p, level) => ({
          ruleId: p.code,
          ruleIndex: rules.indexOf(p.code),
          level,
          message: { text: whole(p) },
          locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(p.file) }, ...region(p) } }],
        })),
      },
    ],
  };
}

function region(p: ConfigProblem): object {
  if (p.line === 0) return {};
  return { region: { startLine: p.line, startColumn: p.column, endColumn: p.column + p.width } };
}

/** Relative to where it was called, as code scanning wants it. */
function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href;
  return file.split(/[\\/]/).map(encodeURIComponent).join('/');
}
