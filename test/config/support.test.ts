// No field is accepted and silently ignored: every field of the messages people write is loaded, one at a time, and is either in
// the support table or refused as "not supported yet". What each field of `does` does is tested where it is done.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { ConfigError } from '../../src/config/problem.ts';
import type { Field, MessageType } from '../../src/config/schema/registry.ts';
import { load } from './harness.ts';
import {
  at,
  CLUSTER,
  type Json,
  LISTENERS,
  message,
  NUMBERS,
  PLACES,
  PREFIX,
  ROUTER,
  registry,
  resolved,
  SUPPORT,
  sample,
  skeleton,
} from './skeleton.ts';

/** Paths at which the real loader says "not supported yet". */
async function unsupported(config: Json): Promise<string[]> {
  try {
    await load(JSON.stringify(config), {}, '.json');
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.filter((p) => p.code === 'unsupported').map((p) => p.yamlPath);
  }
}

async function refuses(place: string, type: MessageType, field: Field, value: unknown): Promise<boolean> {
  const config = skeleton();
  const target = at(config, place);
  for (const other of type.fields) if (field.oneof >= 0 && other.oneof === field.oneof) delete target[other.name];
  target[field.name] = value;
  const path = place === '' ? field.name : `${place}.${field.name}`;
  return (await unsupported(config)).includes(path);
}

const words = (list = ''): string[] => list.split(' ').filter((w) => w !== '');

t.test('the skeleton itself loads', async (t) => {
  t.strictSame(await unsupported(skeleton()), []);
});

for (const [name, place] of Object.entries(PLACES)) {
  t.test(`${name}: each field is done, inert or refused`, async (t) => {
    const type = await message(name);
    const entry = SUPPORT[name] ?? {};
    const does = entry.does === '*' ? type.fields.map((f) => f.name) : words(entry.does);
    const inert = words(entry.inert);
    const seen: Record<string, boolean> = {};
    const wanted: Record<string, boolean> = {};
    for (const field of type.fields) {
      t.notOk(does.includes(field.name) && inert.includes(field.name), `${field.name} is in one list`);
      const value = await sample(field);
      seen[field.name] = await refuses(place, type, field, value);
      const only = words(entry.values?.[field.name]);
      wanted[field.name] =
        !(does.includes(field.name) || inert.includes(field.name)) ||
        (only.length > 0 && typeof value !== 'object' && !only.includes(String(value)));
    }
    t.strictSame(seen, wanted, 'refused fields');
  });
}

t.test('what protobuf takes for absent is no use of a field', async (t) => {
  for (const [name, place] of Object.entries(PLACES)) {
    const type = await message(name);
    for (const field of type.fields) {
      if (field.oneof >= 0) continue;
      const scalar = field.kind === 'scalar' && !field.repeated && field.mapKey === '';
      const zero = field.repeated
        ? []
        : scalar
          ? field.letter === 'b'
            ? false
            : field.letter in NUMBERS
              ? 0
              : ''
          : undefined;
      if (zero === undefined) continue;
      if (await refuses(place, type, field, zero)) t.fail(`${name}.${field.name}: ${JSON.stringify(zero)}`);
    }
  }
});

t.test('of an enum only the listed values are taken, in either spelling', async (t) => {
  for (const [name, place] of Object.entries(PLACES)) {
    const type = await message(name);
    for (const [key, list] of Object.entries(SUPPORT[name]?.values ?? {})) {
      const field = type.field(key)!;
      if (field.kind !== 'enum') continue;
      const { values } = (await resolved(() => registry.enum(field.typeName)))!;
      for (const value of values.filter((v) => !v.v2Only)) {
        const wanted = !words(list).includes(value.name);
        t.equal(await refuses(place, type, field, value.name), wanted, `${key}: ${value.name}`);
        t.equal(
          await refuses(place, type, field, value.name.toLowerCase()),
          wanted,
          `${key}: ${value.name.toLowerCase()}`,
        );
        t.equal(await refuses(place, type, field, value.number), wanted, `${key}: ${value.number}`);
      }
    }
  }
});

t.test('fields that would change what is seen outside are never inert', async (t) => {
  const risky =
    /socket_options|freebind|transparent|original_dst|tls|require|max_conn|limit|bind_config|rbac|match|header_prefix|deny|allow_metadata/;
  for (const [name, entry] of Object.entries(SUPPORT)) {
    const found = words(entry.inert).filter((f) => risky.test(f) && !/^ignore_global_conn_limit$|_runtime$/.test(f));
    // How many connections are taken from the kernel at a time; which subset of a cluster, while lb_subset_config is refused.
    const harmless = [
      'max_connections_to_accept_per_socket_event',
      'metadata_match',
      // Nothing of Envoy reads them; a warning says so where they sound like protection.
      'require_sni',
      'require_signed_certificate_timestamp',
      'tls_certificate_provider_instance',
      'tls_certificate_certificate_provider',
      'tls_certificate_certificate_provider_instance',
    ];
    t.strictSame(
      found.filter((f) => !harmless.includes(f)),
      [],
      name,
    );
  }
});

t.test('v2 fields are done or refused: an empty tls_context is no plain text', async (t) => {
  const config = skeleton();
  at(config, `${LISTENERS}[0].filter_chains[0]`).tls_context = {};
  at(config, CLUSTER).tls_context = {};
  at(config, CLUSTER).load_balancing_policy = { policies: [{ name: 'x' }] };
  t.strictSame(await unsupported(config), [`${CLUSTER}.load_balancing_policy.policies[0].name`]);
  at(config, CLUSTER).load_balancing_policy = undefined;
  const { bootstrap } = await load(JSON.stringify(config), {}, '.json');
  const { clusters, listeners } = bootstrap.staticResources!;
  t.match(clusters![0].transportSocket?.typedConfig?.typeUrl, /UpstreamTlsContext$/);
  t.match(listeners![0].filterChains![0].transportSocket?.typedConfig?.typeUrl, /DownstreamTlsContext$/);
});

t.test('an extension of another kind is refused: a transport socket that is none would mean plain text', async (t) => {
  const wrong = (name = 'x'): Json => ({ name, typed_config: { '@type': PREFIX + ROUTER } });
  for (const [path, value] of [
    [`${CLUSTER}.transport_socket`, wrong()],
    [`${CLUSTER}.transport_socket`, { name: 'x', typed_config: { '@type': `${PREFIX}google.protobuf.Empty` } }],
    [`${CLUSTER}.typed_dns_resolver_config`, wrong()],
    [`${LISTENERS}[0].filter_chains[0].transport_socket`, wrong()],
    ['admin.access_log', [wrong()]],
  ] as const) {
    const config = skeleton();
    const dot = path.lastIndexOf('.');
    at(config, path.slice(0, dot))[path.slice(dot + 1)] = value;
    await t.rejects(
      load(JSON.stringify(config), {}, '.json'),
      { message: /Didn't find a registered implementation for 'x' with type URL/ },
      path,
    );
  }
});

t.test('docs/support-matrix.md is up to date', async (t) => {
  const script = fileURLToPath(new URL('../../src/config/schema/generate/matrix.ts', import.meta.url));
  const run = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  t.equal(run.stderr, '');
  t.equal(run.status, 0);
});
