/**
 * Where the schema comes from: the Go modules that carry Envoy's compiled protos. Every `.pb.go` file embeds its
 * FileDescriptorProto; it is cut out of the source text here, so nothing is compiled (Go is only used to fetch modules).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';

/** The module's files on disk; `version` pins it. */
function fetchModule(path: string, version: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'envoylet-schema-'));
  try {
    writeFileSync(join(dir, 'go.mod'), 'module schema\n\ngo 1.21\n');
    const out = execFileSync('go', ['mod', 'download', '-json', `${path}@${version}`], { cwd: dir, encoding: 'utf8' });
    return (JSON.parse(out) as { Dir: string }).Dir;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** All file descriptors below `subdirectories` of a Go module. */
export function moduleDescriptors(
  path: string,
  version: string,
  subdirectories: string[] = ['.'],
): FileDescriptorProto[] {
  const root = fetchModule(path, version);
  const found: FileDescriptorProto[] = [];
  for (const sub of subdirectories) {
    for (const entry of readdirSync(join(root, sub), { recursive: true, withFileTypes: true })) {
      if (!entry.name.endsWith('.pb.go')) continue;
      const raw = rawDescriptor(readFileSync(join(entry.parentPath, entry.name), 'utf8'));
      if (raw !== undefined) found.push(fromBinary(FileDescriptorProtoSchema, raw));
    }
  }
  return found;
}

/** Newer generators write the descriptor as a string constant, older ones as a byte slice. */
function rawDescriptor(source: string): Uint8Array | undefined {
  const text = /^const file_\w+_rawDesc = "" \+\n((?:\t".*\n)+)/m.exec(source);
  if (text !== null) {
    const parts: Buffer[] = [];
    for (const line of text[1].matchAll(/^\t"(.*)"(?: \+)?$/gm)) parts.push(goString(line[1]));
    return Buffer.concat(parts);
  }
  const bytes = /^var file_\w+_rawDesc = \[\]byte\{([^}]*)\}/m.exec(source);
  if (bytes === null) return undefined;
  return Uint8Array.from(bytes[1].matchAll(/0x([0-9a-f]{2})/g), (m) => Number.parseInt(m[1], 16));
}

const SIMPLE_ESCAPES: Record<string, number> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, '\\': 92 };

/** The bytes of a Go interpreted string literal's inside (Go spec, "String literals"). */
function goString(literal: string): Buffer {
  const parts: Buffer[] = [];
  let plain = 0;
  for (let i = literal.indexOf('\\'); i >= 0; i = literal.indexOf('\\', plain)) {
    parts.push(Buffer.from(literal.slice(plain, i), 'utf8'));
    const kind = literal[i + 1];
    if (kind in SIMPLE_ESCAPES) {
      parts.push(Buffer.of(SIMPLE_ESCAPES[kind]));
      plain = i + 2;
    } else if (kind === 'x') {
      parts.push(Buffer.of(Number.parseInt(literal.slice(i + 2, i + 4), 16)));
      plain = i + 4;
    } else if (kind === 'u' || kind === 'U') {
      const end = i + (kind === 'u' ? 6 : 10);
      parts.push(Buffer.from(String.fromCodePoint(Number.parseInt(literal.slice(i + 2, end), 16)), 'utf8'));
      plain = end;
    } else {
      parts.push(Buffer.of(Number.parseInt(literal.slice(i + 1, i + 4), 8)));
      plain = i + 4;
    }
  }
  parts.push(Buffer.from(literal.slice(plain), 'utf8'));
  return Buffer.concat(parts);
}
