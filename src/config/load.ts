/**
 * The bootstrap: file and --config-yaml → one typed config, or a ConfigError that lists everything wrong with it. Order as in
 * Envoy: read, convert, merge the second over the first, check constraints, then what only a server can check.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { mayUseCel } from './announced.ts';
import { Decoder } from './decode.ts';
import type { DecodeOptions } from './decode-report.ts';
import { extensionNames } from './extension-names.ts';
import { parseJson } from './json.ts';
import type { Unsupported } from './left-out.ts';
import { checkBootstrap } from './lint/bootstrap.ts';
import { mergeMessage } from './merge.ts';
import type { Message, Origin } from './origin.ts';
import { withPlaceholderHint } from './placeholder.ts';
import { Places } from './places.ts';
import { ConfigError, type ConfigProblem, fileProblem, locate, type ProblemDraft } from './problem.ts';
import { quickYaml } from './quick-yaml.ts';
import { schema } from './schema/registry.ts';
import type { Bootstrap } from './schema/types.ts';
import { Source } from './source.ts';
import { LIMITS, SyntaxProblem, type TreeNode } from './tree.ts';
import { Validator } from './validate.ts';

export interface LoadOptions {
  /** A file; its suffix chooses the parser: .yaml, .yml, else JSON. */
  readonly path?: string;
  /** YAML merged over the file as protobuf merges: scalars replace, lists append, messages merge. */
  readonly yaml?: string;
  /** Unknown fields become warnings. */
  readonly allowUnknownFields?: boolean;
  /** Of what this release does not carry out, what nobody outside can miss is left out with a warning (left-out.ts). */
  readonly allowUnsupported?: boolean;
  /** Judge as real Envoy would: what this release does not carry out is no problem. The result is to be looked at, not to be served. */
  readonly asEnvoy?: boolean;
  /** As 1.40 and not as 1.16 does: v2 is unknown, extensions must be registered in it. */
  readonly strict?: boolean;
  /** What is wrong is returned rather than thrown, as long as the text can be read at all. */
  readonly keepGoing?: boolean;
  /** --bootstrap-version of Envoy 1.16; 2 makes it a v2 config whatever its names, 0 says nothing. Both are read. */
  readonly bootstrapVersion?: number;
}

export interface LoadResult {
  readonly bootstrap: Bootstrap;
  /** Some name in it is v2's: where 1.16 and 1.40 differ in what a client sees, answer as 1.16. */
  readonly usedV2: boolean;
  /** Something in it may be an expression of CEL. */
  readonly usesCel: boolean;
  readonly warnings: readonly ConfigProblem[];
  /** With `keepGoing`; else there are none. */
  readonly problems: readonly ConfigProblem[];
  /** Where the messages of `bootstrap` stand; to be forgotten when everything is built from them. */
  readonly places: Places;
}

const YAML_NAME = '<config-yaml>';
const ROOT = 'envoy.config.bootstrap.v3.Bootstrap';
/** Before a text is even read. */
const MAX_FILE_BYTES = LIMITS.size * 2;
const READ_BYTES = 64 * 1024;
const GOOGLE_GRPC = /google_?grpc/i;

/** Throws ConfigError. */
export async function loadBootstrap(options: LoadOptions): Promise<LoadResult> {
  const bootstrapVersion = options.bootstrapVersion ?? 0;
  if (bootstrapVersion !== 0 && bootstrapVersion !== 2 && bootstrapVersion !== 3) {
    const message = `Unknown bootstrap version ${bootstrapVersion}.`;
    throw new ConfigError([fileProblem(options.path ?? '', 'bad-value', message)]);
  }
  const trees: TreeNode[] = [];
  if (options.path) trees.push(await readTree(options.path));
  if (options.yaml) trees.push(await parse(new Source(YAML_NAME, options.yaml), true));
  const result = await decodeTrees(ROOT, trees, options);
  const problems = result.problems.map((draft) => locate(withPlaceholderHint(draft)));
  if (problems.length > 0 && !options.keepGoing) throw new ConfigError(problems);
  return {
    bootstrap: result.message as unknown as Bootstrap,
    usedV2: result.usedV2 || bootstrapVersion === 2,
    usesCel: trees.some((tree) => mayUseCel(tree.source.text)),
    warnings: result.warnings.map(locate),
    problems,
    places: new Places(options.path || YAML_NAME, result.origins),
  };
}

interface Decoded {
  message: Message;
  usedV2: boolean;
  problems: ProblemDraft[];
  warnings: ProblemDraft[];
  origins: Map<object, Origin>;
}

