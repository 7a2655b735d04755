/** Letters and digits of any script, since names may be international; `:` and `%` are for IPv6 and its zones. */
const hostPattern = /^[\p{L}\p{M}\p{N}._:%-]{1,255}$/u;

/** Whether it can be a host's name or IP address (IPv6 without brackets): 1 to 255 characters, none of them blank or control. */
export function isHost(value: unknown): value is string {
  return typeof value === "string" && hostPattern.test(value);
}

/** Whether something can be reached there, from 1 to 65535; 0 is no port but a wish for any free one. */
export function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535;
}

/** Whether it can be dialled. Addresses come from others: whoever takes one in asks this first. */
export function isNodeAddress({ host, port }: { readonly host: unknown; readonly port: unknown }): boolean {
  return isHost(host) && isPort(port);
}

interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** As people and URLs write it: an IPv6 address stands in brackets. */
export function formatAddress({ host, port }: HostAndPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** By what they say: two names of one host are two addresses. */
export function isSameAddress(a: HostAndPort, b: HostAndPort): boolean {
  return a.host === b.host && a.port === b.port;
}
