import type { ControllerAddress } from "@millrace/controller";
import type { InitialController, ListenerOptions } from "../node/node-options.ts";

/** A host, or an IPv6 address in brackets, and a port. */
const authority = String.raw`(?:\[(?<v6>[^\]]+)\]|(?<host>[^:@[\]]*)):(?<port>\d{1,5})`;
const listenerPattern = new RegExp(`^(?<name>[A-Za-z0-9_]+)://${authority}$`);
const controllerPattern = new RegExp(`^${authority}$`);
const initialPattern = new RegExp(String.raw`^(?<id>\d{1,9})@${authority}:(?<directoryId>[\w-]{22})$`);

/** `NAME://host:port`, as in Kafka's `listeners`; without a host it is every address. Undefined for anything else. */
export function parseListener(text: string): ListenerOptions | undefined {
  const { name, v6, host, port } = listenerPattern.exec(text)?.groups ?? {};
  if (name === undefined || !isPort(port)) return undefined;
  return { name, host: v6 ?? (host || "0.0.0.0"), port: Number(port) };
}

/** `host:port`. Undefined for anything else. */
export function parseController(text: string): ControllerAddress | undefined {
  const { v6, host = v6, port } = controllerPattern.exec(text)?.groups ?? {};
  return !host || !isPort(port) ? undefined : { host, port: Number(port) };
}

/** `id@host:port:directory-id`, as Kafka's `--initial-controllers` has it. Undefined for anything else. */
export function parseInitialController(text: string): InitialController | undefined {
  const { id, v6, host = v6, port, directoryId } = initialPattern.exec(text)?.groups ?? {};
  if (!host || !isPort(port) || directoryId === undefined) return undefined;
  return { nodeId: Number(id), host, port: Number(port), directoryId };
}

const isPort = (text: string | undefined): text is string => text !== undefined && Number(text) <= 65_535;

/** For a list's check: what is wrong with the first item that cannot be read. */
export function eachIs(parse: (text: string) => unknown, form: string) {
  return (items: readonly string[]): string | undefined => {
    const wrong = items.find((item) => parse(item) === undefined);
    return wrong === undefined ? undefined : `'${wrong}' is not ${form}`;
  };
}
