// The record that makes a host name lead to this server. Pure.

export interface DnsRecord {
  type: 'CNAME' | 'A' | 'AAAA';
  /** The server's name or address; `null` where this page was opened under one that means nothing elsewhere. */
  value: string | null;
}

/** `server` is the name under which the dashboard was opened: the same server answers the links. */
export function recordFor(server: string): DnsRecord {
  const bare = server.replace(/^\[|\]$/g, '');
  if (bare.includes(':')) return { type: 'AAAA', value: isHomely6(bare) ? null : bare };
  if (/^\d+(\.\d+){3}$/.test(bare)) return { type: 'A', value: isHomely4(bare) ? null : bare };
  const isName = bare.includes('.') && !/\.(local|localhost|internal|lan|home|test)$/i.test(bare);
  return isName ? { type: 'CNAME', value: bare } : { type: 'A', value: null };
}

/** What providers that know the domain already want as the record's name. */
export function labelOf(host: string): string {
  return host.split('.')[0]!;
}

/** Loopback, private and link-local addresses. */
function isHomely4(address: string): boolean {
  return /^(0|10|127)\.|^192\.168\.|^169\.254\.|^172\.(1[6-9]|2\d|3[01])\./.test(address);
}

function isHomely6(address: string): boolean {
  return /^(::1$|f[cd]|fe[89ab])/i.test(address);
}
