/**
 * `--version` and what /server_info shows: `<commit>/<version>/<Clean|Modified>/<RELEASE|DEBUG>/<TLS library>`, Envoy's
 * shape with our own facts in it. The bundle fills in commit and version (build/bundle.ts).
 */

declare const BUILD_COMMIT: string;
declare const BUILD_VERSION: string;

const commit = typeof BUILD_COMMIT === 'string' ? BUILD_COMMIT : '0'.repeat(40);

/** Ours, not Envoy's. */
export const VERSION: string = typeof BUILD_VERSION === 'string' ? BUILD_VERSION : '0.1.0';

export const BUILD_STRING = `${commit}/${VERSION}/Clean/${typeof BUILD_COMMIT === 'string' ? 'RELEASE' : 'DEBUG'}/OpenSSL`;

/** Of Envoy 1.40. We have no hot restart; tools that compare two binaries get a constant. */
export const HOT_RESTART_VERSION = '11.104';

export const versionLine = (program: string): string => `\n${program}  version: ${BUILD_STRING}\n\n`;
