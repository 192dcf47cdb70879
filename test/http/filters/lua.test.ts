/** envoy.filters.http.lua: what a script may use up, what it waits for, and scripts that are wrong. What it answers is compared with Envoy: conformance lua/*. */
import t from 'tap';
import type { HttpConnectionManager } from '../../../src/config/schema/types.ts';
import { floatNumerals } from '../../../src/http/filters/lua/numerals.ts';
import { answering, cluster, header, OK, ROUTER, TestProxy, turns, Upstream, until } from '../proxy.ts';

const TYPE = 'envoy.extensions.filters.http.lua.v3';

async function rig(
  t: { teardown(fn: () => unknown): void },
  inlineCode: string,
  more: HttpConnectionManager = {},
): Promise<{ p: TestProxy; u: Upstream }> {
  const u = await Upstream.start(
    answering((request) =>
      OK.replace('\r\n\r\n', `\r\nx-saw: ${/x-script: (.*)\r\n/.exec(request)?.[1] ?? ''}\r\n\r\n`),
    ),
  );
  t.teardown(() => u.stop());
  const lua = { name: 'envoy.filters.http.lua', typedConfig: { typeUrl: `${TYPE}.Lua`, value: { inlineCode } } };
  const p = await TestProxy.start({
    hcm: { httpFilters: [lua, ROUTER], ...more },
    clusters: [cluster('u', [u.port]), cluster('dead', [1])],
  });
  t.teardown(() => p.stop());
  return { p, u };
}

const GET = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';

t.test('a script that uses up its instructions or its bytes ends in an error, and the request goes on', async (t) => {
  const loops = [
    'while true do end',
    'while true do pcall(function() while true do end end) end',
    'while true do coroutine.resume(coroutine.create(function() while true do end end)) end',
    'while true do string.gsub("aa", "a", function() while true do pcall(function() while true do end end) end end) end',
    'local s = "x" while true do s = s .. s end',
    'string.rep("x", 1e9)',
    'local function deep() return 1 + deep() end deep()',
    'for i = 1, 1e9 do h:headers():add("x-many", "1") end',
    'error({})',
    'os.exit()',
  ];
  for (const loop of loops) {
    const { p } = await rig(t, `function envoy_on_request(h) h:headers():add("x-script", "ran") ${loop} end`);
    const c = p.connect();
    const answer = await c.send(GET).message();
    t.match(answer.start, loop.includes('x-many') ? /^HTTP/ : /200/, loop);
    t.equal(p.value('http.h.lua.errors'), loop.includes('x-many') ? p.value('http.h.lua.errors') : 1, loop);
    t.equal(p.value('http.h.lua.executions'), 1, loop);
    c.close();
    p.stop();
  }
});

t.test('a script that fails leaves other streams, and the machine, as they were', async (t) => {
  const { p } = await rig(
    t,
    'local n = 0 function envoy_on_request(h) n = n + 1 if n % 2 == 1 then while true do end end h:headers():add("x-script", n) end',
  );
  const c = p.connect();
  for (const saw of ['', '2', '', '4']) t.equal(header(await c.send(GET).message(), 'x-saw') ?? '', saw);
  t.equal(p.value('http.h.lua.errors'), 2);
  c.close();
});

t.test('what would end a line cannot be written into a header, a path or a reason', async (t) => {
  const tries = [
    'h:headers():add("x-a", "b\\r\\nx-evil: 1")',
    'h:headers():add("x-a\\r\\nx-evil", "1")',
    'h:headers():replace(":path", "/ HTTP/1.1\\r\\nx-evil: 1")',
    'h:respond({ [":status"] = "200", ["x-a"] = "b\\r\\nx-evil: 1" }, "")',
  ];
  const { p, u } = await rig(
    t,
    `function envoy_on_request(h) ${tries.map((s) => `pcall(function() ${s} end)`).join(' ')} end`,
  );
  const c = p.connect();
  const answer = await c.send(GET).message();
  t.match(answer.start, /200/);
  t.notMatch(answer.headers.join('\n'), /x-evil/);
  t.notMatch(u.accepted[0].text, /x-evil/);
  c.close();
});

