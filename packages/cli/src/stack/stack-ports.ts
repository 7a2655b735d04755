import { NetworkError } from "@millrace/runtime";
import { TcpNetwork } from "@millrace/runtime-node";
import { StackError } from "./stack-error.ts";

/** Below what systems give to outgoing connections, so that none of those takes the port of a node that restarts. */
const FIRST = 19_092;
const LAST = 32_000;
/** Stacks side by side begin at round distances. */
const STEP = 100;

/**
 * Where a stack of so many ports begins: at `base` when given, else at the first free stretch. Throws a `StackError`
 * when one is in use.
 */
export async function basePort(host: string, count: number, base: number | undefined): Promise<number> {
  if (base !== undefined) {
    const taken = await firstTaken(host, base, count);
    if (taken === undefined) return base;
    throw new StackError(`${host}:${taken} is in use by another process; choose another --base-port`);
  }
  for (let from = FIRST; from + count <= LAST; from += STEP) {
    if ((await firstTaken(host, from, count)) === undefined) return from;
  }
  throw new StackError(`no ${count} free ports in a row were found on ${host}; choose a --base-port`);
}

async function firstTaken(host: string, from: number, count: number): Promise<number | undefined> {
  for (let port = from; port < from + count; port++) {
    if (!(await isFree(host, port))) return port;
  }
  return undefined;
}

/** Throws a `NetworkError` where the host is the problem. */
export async function isFree(host: string, port: number): Promise<boolean> {
  try {
    const listener = await new TcpNetwork().listen({ host, port }, () => {});
    await listener.close();
    return true;
  } catch (error) {
    if (error instanceof NetworkError && error.reason === "inUse") return false;
    throw error;
  }
}
