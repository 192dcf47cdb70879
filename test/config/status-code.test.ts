// Names of statuses are the numbers that Envoy's schema gives them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { SchemaRegistry } from '../../src/config/schema/registry.ts';
import { statusNumber } from '../../src/config/status-code.ts';

t.test('every name has its number', async (t) => {
  const registry = new SchemaRegistry();
  registry.enum('envoy.type.v3.StatusCode');
  await registry.load();
  const { values } = registry.enum('envoy.type.v3.StatusCode')!;
  t.ok(values.length > 50);
  for (const { name, number } of values) t.equal(statusNumber(name), number, name);
  t.equal(statusNumber(undefined), 0);
});

t.test('what runs in a worker does not ask the schema, whose rarer parts are loaded where configs are read', (t) => {
  const root = fileURLToPath(new URL('../../src', import.meta.url));
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts'));
  const asks = files.filter((f) => /schema\/registry\.ts'/.test(readFileSync(join(root, f), 'utf8')));
  // The messages of gRPC services: that one loads what it needs.
  t.strictSame(
    asks.filter((f) => !f.startsWith('config/') && !f.startsWith('cli/')),
    ['grpc/message-codec.ts'],
  );
  t.end();
});
