/**
 * `node src/config/schema/generate/main.ts`: writes schema/generated/ and schema/types.ts from Envoy's protos. Needs `go` on
 * the PATH (to fetch modules, nothing is compiled). An Envoy upgrade is a new version here and a re-run.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { supportChunks } from '../../support/support.ts';
import { writeChunks } from './chunks.ts';
import { moduleDescriptors } from './descriptors.ts';
import { mergeModels } from './merge.ts';
import { buildModel, OptionReader } from './model.ts';
import { writeTypes } from './types.ts';

/** The newest API; the last module line with the whole of v2; validation rules; the xDS protos Envoy refers to. */
const newest = moduleDescriptors('github.com/envoyproxy/go-control-plane/envoy', 'v1.40.0');
const old = moduleDescriptors('github.com/envoyproxy/go-control-plane', 'v0.9.9', ['envoy']);
const rules = moduleDescriptors('github.com/envoyproxy/protoc-gen-validate', 'v1.3.3', ['validate']);
const xds = moduleDescriptors('github.com/cncf/xds/go', 'v0.0.0-20260202195803-dba9d589def2', ['xds', 'udpa']);
/** Parsed CEL expressions, under their older name and their newer one. */
const cel = [
  ...moduleDescriptors('google.golang.org/genproto/googleapis/api', 'v0.0.0-20261110000943-09e21b237f2c', [
    'expr/v1alpha1',
  ]),
  ...moduleDescriptors('cel.dev/expr', 'v0.26.0'),
].filter((file) => /\/(?:syntax|checked)\.proto$/.test(file.name));

const options = new OptionReader([...newest, ...rules, ...xds]);
const model = mergeModels(buildModel([...newest, ...xds, ...cel], options), buildModel(old, options));
writeChunks(model, join(import.meta.dirname, '../generated'));

const types = join(import.meta.dirname, '../types.ts');
const supported = Object.values(await supportChunks()).flatMap(Object.keys);
/** What services that are asked speak: src/grpc/message-codec.ts. */
const SPOKEN = [
  'auth.v3.CheckRequest',
  'auth.v3.CheckResponse',
  'ext_proc.v3.ProcessingRequest',
  'ext_proc.v3.ProcessingResponse',
  'ratelimit.v3.RateLimitRequest',
  'ratelimit.v3.RateLimitResponse',
];
writeTypes(model, [...supported, ...SPOKEN.map((name) => `envoy.service.${name}`)], types);
execFileSync(join(import.meta.dirname, '../../../../node_modules/.bin/biome'), ['format', '--write', types]);
