/** The overload manager in a whole process: what is asked, what follows, in every event loop; clients that are there are served on. */
import { renameSync, writeFileSync } from 'node:fs';
import * as http from 'node:http';
import * as net from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { ANSWERING, ask, problemsOf, startServer, untilValue, value } from './whole.ts';

interface Test {
  teardown(fn: () => unknown): void;
  testdir(files: Record<string, string>): string;
}

const MONITORS = 'type.googleapis.com/envoy.extensions.resource_monitors';
const INJECTED = 'envoy.resource_monitors.injected_resource';
const ACTIONS = 'envoy.overload_actions';

const monitor = (name: string, type: string, fields: string): string =>
  `{name: ${name}, typed_config: {"@type": ${MONITORS}.${type}, ${fields}}}`;
const injected = (path: string): string =>
  monitor(INJECTED, 'injected_resource.v3.InjectedResourceConfig', `filename: ${path}`);
const action = (name: string, trigger: string, resource = INJECTED): string =>
  `{name: ${ACTIONS}.${name}, triggers: [{name: ${resource}, ${trigger}}]}`;

const yamlOf = (monitors: readonly string[], actions: readonly string[], more = ''): string => `
overload_manager:
  refresh_interval: 0.01s
  resource_monitors: [${monitors.join(', ')}]
  actions: [${actions.join(', ')}]
  ${more}
${ANSWERING}`;

/** A file that is changed as Envoy wants it: another one takes its name. */
function injecting(t: Test): { readonly path: string; set(text: string): void } {
  const path = join(t.testdir({ pressure: '0.1' }), 'pressure');
  return {
    path,
    set(text) {
      writeFileSync(`${path}.next`, text);
      renameSync(`${path}.next`, path);
    },
  };
}

t.test('stop_accepting_requests in every event loop, and all are served when it is over', async (t) => {
  const file = injecting(t);
  const server = await startServer(
    t,
    yamlOf([injected(file.path)], [action('stop_accepting_requests', 'threshold: {value: 0.5}')]),
    2,
  );
  for (let i = 0; i < 8; i++) t.equal(await ask(server), 200);
  file.set('0.6');
  await untilValue(server, `overload.${ACTIONS}.stop_accepting_requests.active`, (n) => n === 1);
  // The other event loop has a message on its way.
  let refused = 0;
  while (refused < 12) refused = (await ask(server)) === 503 ? refused + 1 : 0;
  t.equal(value(server, `overload.${INJECTED}.pressure`), 60);
  t.ok(value(server, 'http.h.downstream_rq_overload_close') >= 12);
  file.set('0.1');
  let served = 0;
  while (served < 12) served = (await ask(server)) === 200 ? served + 1 : 0;
  t.equal(value(server, `overload.${ACTIONS}.stop_accepting_requests.active`), 0);
});

t.test('stop_accepting_connections: those that are there go on, new ones wait, and are served', async (t) => {
  const file = injecting(t);
  const server = await startServer(
    t,
    yamlOf([injected(file.path)], [action('stop_accepting_connections', 'threshold: {value: 0.9}')]),
  );
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => agent.destroy());
  t.equal(await ask(server, agent), 200);
  file.set('1');
  await untilValue(server, `overload.${ACTIONS}.stop_accepting_connections.active`, (n) => n === 1);
  const late = ask(server);
  let answered = false;
  void late.then(() => {
    answered = true;
  });
  for (let i = 0; i < 20; i++) t.equal(await ask(server, agent), 200);
  t.equal(answered, false);
  file.set('0');
  t.equal(await late, 200);
});

