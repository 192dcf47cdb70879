// Names of statuses are the numbers that Envoy's schema gives them.
import t from 'tap';
import { SchemaRegistry } from '../../src/config/schema/registry.ts';
import type { HttpStatus } from '../../src/config/schema/types.ts';
import { statusCode } from '../../src/config/status-code.ts';

t.test('every name has its number', async (t) => {
  const registry = new SchemaRegistry();
  registry.enum('envoy.type.v3.StatusCode');
  await registry.load();
  const { values } = registry.enum('envoy.type.v3.StatusCode')!;
  t.ok(values.length > 50);
  for (const { name, number } of values) t.equal(statusCode({ code: name } as HttpStatus), number, name);
  t.equal(statusCode(undefined), 0);
});
