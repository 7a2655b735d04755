import { InvalidArgumentError } from "commander";

export interface ListenerArgument {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** `NAME://host:port`, as in Kafka's `listeners`; an IPv6 host in brackets. */
export function parseListener(text: string): ListenerArgument {
  const match = /^(?<name>[A-Za-z0-9_]+):\/\/(?:\[(?<v6>[^\]]+)\]|(?<host>[^:[\]]*)):(?<port>\d{1,5})$/.exec(
    text,
  );
  const { name, v6, host, port } = match?.groups ?? {};
  if (name === undefined || port === undefined || Number(port) > 65_535) {
    throw new InvalidArgumentError(`"${text}" is not NAME://host:port.`);
  }
  return { name, host: v6 ?? (host || "0.0.0.0"), port: Number(port) };
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new InvalidArgumentError("It must be a port, 0 to 65535.");
  return port;
}

export function parsePositiveInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value === 0) {
    throw new InvalidArgumentError("It must be a whole number above 0.");
  }
  return value;
}

/** Gathers `--set name=value`. */
export function gatherSetting(
  text: string,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError(`"${text}" is not name=value.`);
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