t.test('a client that goes while a script waits takes the call with it', async (t) => {
  const hang = await Upstream.start();
  t.teardown(() => hang.stop());
  const lua = {
    name: 'envoy.filters.http.lua',
    typedConfig: {
      typeUrl: `${TYPE}.Lua`,
      value: {
        inlineCode:
          'function envoy_on_request(h) local r = h:httpCall("hang", { [":method"] = "GET", [":path"] = "/", [":authority"] = "a" }, nil, 0) end',
      },
    },
  };
  const q = await TestProxy.start({ hcm: { httpFilters: [lua, ROUTER] }, clusters: [cluster('hang', [hang.port])] });
  t.teardown(() => q.stop());
  const c = q.connect();
  c.send(GET);
  const called = await hang.accept();
  await called.until('\r\n\r\n');
  t.equal(q.value('cluster.hang.upstream_rq_active'), 1);
  c.close();
  await until(() => q.value('cluster.hang.upstream_rq_active') === 0);
  await until(() => called.ended);
});

t.test('a service that hangs is given up after its time: 504, as our router says it', async (t) => {
  const hang = await Upstream.start();
  t.teardown(() => hang.stop());
  const lua = {
    name: 'envoy.filters.http.lua',
    typedConfig: {
      typeUrl: `${TYPE}.Lua`,
      value: {
        inlineCode: `function envoy_on_request(h)
          local headers, body = h:httpCall("hang", { [":method"] = "GET", [":path"] = "/", [":authority"] = "a" }, nil, 20)
          h:respond({ [":status"] = "200" }, headers[":status"] .. tostring(body))
        end`,
      },
    },
  };
  const q = await TestProxy.start({ hcm: { httpFilters: [lua, ROUTER] }, clusters: [cluster('hang', [hang.port])] });
  t.teardown(() => q.stop());
  const c = q.connect();
  t.match((await c.send(GET).message()).body, /^504upstream request timeout/);
  c.close();
});

