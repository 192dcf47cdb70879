/**
 * `envoylet get PATH` and `envoylet post PATH`: one request to the admin listener of a proxy that runs, for images without curl. A preStop
 * hook drains with it. Prints the answer; the exit code is 0 for a 2xx, 1 for everything else.
 */
import { request } from 'node:http';

/** Where Envoy's examples have it. */
const DEFAULT_ADMIN = '127.0.0.1:9901';
/** As long as an answer may take: a hook must end. */
const TIMEOUT_MS = 10_000;

/** `argv`: the path, and `--admin HOST:PORT` or `--admin /unix/socket`. */
export async function askAdmin(method: 'GET' | 'POST', argv: readonly string[]): Promise<number> {
  const words = [...argv];
  let admin = DEFAULT_ADMIN;
  const at = words.indexOf('--admin');
  if (at >= 0) admin = words.splice(at, 2)[1] ?? '';
  const [path, ...more] = words;
  if (path === undefined || !path.startsWith('/') || more.length > 0 || admin === '') {
    process.stderr.write(`usage: envoylet ${method.toLowerCase()} /PATH [--admin ${DEFAULT_ADMIN}]\n`);
    return 1;
  }
  try {
    const { status, body } = await ask(method, path, admin);
    process.stdout.write(body.endsWith('\n') || body === '' ? body : `${body}\n`);
    return status >= 200 && status < 300 ? 0 : 1;
  } catch (error) {
    process.stderr.write(`no answer from ${admin}: ${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
}

function ask(method: string, path: string, admin: string): Promise<{ status: number; body: string }> {
  const colon = admin.lastIndexOf(':');
  const where = admin.startsWith('/')
    ? { socketPath: admin }
    : { host: admin.slice(0, colon).replace(/^\[|\]$/g, ''), port: admin.slice(colon + 1) };
  return new Promise((resolve, reject) => {
    const asked = request({ ...where, method, path, agent: false, timeout: TIMEOUT_MS }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (body += chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    asked.on('timeout', () => asked.destroy(new Error(`timed out after ${TIMEOUT_MS / 1000} s`)));
    asked.on('error', reject);
    asked.end();
  });
}
