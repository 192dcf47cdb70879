/** A resolved address: IP and port, or a Unix socket path. Role of Envoy's Network::Address. */
export class Address {
  /** '' for a pipe. IPv6 without brackets. */
  readonly ip: string;
  /** 0 for a pipe. */
  readonly port: number;
  /** '' for IP. A leading '@' means Linux' abstract namespace. */
  readonly path: string;
  /** As Envoy prints it: `1.2.3.4:80`, `[::1]:80`, `/run/x.sock`. */
  readonly text: string;
  constructor(ip: string, port: number, path = '') {
    this.ip = ip;
    this.port = port;
    this.path = path;
    this.text = path !== '' ? path : ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
  }

  /** In Linux' abstract namespace: there is no file. */
  get isAbstract(): boolean {
    return this.path.startsWith('@');
  }

  /** The path as the system takes it: abstract names begin with a zero byte. */
  get systemPath(): string {
    return this.isAbstract ? `\0${this.path.slice(1)}` : this.path;
  }
}

/** An IPv4 address that an IPv6 socket shows as one of its own. */
export function plainIp(ip: string): string {
  return ip.startsWith('::ffff:') && ip.includes('.') ? ip.slice(7) : ip;
}

/** Where to connect to, from a local address of ours. */
export class BoundAddress extends Address {
  readonly local: Address;
  /** The local address is none of ours, or is taken: what to say of it. `code`: an errno's. */
  readonly failed: (code: string) => string;

  constructor(to: Address, local: Address, failed: (code: string) => string) {
    super(to.ip, to.port, to.path);
    this.local = local;
    this.failed = failed;
  }
}
