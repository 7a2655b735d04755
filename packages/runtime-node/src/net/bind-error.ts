import { type ListenOptions, NetworkError } from "@millrace/runtime";

/** What the operating system says when an address cannot be bound, in words that name the address. */
export function bindError(options: ListenOptions, cause: unknown): NetworkError {
  const address = `${options.host}:${options.port}`;
  switch ((cause as NodeJS.ErrnoException).code) {
    case "EADDRINUSE":
      return new NetworkError("inUse", `${address} is in use by another process`, { cause });
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new NetworkError("unavailable", `${address} is not an address of this machine`, { cause });
    case "EACCES":
      return new NetworkError("denied", `not allowed to listen on ${address}`, { cause });
    default:
      return new NetworkError("failed", `cannot listen on ${address}`, { cause });
  }
}