async function decodeTrees(root: string, trees: TreeNode[], options: LoadOptions): Promise<Decoded> {
  const origins = new Map<object, Origin>();
  const broken = new Set<object>();
  const problems: ProblemDraft[] = [];
  const warnings: ProblemDraft[] = [];
  let unsupported: Unsupported[] = [];
  let message: Message | undefined;
  let usedV2 = false;
  for (const tree of trees) {
    const decoder = await decodeOne(root, tree, {
      allowUnknownFields: options.allowUnknownFields ?? false,
      strict: options.strict ?? false,
    });
    problems.push(...decoder.decoder.report.problems);
    if (!options.asEnvoy) unsupported = unsupported.concat(decoder.decoder.report.unsupported);
    for (const [offset, key] of tree.source.repeated) {
      const message = `'${key}' is given twice in one mapping: only the last one counts`;
      warnings.push({ code: 'suspicious', source: tree.source, offset, width: key.length, path: '', message });
    }
    warnings.push(...decoder.decoder.report.warnings);
    for (const [m, origin] of decoder.decoder.origins) origins.set(m, origin);
    for (const m of decoder.decoder.broken) broken.add(m);
    usedV2 ||= decoder.decoder.usedV2;
    if (message === undefined) message = decoder.message;
    else if (decoder.message !== undefined) mergeMessage(schema, schema.message(root)!, message, decoder.message);
  }
  if (message !== undefined) {
    const validator = new Validator(schema, origins, broken, options.asEnvoy ? NOT_CHECKED : undefined);
    validator.message(schema.message(root)!, message);
    problems.push(...validator.problems);
    if (validator.regexes.length > 0)
      problems.push(...(await import('./lint/regexes.ts')).checkRegexes(validator.regexes));
    const semantic = checkBootstrap(message as unknown as Bootstrap, origins, {
      broken,
      asEnvoy: options.strict ?? false,
    });
    problems.push(...semantic.problems);
    warnings.push(...semantic.warnings);
    if (options.strict) {
      const { checkRegistered } = await import('./lint/registered.ts');
      problems.push(...checkRegistered(schema, schema.message(root)!, message, origins));
      const { checkAsEnvoy } = await import('./lint/as-envoy/check.ts');
      problems.push(...checkAsEnvoy(schema, schema.message(root)!, message, origins, broken));
    }
  }
  // After what judges the text: these clusters stand nowhere in it.
  if (message !== undefined && !options.asEnvoy && trees.some(({ source }) => GOOGLE_GRPC.test(source.text)))
    (await import('./google-grpc.ts')).askThroughClusters(message, origins);
  if (problems.some(({ code }) => code === 'unknown-type')) (await import('./why-not.ts')).explainTypes(problems);
  if (message !== undefined && unsupported.length > 0) {
    const { leaveOut, settle } = await import('./left-out.ts');
    const settled = settle(unsupported, schema, options.allowUnsupported ?? false, problems.length === 0);
    problems.push(...settled.problems);
    warnings.push(...settled.warnings);
    if (problems.length === 0) leaveOut(schema, schema.message(root)!, message, settled.gone);
  }
  return { message: message ?? (Object.create(null) as Message), usedV2, problems, warnings, origins };
}

/** Extensions of which Envoy does not look at the rules in their protos: docs/behaviour.md U95. */
const NOT_CHECKED =
  /^envoy\.extensions\.(?:network\.dns_resolver\.cares|load_balancing_policies\.(?:least_request|maglev|random|ring_hash|round_robin|subset))\./;

/** A message of another type than the bootstrap's, from a file by itself: as YAML or JSON by the file's suffix. Throws ConfigError. */
export async function loadMessage(root: string, path: string): Promise<Message> {
  return (await loadTree(root, await readTree(path))).message;
}

/** The same from a text in YAML, which JSON is, too, that nobody keeps; `name` stands for the file. */
export async function messageFromText(
  root: string,
  name: string,
  text: string,
): Promise<{ message: Message; places: Places }> {
  const { message, origins } = await loadTree(root, await parse(new Source(name, text), true));
  return { message, places: new Places(name, origins) };
}

