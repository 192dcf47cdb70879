/** Formats in values of headers, whose older commands Envoy still takes (translateMetadataFormat, translatePerRequestState in router/header_parser.cc). */

const METADATA = /%(UPSTREAM|DYNAMIC)_METADATA\((\[[^%]*\])\)%/g;
const STATE = /%PER_REQUEST_STATE\(([^%]*)\)%/g;

/** `%DYNAMIC_METADATA(["a", "b"])%` → `%DYNAMIC_METADATA(a:b)%`, `%PER_REQUEST_STATE(a)%` → `%FILTER_STATE(a:PLAIN)%`. */
export function todaysFormat(value: string): string {
  return value
    .replace(METADATA, (whole, of: string, list: string) => {
      const words = listOf(list);
      return words === null ? whole : `%${of}_METADATA(${words.join(':')})%`;
    })
    .replace(STATE, (_, name: string) => `%FILTER_STATE(${name}:PLAIN)%`);
}

function listOf(text: string): string[] | null {
  try {
    const list = JSON.parse(text) as unknown[];
    return list.every((word) => typeof word === 'string') ? (list as string[]) : null;
  } catch {
    return null;
  }
}
