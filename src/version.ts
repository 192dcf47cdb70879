/**
 * `--version` and what /server_info shows: `<commit>/<version>/<Clean|Modified|Distribution>/<RELEASE|DEBUG>/<TLS library>`, Envoy's
 * shape with our own facts in it. The bundle fills in commit and version (build/build-info.ts).
 */

declare const BUILD_COMMIT: string;
declare const BUILD_STATUS: string;
declare const BUILD_VERSION: string;

const bundled = typeof BUILD_COMMIT === 'string';

/** Ours, not Envoy's. */
export const VERSION: string = bundled ? BUILD_VERSION : '0.1.0';

export const BUILD_STRING: string = bundled
  ? `${BUILD_COMMIT}/${VERSION}/${BUILD_STATUS}/RELEASE/OpenSSL`
  : `${'0'.repeat(40)}/${VERSION}/Modified/DEBUG/OpenSSL`;

/** Of Envoy 1.40. We have no hot restart; tools that compare two binaries get a constant. */
export const HOT_RESTART_VERSION = '11.104';

export const versionLine = (program: string): string => `\n${program}  version: ${BUILD_STRING}\n\n`;
