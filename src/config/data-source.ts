/** config.core.v3.DataSource: bytes written in the config, or where they are read from when it is built. */
import { readFileSync } from 'node:fs';
import { refuse } from './refusal.ts';
import type { DataSource } from './schema/types.ts';

/** The bytes of a DataSource; empty when it is absent. Throws when the file or variable is missing. */
export function readDataSource(source: DataSource | undefined): Buffer {
  if (source === undefined) return Buffer.alloc(0);
  if (source.inlineString !== undefined) return Buffer.from(source.inlineString);
  if (source.inlineBytes !== undefined) return source.inlineBytes;
  if (source.filename !== undefined && source.filename !== '') return readFile(source, source.filename);
  if (source.environmentVariable !== undefined && source.environmentVariable !== '') {
    const value = process.env[source.environmentVariable];
    if (value === undefined) {
      const message = `Environment variable doesn't exist: ${source.environmentVariable}`;
      refuse(source, 'environment_variable', message, { here: true });
    }
    return Buffer.from(value);
  }
  return Buffer.alloc(0);
}

/** Envoy's words for a file that is not there and for one that cannot be read (source/common/filesystem/posix/filesystem_impl.cc). */
function readFile(source: DataSource, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'Invalid path' : 'unable to read file';
    return refuse(source, 'filename', `${reason}: ${path}`, { here: true });
  }
}
