import { createPinoLogger } from "@millrace/runtime-node";
import { MillraceNode } from "@millrace/server";
import { nodeOptionsFromFlags } from "./node-options-from-flags.ts";
import type { StartFlags } from "./start-command.ts";

/** What sysexits.h calls a software error: one of our own invariants broke. */
const EXIT_SOFTWARE = 70;

/**
 * Runs a node until it is asked to stop, then exits with 0. Standard output gets one line a listener and a last one
 * that begins with `ready`; the log goes to standard error. Further signals change nothing: the stop is on its way.
 */
export async function runNode(flags: StartFlags): Promise<void> {
  const asked = Promise.withResolvers<void>();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => asked.resolve());

  const logger = await createPinoLogger({ level: flags.logLevel });
  const node = await MillraceNode.start({ ...nodeOptionsFromFlags(flags), logger });
  for (const { host, port } of node.kafkaListeners) print(`kafka://${address(host, port)}`);
  print(`grpc://${address(node.grpc.host, node.grpc.port)}`);
  if (node.http !== undefined) print(`http://${address(node.http.host, node.http.port)}`);
  const tookMs = Math.round(process.uptime() * 1_000);
  print(
    `ready: node ${node.nodeId} of cluster ${node.clusterId}, data in ${node.storage}, after ${tookMs} ms`,
  );

  const failure = await Promise.race([asked.promise, node.failed.catch((error: unknown) => ({ error }))]);
  // A failed node cannot flush: its next start recovers, as after a crash.
  if (failure !== undefined) process.exit(EXIT_SOFTWARE);
  await node.close();
  process.exit(0);
}

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

const address = (host: string, port: number): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
