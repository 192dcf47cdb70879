import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { listHas, trimOws } from '../../src/codec/ows.ts';

/** What JavaScript takes for white space and HTTP does not. */
const OTHERS = ['\xa0', '\v', '\f', '\r', '\n', '\x85', '\ufeff'];

t.test('space and tab go, nothing else', (t) => {
  t.equal(trimOws(' \t a b\t '), 'a b');
  t.equal(trimOws('a'), 'a');
  t.equal(trimOws(' \t '), '');
  t.equal(trimOws(''), '');
  for (const c of OTHERS) t.equal(trimOws(` ${c}a${c} `), `${c}a${c}`, JSON.stringify(c));
  t.end();
});

t.test('a token of a list', (t) => {
  t.equal(listHas('close', 'close'), true);
  t.equal(listHas('x, \tCLOSE ,y', 'close'), true);
  t.equal(listHas('closed', 'close'), false);
  t.equal(listHas('x close', 'close'), false);
  for (const c of OTHERS) {
    t.equal(listHas(`close${c}`, 'close'), false, JSON.stringify(c));
    t.equal(listHas(`x,${c}close`, 'close'), false, JSON.stringify(c));
  }
  t.end();
});

const src = fileURLToPath(new URL('../../src', import.meta.url));
const sources = (...folders: string[]): string[] =>
  folders.flatMap((folder) =>
    readdirSync(join(src, folder), { recursive: true, encoding: 'utf8' })
      .filter((f) => f.endsWith('.ts'))
      .map((f) => join(folder, f)),
  );
/** Without comments. */
const code = (file: string): string =>
  readFileSync(join(src, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '');

t.test('whoever looks at bytes of peers uses no white space and no letters but ASCII', (t) => {
  const files = sources('http', 'codec', 'admin', 'redis', 'tcp');
  t.ok(files.length > 100);
  for (const file of files) {
    const found = /\.trim(?:Start|End|Left|Right)?\(|\\[sS](?![a-z])|\.to(?:Locale)?LowerCase\(|localeCompare/.exec(
      code(file),
    );
    t.equal(found?.[0] ?? '', '', `${file}: trimOws of codec/ows.ts and asciiLower of platform/wire-text.ts instead`);
  }
  t.end();
});

t.test('header lists are written past their checks only where what is written was checked before', (t) => {
  const allowed = new Set([
    'codec/headers.ts',
    'codec/http1/body-reader.ts',
    'codec/http1/framing.ts',
    'codec/http2/header-block.ts',
    'http/connection/connection-end.ts',
    'http/connection/underscores.ts',
    'http/headers/forwarding.ts',
    'http/headers/header-mutations.ts',
    'http/route/mirror-policy.ts',
    'http/router/async-client.ts',
    'http/router/control-headers.ts',
    'http/router/own-stream.ts',
    'http/router/request-timeouts.ts',
    'http/router/retrying.ts',
    'http/router/router.ts',
    'http/stream/response-head.ts',
    'tracers/opentelemetry.ts',
    'tracers/otel-span.ts',
    'tracers/zipkin-span.ts',
    'tracers/zipkin.ts',
    'tracing/sampling.ts',
  ]);
  const found = sources('').filter((file) => /\.(?:unchecked|addUnchecked|setUnchecked)\b/.test(code(file)));
  t.same(
    found.filter((file) => !allowed.has(file)),
    [],
  );
  t.end();
});
