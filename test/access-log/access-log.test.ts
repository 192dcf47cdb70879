import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { AccessLogContext } from '../../src/access-log/access-log.ts';
import { DEFAULT_FORMAT } from '../../src/access-log/default-format.ts';
import { create } from '../../src/access-log/file.ts';
import { Headers } from '../../src/codec/headers.ts';
import { compileText } from '../../src/format/compile.ts';
import { DOWNSTREAM_END, type FormatContext } from '../../src/format/format-context.ts';
import { httpDate } from '../../src/http/date.ts';
import { newRequestId } from '../../src/http/request-id.ts';
import { NO_CONTEXT } from '../../src/http/route/route-context.ts';
import { UPSTREAM_CONNECTION_FAILURE, UPSTREAM_RETRY_LIMIT_EXCEEDED } from '../../src/http/stream/response-flags.ts';
import { StreamInfo } from '../../src/http/stream/stream-info.ts';
import { fileSinks } from '../../src/log/file-sink.ts';
import { turnMs } from '../../src/platform/clock.ts';
import { Address } from '../../src/transport/address.ts';
import type { Host } from '../../src/upstream/host.ts';

const BUILD = NO_CONTEXT.format;

function request(...list: string[]): Headers {
  const h = new Headers();
  h.method = 'POST';
  h.path = '/p?q';
  h.authority = 'a:1';
  h.list = list;
  return h;
}

/** A stream that has ended. */
function ended(info: StreamInfo, head: Headers, answer: Headers | null = null): FormatContext {
  return { info, request: head, response: answer, responseTrailers: null };
}

t.test('the default line, everything there', (t) => {
  const info = new StreamInfo('HTTP/2', turnMs() - 12.9, null);
  info.responseCode = 503;
  info.bytesReceived = 3;
  info.bytesSent = 5;
  info.flags |= UPSTREAM_RETRY_LIMIT_EXCEEDED;
  info.flags |= UPSTREAM_CONNECTION_FAILURE;
  info.flags |= UPSTREAM_CONNECTION_FAILURE;
  info.upstream = { host: { address: new Address('1.2.3.4', 80) } as Host, connection: null, protocol: null };
  const response = new Headers();
  response.add('x-envoy-upstream-service-time', '7');
  const h = request('x-forwarded-for', '9.9.9.9', 'user-agent', 'curl', 'x-request-id', 'r');
  const line = compileText(DEFAULT_FORMAT, BUILD);
  t.match(
    line(ended(info, h, response), DOWNSTREAM_END),
    /^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\] "POST \/p\?q HTTP\/2" 503 URX,UF 3 5 \d\d 7 "9\.9\.9\.9" "curl" "r" "a:1" "1\.2\.3\.4:80"\n$/,
  );
  h.add('x-envoy-original-path', '/first');
  t.match(line(ended(info, h, response), DOWNSTREAM_END), '"POST /first HTTP/2"');
  t.end();
});

t.test('what is not there is -', (t) => {
  const info = new StreamInfo('HTTP/1.1', turnMs(), null);
  const line = compileText(DEFAULT_FORMAT, BUILD)(ended(info, new Headers()), DOWNSTREAM_END);
  t.match(line, /\] "- - HTTP\/1\.1" 0 - 0 0 0 - "-" "-" "-" "-" "-"\n$/);
  t.end();
});

t.test('written to the file; a file that cannot be opened is an error', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'access-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'log');
  const ctx = { format: BUILD } as AccessLogContext;
  create({ path }, ctx)?.log(ended(new StreamInfo('HTTP/1.1', turnMs(), null), request()), DOWNSTREAM_END);
  fileSinks.reopen();
  const poll = async (): Promise<string> => {
    for (;;) {
      const text = readFileSync(path, 'latin1');
      if (text !== '') return text;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  t.match(await poll(), '"POST /p?q HTTP/1.1" 0 -');
  t.throws(() => create({ path: join(directory, 'no', 'log') }, ctx), /unable to open file/);
  t.equal(create({ path: '/dev/null' }, ctx), null, 'nobody would read it');
});

t.test('date: IMF-fixdate of this second', (t) => {
  const text = httpDate();
  t.match(text, /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/);
  t.ok(Math.abs(Date.parse(text) - Date.now()) < 2000);
  t.end();
});

t.test('request ids: version 4 UUIDs, all different, uniform in every free digit', (t) => {
  const seen = new Set<string>();
  const digits = Array.from({ length: 36 }, () => new Set<string>());
  for (let i = 0; i < 2000; i++) {
    const id = newRequestId();
    if (!/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) t.fail(id);
    seen.add(id);
    for (let p = 0; p < 36; p++) digits[p].add(id[p]);
  }
  t.equal(seen.size, 2000);
  for (const [p, d] of digits.entries()) {
    t.equal(d.size, [8, 13, 14, 18, 23].includes(p) ? 1 : p === 19 ? 4 : 16, `digit ${p}`);
  }
  t.end();
});
