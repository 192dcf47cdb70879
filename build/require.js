// Injected by esbuild where a CommonJS library calls require().
import { createRequire } from 'node:module';

const nodeRequire = createRequire(import.meta.url);

export { nodeRequire as require };
