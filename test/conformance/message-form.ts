/** HTTP/2 messages as a case writes them (headers, body, gRPC frames, trailers) and as a transcript shows them. */
import { asList, asMap, withDates, type Yaml, type YamlMap } from './case.ts';

/** Name, value, name, value …, in order. A mapping, or a list of `name: value` texts where a name repeats. */
export function fields(yaml: Yaml | undefined): string[] {
  if (yaml === undefined || yaml === null) return [];
  if (!Array.isArray(yaml))
    return Object.entries(asMap(yaml, 'headers')).flatMap(([k, v]) => [k, withDates(String(v))]);
  return yaml.flatMap((line) => {
    const colon = String(line).indexOf(':', 1);
    return [
      String(line).slice(0, colon),
      String(line)
        .slice(colon + 1)
        .trim(),
    ].map(withDates);
  });
}

/** The form node:http2 sends: repeated names become a list. */
export function toOutgoing(list: readonly string[]): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = Object.create(null);
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i]!;
    const old = out[name];
    out[name] = old === undefined ? list[i + 1]! : [old, list[i + 1]!].flat();
  }
  return out;
}

/** Pieces of the body in the order they are written. */
export function bodyChunks(message: YamlMap): Buffer[] {
  if (message['grpc'] !== undefined) return asList(message['grpc']).map((m) => grpcFrame(String(m)));
  if (message['chunks'] !== undefined) return asList(message['chunks']).map((c) => Buffer.from(String(c), 'latin1'));
  const body = message['body'];
  if (body === undefined || body === null) return [];
  if (typeof body === 'number') return [Buffer.alloc(body, 'x')];
  return [Buffer.from(String(body), 'latin1')];
}

function grpcFrame(message: string): Buffer {
  const payload = Buffer.from(message, 'latin1');
  const frame = Buffer.alloc(5 + payload.length);
  frame.writeUInt32BE(payload.length, 1);
  payload.copy(frame, 5);
  return frame;
}

/** `name: value` lines of a raw header list; pseudo-headers first, by name. */
export function showFields(raw: readonly string[]): string {
  const lines: string[] = [];
  for (let i = 0; i < raw.length; i += 2) lines.push(`${raw[i]}: ${raw[i + 1]}\n`);
  const pseudo = lines.filter((line) => line.startsWith(':')).sort();
  return [...pseudo, ...lines.filter((line) => !line.startsWith(':'))].join('');
}