t.test('a body that a script waits for is held up to the limit, then 413', async (t) => {
  const { p } = await rig(t, 'function envoy_on_request(h) h:body() end', {});
  const c = p.connect();
  const size = 2 * 1024 * 1024;
  c.send(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${size}\r\n\r\n`).send(Buffer.alloc(size));
  t.match((await c.message()).start, /413/);
  c.close();
});

t.test('body and pieces that a script changes, however they come', async (t) => {
  const seen: string[] = [];
  const u = await Upstream.start((peer) => {
    peer.socket.on('data', (d) => seen.push(d.toString('latin1')));
    peer.send('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n');
    setImmediate(() => peer.send('3\r\ndef\r\n0\r\n\r\n'));
  });
  const scripts: [string, RegExp][] = [
    ['local b = h:body() b:setBytes(b:getBytes(0, b:length()):upper() .. "!")', /content-length: 7\r\n[\s\S]*ABCDEF!$/],
    [
      'for c in h:bodyChunks() do if c:length() > 0 then c:setBytes("[" .. c:getBytes(0, c:length()) .. "]") end end',
      /\[abc[\s\S]*def\]/,
    ],
    ['h:body():setBytes("")', /content-length: 0\r\n/],
  ];
  for (const [script, wanted] of scripts) {
    const lua = {
      name: 'envoy.filters.http.lua',
      typedConfig: { typeUrl: `${TYPE}.Lua`, value: { inlineCode: `function envoy_on_response(h) ${script} end` } },
    };
    const q = await TestProxy.start({ hcm: { httpFilters: [lua, ROUTER] }, clusters: [cluster('u', [u.port])] });
    const c = q.connect();
    c.send('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
    t.match(await c.rest(), wanted, script);
    c.close();
    q.stop();
  }
  u.stop();
});

t.test('scripts that do not compile or fail when they are loaded do not start, and say where', async (t) => {
  await t.rejects(rig(t, 'function ('), /script load error: \[string "function \("\]:1: <name> expected near '\('/);
  await t.rejects(rig(t, 'error("no")'), /script load error: .*no/);
  await t.rejects(rig(t, 'while true do end'), /script load error: script ran \d+ instructions without an end/);
});

t.test('statistics of a script are its own, and bounded', async (t) => {
  const { p } = await rig(
    t,
    'local n = 0 function envoy_on_request(h) for i = 1, 600 do n = n + 1 h:stats():counter("c" .. n):inc() end end',
  );
  const c = p.connect();
  await c.send(GET).message();
  t.equal(p.value('http.h.lua.errors'), 0);
  await c.send(GET).message();
  t.equal(p.value('http.h.lua.errors'), 1, 'a script made too many statistics');
  t.equal(p.value('http.h.lua.c1'), 1);
  c.close();
});

t.test('numerals become doubles, and nothing else changes', (t) => {
  const of = (code: string): string => Buffer.from(floatNumerals(Buffer.from(code))).toString();
  t.equal(
    of('x1 = 5 + 0xff .. "7" -- 8\n--[[ 9 ]] y = [[10]] .. 1.5 .. 1e3 .. [=[ ]] 11 ]=] .. .5'),
    'x1 = 5.0 + 0xff.0 .. "7" -- 8\n--[[ 9 ]] y = [[10]] .. 1.5 .. 1e3 .. [=[ ]] 11 ]=] .. .5',
  );
  t.equal(of("a['b\\'1'] = 1 a.b2 = 3-2"), "a['b\\'1'] = 1.0 a.b2 = 3.0-2.0");
  // Any text at all is read to its end, and lines stay where they are.
  const alphabet = 'a1.0x-[]="\'\\\n e+';
  let seed = 7;
  for (let n = 0; n < 20_000; n++) {
    let code = '';
    for (let i = 0; i < 30; i++) {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff;
      code += alphabet[(seed >> 8) % alphabet.length];
    }
    const made = of(code);
    if (made.replaceAll('.0', '') !== code.replaceAll('.0', '') && made.split('\n').length !== code.split('\n').length)
      t.fail(code);
  }
  t.end();
});

t.test('a handle that a script keeps is dead behind its stream', async (t) => {
  const { p } = await rig(
    t,
    'function envoy_on_request(h) if kept == nil then kept = h else h:headers():add("x-script", select(2, pcall(function() kept:headers() end))) end end',
  );
  const c = p.connect();
  await c.send(GET).message();
  t.match(header(await c.send(GET).message(), 'x-saw'), /object used outside of proper scope/);
  await turns();
  c.close();
});

t.test('what a script has of the language', async (t) => {
  const checks = [
    'return tostring(10 / 2) == "5" and 7 % 3 == 1 and 2147483647 + 1 == 2147483648',
    'local s = "" for k, v in pairs({ "a", "b", "c", x = 1 }) do s = s .. k end return s == "123x"',
    'return not pcall(string.format, "%d", 3.7)',
    'return ffi == nil and jit == nil and module == nil and newproxy == nil',
    'for _, f in ipairs({ os.exit, os.execute, io.popen, debug.sethook, io.write }) do if pcall(f) then return false end end return true',
    'return not pcall(io.open, "/tmp/x", "w") and io.open("/there/is/none") == nil',
    'return not pcall(require, "there.is.none") and package.loadlib == nil',
    'return select(2, pcall(function() local x = nil x() end)):match("attempt to call") ~= nil',
    'local f = loadstring("return 5 / 2 .. \\"\\"") return f() == "2.5" and load("= =") == nil',
    'local g = setfenv(function() return hidden end, { hidden = 1 }) return g() == 1 and getfenv() == _G',
    'return bit.band(0xff, 0x0f) == 15 and bit.tohex(-1) == "ffffffff" and math.ldexp(1, 3) == 8 and select(2, math.frexp(8)) == 4',
  ];
  for (const check of checks) {
    const { p } = await rig(t, `local r = (function() ${check} end)() if r ~= true then error("wrong") end`);
    t.ok(p.port > 0, check);
  }
});
