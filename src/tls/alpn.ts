/** Application protocols as they stand on the wire: names behind their length. */

const MAX_NAME = 255;

/** Throws on a name that does not fit. */
export function alpnWire(names: readonly string[]): Buffer {
  return Buffer.concat(
    names.map((name) => {
      const bytes = Buffer.from(name);
      if (bytes.length === 0 || bytes.length > MAX_NAME) throw new Error(`Invalid ALPN protocol string`);
      return Buffer.concat([Buffer.from([bytes.length]), bytes]);
    }),
  );
}
