/** What the documents say of files is true: every file that they name is there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = ['src', 'test', 'build', 'bench'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((e) => e.isFile() && !e.parentPath.includes('node_modules'))
    .map((e) => `/${join(e.parentPath, e.name).slice(root.length)}`),
);

/** What a reader of a guide is to write. */
const EXAMPLES = ['src/http/filters/kill-request.ts'];

for (const document of ['docs/life-of-a-request.md', 'CONTRIBUTING.md']) {
  t.test(document, async (t) => {
    const text = readFileSync(join(root, document), 'utf8');
    const names = [...text.matchAll(/`([\w./-]+\.(?:ts|mjs|cjs))`/g)].map((m) => m[1]);
    t.ok(names.length > 3);
    t.same(
      names.filter((n) => !EXAMPLES.includes(n) && !files.some((f) => f.endsWith(`/${n}`))),
      [],
    );
  });
}
