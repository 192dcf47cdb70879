/** Texts of protobuf's text form, as text_format.cc escapes them. */

const NAMED: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '"': '\\"',
  "'": "\\'",
  '\\': '\\\\',
};

/** Between quotes: of wire text, what is no printable ASCII in octal. */
export const quoted = (wire: string): string =>
  `"${wire.replace(/[^ -~]|["'\\]/g, (c) => NAMED[c] ?? `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`)}"`;