async function loadTree(root: string, tree: TreeNode): Promise<{ message: Message; origins: Map<object, Origin> }> {
  const { decoder, message } = await decodeOne(root, tree, { allowUnknownFields: false, strict: false });
  const { problems, unsupported } = decoder.report;
  const validator = new Validator(schema, decoder.origins, decoder.broken);
  if (message !== undefined) validator.message(schema.message(root)!, message);
  const all = [...problems, ...validator.problems];
  if (validator.regexes.length > 0) all.push(...(await import('./lint/regexes.ts')).checkRegexes(validator.regexes));
  if (unsupported.length > 0) {
    const { settle } = await import('./left-out.ts');
    all.push(...settle(unsupported, schema, false, true).problems);
  }
  if (all.length > 0) throw new ConfigError(all.map(locate));
  return { message: message ?? (Object.create(null) as Message), origins: decoder.origins };
}

/** Decoding stops short where a part of the schema is not loaded yet; it is loaded and decoding starts over. */
async function decodeOne(
  root: string,
  tree: TreeNode,
  options: DecodeOptions,
): Promise<{ decoder: Decoder; message: Message | undefined }> {
  for (;;) {
    const decoder = new Decoder(schema, root, options);
    const message = decoder.decode(tree);
    if (!schema.incomplete && !extensionNames.incomplete) return { decoder, message };
    if (extensionNames.incomplete) await extensionNames.load();
    await schema.load();
  }
}

function readTree(path: string): Promise<TreeNode> {
  if (/\.pb(_text)?$/i.test(path)) {
    throw new ConfigError([
      fileProblem(path, 'unsupported', 'binary and text protobuf files are not supported; use YAML or JSON'),
    ]);
  }
  const yaml = /\.ya?ml$/i.test(path);
  return parse(new Source(path, readText(path)), yaml);
}

function readText(path: string): string {
  try {
    const { size } = statSync(path);
    const bytes = size > MAX_FILE_BYTES ? undefined : readBytes(path);
    if (bytes === undefined) {
      const count = size > MAX_FILE_BYTES ? `${size}` : `more than ${MAX_FILE_BYTES}`;
      throw new ConfigError([
        fileProblem(
          path,
          'syntax',
          `the file is too large: ${count} bytes, a config may have at most ${LIMITS.size} characters`,
        ),
      ]);
    }
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      throw new ConfigError([fileProblem(path, 'syntax', 'not a text in UTF-8')]);
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    const reason =
      code === 'ENOENT' ? 'Invalid path' : `unable to read file: ${code === 'EISDIR' ? 'Invalid path' : code}`;
    throw new ConfigError([
      fileProblem(path, 'unreadable', code === 'ENOENT' ? `unable to read file: ${path}` : `${reason}: ${path}`),
    ]);
  }
}

/** Undefined for more than MAX_FILE_BYTES: devices and pipes have no size to ask for before. */
function readBytes(path: string): Buffer | undefined {
  const fd = openSync(path, 'r');
  try {
    const chunks: Buffer[] = [];
    let total = 0;
    for (;;) {
      const chunk = Buffer.allocUnsafe(READ_BYTES);
      const n = readSync(fd, chunk, 0, READ_BYTES, null);
      if (n === 0) return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
      total += n;
      if (total > MAX_FILE_BYTES) return undefined;
      chunks.push(chunk.subarray(0, n));
    }
  } finally {
    closeSync(fd);
  }
}

async function parse(source: Source, yaml: boolean): Promise<TreeNode> {
  const tooLong = oversized(source.text);
  if (tooLong !== undefined) throw new ConfigError([fileProblem(source.name, 'syntax', tooLong)]);
  try {
    const tree = yaml ? await readYaml(source) : parseJson(source);
    if (tree.kind === 'scalar') {
      throw new SyntaxProblem(source, tree.start, 'Unable to convert YAML as JSON: a mapping is wanted, not one value');
    }
    return tree;
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    const draft = { source, offset: error.offset, path: '', message: error.message, hint: error.hint };
    throw new ConfigError([locate(withPlaceholderHint({ code: 'syntax', ...draft }))]);
  }
}

/** The library is loaded for what the quick reader does not know, mistakes included. */
async function readYaml(source: Source): Promise<TreeNode> {
  return quickYaml(source) ?? (await import('./full-yaml.ts')).parseYaml(source);
}

/** Counted before parsing: a parser would take seconds to find out. */
function oversized(text: string): string | undefined {
  if (text.length > LIMITS.size)
    return `the file is too large: ${text.length} characters, a config may have at most ${LIMITS.size}`;
  let lines = 1;
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) lines++;
  return lines > LIMITS.lines
    ? `the file is too large: ${lines} lines, a config may have at most ${LIMITS.lines}`
    : undefined;
}

export { toProtoJson } from './proto-json.ts';
