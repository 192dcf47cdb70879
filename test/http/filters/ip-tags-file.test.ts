/** Lists of ip_tagging that a file brings: which files, what is wrong with them, and that a file that gets wrong changes nothing. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { get, until } from '../proxy.ts';
import { rig } from './rig.ts';

const TYPE = 'ip_tagging.v3.IPTagging';

function folder(t: { teardown(fn: () => unknown): void }): string {
  const dir = mkdtempSync(join(tmpdir(), 'ip-tags-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  return dir;
}

const list = (name: string, prefix = '127.0.0.0'): string =>
  JSON.stringify({ ip_tags: [{ ip_tag_name: name, ip_list: [{ address_prefix: prefix, prefix_len: 8 }] }] });

t.test('a file that takes the place of the other is read, one that is wrong is not', async (t) => {
  const dir = folder(t);
  const filename = join(dir, 'tags.json');
  const put = (text: string): void => {
    writeFileSync(join(dir, 'new'), text);
    renameSync(join(dir, 'new'), filename);
  };
  put(list('first'));
  const { p, seen } = await rig(t, TYPE, { ipTagsDatasource: { filename, watchedDirectory: { path: dir } } });
  const c = p.connect();
  const tags = async (): Promise<string | undefined> => {
    await c.send(get()).message();
    return /x-envoy-ip-tags: (\S*)/.exec(seen())?.[1];
  };
  t.equal(await tags(), 'first');
  put(list('second'));
  await until(() => p.value('http.h.ip_tagging.reload_success') === 1);
  t.equal(await tags(), 'second');
  put(list('wrong', 'nope'));
  put(list('third'));
  await until(() => p.value('http.h.ip_tagging.reload_success') === 2);
  t.equal(await tags(), 'third');
  t.equal(p.value('http.h.ip_tagging.third.hit'), 1);
  c.close();
});

t.test('what cannot be read does not start', async (t) => {
  const dir = folder(t);
  const csv = join(dir, 'tags.csv');
  const bad = join(dir, 'bad.yaml');
  writeFileSync(csv, '');
  writeFileSync(bad, list('x', 'nope'));
  const start = (ipTagsDatasource: object, more = {}): Promise<unknown> => rig(t, TYPE, { ipTagsDatasource, ...more });
  await t.rejects(rig(t, TYPE, {}), /requires either ip_tags or ip_tags_datasource to be specified/);
  const ipTags = [{ ipTagName: 'x', ipList: [{ addressPrefix: '1.2.3.4', prefixLen: 32 }] }];
  await t.rejects(start({ filename: bad }, { ipTags }), /Only one of ip_tags or ip_tags_datasource can be configured/);
  await t.rejects(start({ inlineString: '{}' }), /Cannot load tags from empty filename in datasource/);
  await t.rejects(start({ filename: csv }), /Unsupported file format, unable to parse ip tags from file .*tags.csv/);
  await t.rejects(start({ filename: bad }), /invalid ip\/mask combo 'nope\/8'/);
  await t.rejects(start({ filename: join(dir, 'none.yaml') }), /none.yaml/);
  await t.rejects(
    start({ filename: join(dir, 'x.yaml'), watchedDirectory: { path: join(dir, 'none') } }),
    /unable to add filesystem watch/,
  );
});
