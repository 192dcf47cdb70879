/** config.core.v3.DataSource: bytes written in the config, or where they are read from when it is built. */
import { readFileSync } from 'node:fs';
import type { DataSource } from '../config/schema/types.ts';

/** The bytes of a DataSource; empty when it is absent. Throws when the file or variable is missing. */
export function readDataSource(source: DataSource | undefined): Buffer {
  if (source === undefined) return Buffer.alloc(0);
  if (source.inlineString !== undefined) return Buffer.from(source.inlineString);
  if (source.inlineBytes !== undefined) return source.inlineBytes;
  if (source.filename !== undefined && source.filename !== '') return readFileSync(source.filename);
  if (source.environmentVariable !== undefined && source.environmentVariable !== '') {
    const value = process.env[source.environmentVariable];
    if (value === undefined) throw new Error(`Environment variable doesn't exist: ${source.environmentVariable}`);
    return Buffer.from(value);
  }
  return Buffer.alloc(0);
}