t.test('of those that wait there are no more than tcp_backlog_size', async (t) => {
  const file = injecting(t);
  const yaml = yamlOf([injected(file.path)], [action('stop_accepting_connections', 'threshold: {value: 0.9}')]);
  const server = await startServer(t, yaml.replace('stat_prefix: l\n', 'stat_prefix: l\n    tcp_backlog_size: 3\n'));
  file.set('1');
  await untilValue(server, `overload.${ACTIONS}.stop_accepting_connections.active`, (n) => n === 1);
  const { port } = server.engine.listeners[0].boundAddress;
  const sockets: net.Socket[] = [];
  t.teardown(() => {
    for (const s of sockets) s.destroy();
  });
  let closed = 0;
  const five = Array.from({ length: 5 }, () => {
    const s = net.connect(port, '127.0.0.1');
    s.on('error', () => {});
    s.on('close', () => closed++);
    s.resume();
    sockets.push(s);
    return s;
  });
  while (closed < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  t.equal(five.filter((s) => s.destroyed || s.readableEnded).length, 2);
});

t.test(
  'reject_incoming_connections by a scaled trigger; a file that is no share of 1 is counted, and what was known stays',
  async (t) => {
    const file = injecting(t);
    const scaled = 'scaled: {scaling_threshold: 0.5, saturation_threshold: 0.9}';
    const server = await startServer(t, yamlOf([injected(file.path)], [action('reject_incoming_connections', scaled)]));
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    t.teardown(() => agent.destroy());
    t.equal(await ask(server, agent), 200);
    file.set('0.7');
    await untilValue(server, `overload.${ACTIONS}.reject_incoming_connections.scale_percent`, (n) => n === 50);
    t.equal(value(server, `overload.${ACTIONS}.reject_incoming_connections.active`), 0);
    file.set('0.95');
    await untilValue(server, `overload.${ACTIONS}.reject_incoming_connections.active`, (n) => n === 1);
    await t.rejects(ask(server));
    t.equal(await ask(server, agent), 200);
    t.equal(value(server, 'listener.l.downstream_cx_overload_reject'), 1);
    const before = value(server, `overload.${INJECTED}.failed_updates`);
    for (const junk of ['x', '', '1.5', '-1', `${'9'.repeat(100_000)}`]) {
      file.set(junk);
      const seen = value(server, `overload.${INJECTED}.failed_updates`);
      await untilValue(server, `overload.${INJECTED}.failed_updates`, (n) => n > seen + 1);
    }
    t.ok(value(server, `overload.${INJECTED}.failed_updates`) >= before + 5);
    t.equal(value(server, `overload.${INJECTED}.pressure`), 95);
  },
);

t.test('fixed_heap: the memory of the process; with several triggers the highest counts', async (t) => {
  const heap = 'envoy.resource_monitors.fixed_heap';
  const file = injecting(t);
  const two = `{name: ${ACTIONS}.disable_http_keepalive, triggers: [{name: ${heap}, threshold: {value: 0.5}}, {name: ${INJECTED}, threshold: {value: 0.5}}]}`;
  const monitors = [
    monitor(heap, 'fixed_heap.v3.FixedHeapConfig', 'max_heap_size_bytes: 1000000'),
    injected(file.path),
  ];
  const server = await startServer(t, yamlOf(monitors, [two]));
  await untilValue(server, `overload.${ACTIONS}.disable_http_keepalive.active`, (n) => n === 1);
  t.ok(value(server, `overload.${heap}.pressure`) > 100);
  t.equal(await ask(server), 200);
  t.equal(value(server, 'http.h.downstream_cx_overload_disable_keepalive'), 1);
});

const problems = async (yaml: string): Promise<string[]> => (await problemsOf(yaml)).map((p) => p.message);

t.test(
  'what an overload manager gets wrong, in the words of Envoy 1.40; what is not built is refused by name',
  async (t) => {
    const ok = injected('/x');
    const at = 'threshold: {value: 0.5}';
    t.same(await problems(yamlOf([ok, ok], [])), [`Duplicate resource monitor ${INJECTED}`]);
    t.same(await problems(yamlOf([ok], [action('shrink_heap', at, 'gone')])), [
      `Unknown trigger resource gone for overload action ${ACTIONS}.shrink_heap`,
    ]);
    t.same(await problems(yamlOf([ok], [action('shrink_heap', at), action('shrink_heap', at)])), [
      `Duplicate overload action ${ACTIONS}.shrink_heap`,
    ]);
    const reversed = 'scaled: {scaling_threshold: 0.9, saturation_threshold: 0.5}';
    t.same(await problems(yamlOf([ok], [action('shrink_heap', reversed)])), [
      'scaling_threshold must be less than saturation_threshold',
    ]);
    t.match((await problems(yamlOf([ok], [action('dance', at)])))[0], /Unknown Overload Manager Action/);
    t.same(await problems(yamlOf([ok], [action('reduce_timeouts', at)])), [
      `Overload action "${ACTIONS}.reduce_timeouts" requires typed_config`,
    ]);
    t.same(await problems(yamlOf([ok], [action('reset_high_memory_stream', at)])), [
      `Overload action "${ACTIONS}.reset_high_memory_stream" requires buffer_factory_config.`,
    ]);
    const shed = (...names: string[]): string =>
      `loadshed_points: [${names.map((n) => `{name: ${n}, triggers: [{name: ${INJECTED}, ${at}}]}`).join(', ')}]`;
    t.match(
      (await problems(yamlOf([ok], [], shed('a'))))[0],
      /'a' is not supported: no place of this proxy asks for it/,
    );
    const accept = 'envoy.load_shed_points.tcp_listener_accept';
    t.same(await problems(yamlOf([ok], [], shed(accept, accept))), [`Duplicate loadshed point ${accept}`]);
    const runtime = 'max_heap_size_bytes: 1, max_heap_size_bytes_runtime: {default_value: 1, runtime_key: a}';
    const heap = monitor('envoy.resource_monitors.fixed_heap', 'fixed_heap.v3.FixedHeapConfig', runtime);
    t.match((await problems(yamlOf([heap], [])))[0], /exactly one of max_heap_size_bytes/);
  },
);

t.test('load-shed points under load: what is let in is served, and the count is that of what was not', async (t) => {
  const file = injecting(t);
  const point = 'envoy.load_shed_points.http_connection_manager_decode_headers';
  const half = 'scaled: {scaling_threshold: 0, saturation_threshold: 1}';
  const shed = `loadshed_points: [{name: ${point}, triggers: [{name: ${INJECTED}, ${half}}]}]`;
  const server = await startServer(t, yamlOf([injected(file.path)], [], shed), 2);
  file.set('0.5');
  await untilValue(server, `overload.${point}.scale_percent`, (n) => n === 50);
  const seen = { 200: 0, 503: 0 } as Record<number, number>;
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  t.teardown(() => agent.destroy());
  // Both come, whatever chance says; a connection that was refused a request serves the next one.
  while (seen[200] < 100 || seen[503] < 20) {
    for (const status of await Promise.all(Array.from({ length: 8 }, () => ask(server, agent)))) {
      seen[status as number] = (seen[status as number] ?? 0) + 1;
    }
  }
  t.same(Object.keys(seen), ['200', '503']);
  await untilValue(server, `overload.${point}.shed_load_count`, (n) => n === seen[503]);
  t.equal(value(server, 'http.h.downstream_rq_overload_close'), seen[503]);
});

t.test(
  'reduce_timeouts reaches connections that are there, in every event loop, and lets go of them again',
  async (t) => {
    const file = injecting(t);
    const type = 'type.googleapis.com/envoy.config.overload.v3.ScaleTimersOverloadActionConfig';
    const factors = '[{timer: HTTP_DOWNSTREAM_CONNECTION_IDLE, min_timeout: 0.01s}]';
    const reduce = `{name: ${ACTIONS}.reduce_timeouts, triggers: [{name: ${INJECTED}, threshold: {value: 0.9}}], typed_config: {"@type": ${type}, timer_scale_factors: ${factors}}}`;
    const yaml = yamlOf([injected(file.path)], [reduce]).replace(
      'stat_prefix: h\n',
      'stat_prefix: h\n          drain_timeout: 0.01s\n',
    );
    const server = await startServer(t, yaml, 2);
    const sockets = await Promise.all(
      Array.from({ length: 16 }, async () => {
        const s = net.connect(server.engine.listeners[0].boundAddress.port, '127.0.0.1');
        t.teardown(() => s.destroy());
        s.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
        await new Promise((resolve) => s.once('data', resolve));
        return s;
      }),
    );
    t.equal(sockets.filter((s) => s.destroyed).length, 0);
    const ends = sockets.map(
      (s) =>
        new Promise((resolve) =>
          s
            .on('close', resolve)
            .on('end', () => s.destroy())
            .resume(),
        ),
    );
    file.set('1');
    await Promise.all(ends);
    await untilValue(server, 'http.h.downstream_cx_idle_timeout', (n) => n === 16);
    file.set('0');
    await untilValue(server, `overload.${ACTIONS}.reduce_timeouts.active`, (n) => n === 0);
    // Another event loop hears of it a moment later: a connection that stays is one that an hour is left for.
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    t.teardown(() => agent.destroy());
    t.equal(await ask(server, agent), 200);
  },
);

t.test('shrink_heap in every event loop: it is counted once, and ends with the pressure', async (t) => {
  const { shrinksHeap } = await import('../../src/server/shrink-heap.ts');
  let count = 0;
  const done = new Promise<void>((resolve) => {
    const main = shrinksHeap(1, { inc: () => (++count === 3 ? resolve() : undefined) });
    const worker = shrinksHeap(1, null);
    t.teardown(() => main(0));
    t.teardown(() => worker(0));
    main(1);
    main(1);
    worker(1);
  });
  // Its timers keep nobody alive.
  const alive = setInterval(() => {}, 1000);
  await done;
  clearInterval(alive);
  t.ok(count >= 3);
});

t.test('max_heap_size_bytes_runtime follows the runtime; what is no size is counted', async (t) => {
  const heap = 'envoy.resource_monitors.fixed_heap';
  const bytes = 'max_heap_size_bytes_runtime: {default_value: 1000000000000, runtime_key: heap.most}';
  const yaml = yamlOf([monitor(heap, 'fixed_heap.v3.FixedHeapConfig', bytes)], []);
  const server = await startServer(t, `layered_runtime: {layers: [{name: admin, admin_layer: {}}]}\n${yaml}`);
  t.equal(value(server, `overload.${heap}.pressure`), 0);
  server.runtime?.modify(new Map([['heap.most', '1000000']]));
  await untilValue(server, `overload.${heap}.pressure`, (n) => n > 100);
  const before = value(server, `overload.${heap}.failed_updates`);
  server.runtime?.modify(new Map([['heap.most', '0']]));
  await untilValue(server, `overload.${heap}.failed_updates`, (n) => n > before);
});
