/** The port of an authority: where it is, and what is left without it. Role of Http::HeaderUtility::getPortStart and stripPortFromHost. */

/** Where `:port` begins; -1 where there is none. One inside brackets is none; digits may be missing. */
export function portStart(authority: string): number {
  const colon = authority.lastIndexOf(':');
  if (colon < 0) return -1;
  const bracket = authority.lastIndexOf(']');
  // An IPv6 address: no brackets, more than one colon.
  if (bracket < 0 ? authority.indexOf(':') !== colon : bracket + 1 !== colon) return -1;
  for (let i = colon + 1; i < authority.length; i++) {
    const c = authority.charCodeAt(i);
    if (c < 48 || c > 57) return -1;
  }
  return colon;
}

export function withoutPort(authority: string): string {
  const at = portStart(authority);
  return at < 0 ? authority : authority.slice(0, at);
}
