// The generated schema is whole: every name in it resolves, and the support table names nothing Envoy does not have.
import t from 'tap';
import { chunkOf } from '../../src/config/schema/format.ts';
import core from '../../src/config/schema/generated/core.ts';
import { type MessageType, SchemaRegistry } from '../../src/config/schema/registry.ts';
import { supportChunks } from '../../src/config/support/support.ts';
import { SUPPORT } from './skeleton.ts';

const registry = new SchemaRegistry();
async function message(name: string): Promise<MessageType | null> {
  const type = registry.message(name);
  if (type !== undefined) return type;
  await registry.load();
  return registry.message(name) ?? null;
}

t.test('fields, v2 names and v3 successors', async (t) => {
  const cluster = (await message('envoy.config.cluster.v3.Cluster'))!;
  t.equal(cluster.field('connect_timeout'), cluster.field('connectTimeout'));
  t.equal(cluster.field('hosts')?.v2Only, true);
  t.equal(cluster.field('bogus'), undefined);
  t.equal(cluster.field('__proto__'), undefined);
  t.equal(cluster.field('connect_Timeout'), undefined);
  t.equal(
    registry.successor('envoy.config.filter.network.redis_proxy.v2.RedisProxy'),
    'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy',
  );
  registry.successor('envoy.config.filter.http.rate_limit.v2.RateLimit');
  await registry.load();
  t.equal(
    registry.successor('envoy.config.filter.http.rate_limit.v2.RateLimit'),
    'envoy.extensions.filters.http.ratelimit.v3.RateLimit',
  );
  t.equal(await message('envoy.config.cluster.v3.Nothing'), null);
});

t.test('every message and enum that a field refers to exists', async (t) => {
  const { readdirSync } = await import('node:fs');
  const dir = new URL('../../src/config/schema/generated/', import.meta.url);
  let fields = 0;
  for (const file of readdirSync(dir)) {
    if (file.startsWith('successors')) continue;
    const { default: chunk } = (await import(new URL(file, dir).href)) as { default: Record<string, string> };
    for (const [name, record] of Object.entries(chunk)) {
      if (file !== 'core.ts') t.equal(`${chunkOf(name)}.ts`, file, `${name} is looked for where it is`, { bail: true });
      if (record[0] !== '{') continue;
      for (const field of (await message(name))!.fields) {
        fields++;
        if (field.kind === 'message' && (await message(field.typeName)) === null)
          t.fail(`${name}.${field.name}: ${field.typeName}`);
        if (field.kind === 'enum') {
          if (registry.enum(field.typeName) === undefined) await registry.load();
          if (!registry.enum(field.typeName)) t.fail(`${name}.${field.name}: ${field.typeName}`);
        }
      }
    }
  }
  t.ok(fields > 5000, `${fields} fields`);
});

t.test('an entry of the support table is in the chunk that is loaded with its message', async (t) => {
  for (const [chunk, entries] of Object.entries(await supportChunks())) {
    for (const name of Object.keys(entries)) {
      t.equal(Object.hasOwn(core, name) ? 'core' : chunkOf(name), chunk, `${name} belongs in support/ of that name`);
    }
  }
});

t.test('the support table names only what exists, nothing twice', async (t) => {
  for (const [name, entry] of Object.entries(SUPPORT)) {
    const type = await message(name);
    t.ok(type, name);
    const words = [...(entry.does ?? '').split(' '), ...(entry.inert ?? '').split(' ')].filter(
      (w) => w !== '' && w !== '*',
    );
    t.equal(new Set(words).size, words.length, `${name}: a field is listed twice`);
    for (const word of words) t.ok(type?.field(word)?.name === word, `${name}.${word}`);
    for (const [word, values] of Object.entries(entry.values ?? {})) {
      const field = type!.field(word)!;
      if (field.kind !== 'enum') continue;
      if (registry.enum(field.typeName) === undefined) await registry.load();
      for (const value of values.split(' '))
        t.equal(registry.enum(field.typeName)!.byName(value)?.name, value, `${name}.${word}: ${value}`);
    }
  }
});

t.test('supported fields that hold messages lead to messages that have an entry', async (t) => {
  const missing: string[] = [];
  for (const [name, entry] of Object.entries(SUPPORT)) {
    const type = (await message(name))!;
    const does = entry.does === '*' ? type.fields : (entry.does ?? '').split(' ').flatMap((w) => type.field(w) ?? []);
    for (const f of does) {
      if (f.kind !== 'message' || f.v2Only || Object.hasOwn(SUPPORT, f.typeName)) continue;
      const inner = await message(f.typeName);
      if (inner !== null && inner.fields.length > 0) missing.push(`${name}.${f.name}: ${f.typeName}`);
    }
  }
  t.strictSame(missing, []);
});

t.test('what the sidecar configs use is in the first chunk', async (t) => {
  t.ok(Object.keys(core).includes('envoy.config.cluster.v3.Cluster'));
  t.ok(JSON.stringify(core).length < 60_000, 'and it stays small');
});
