import { formatAddress } from "@millrace/runtime";
import { alignedLines } from "../aligned-lines.ts";
import { running } from "./processes.ts";
import { isReady } from "./readiness.ts";
import type { Ended, Stack, StackProcess } from "./stack-file.ts";
import { standingOf } from "./standing.ts";

/** What is to be said of a process: where it is reached, and how it is. */
export type ProcessState = "ready" | "not ready" | "paused" | Ended | "died";

export async function stateOf(one: StackProcess): Promise<ProcessState> {
  const identity = await running(one);
  if (identity === undefined) return one.wanted === "running" ? "died" : one.wanted;
  if (identity.isPaused) return "paused";
  return (await isReady(one)) ? "ready" : "not ready";
}

/** A line a process; the active controller is marked, and one that has no vote. */
export async function stackLines({ processes }: Stack): Promise<readonly string[]> {
  const states = await Promise.all(processes.map(stateOf));
  const answering = (place: number): boolean => states[place] === "ready" || states[place] === "not ready";
  const standings = await Promise.all(
    processes.map(async (one, place) => (answering(place) ? await standingOf(one) : undefined)),
  );
  const cells = processes.map((one, place) => [
    String(one.nodeId),
    one.roles.join(","),
    states[place] ?? "",
    standings[place] ?? "",
    one.pid === null ? "" : `pid ${one.pid}`,
    ...addresses(one),
  ]);
  return alignedLines(cells);
}

function addresses({ host, ports }: StackProcess): readonly string[] {
  const at = (scheme: string, port: number | null): string =>
    port === null ? "" : `${scheme}://${formatAddress({ host, port })}`;
  return [at("grpc", ports.grpc), at("http", ports.http), at("kafka", ports.kafka)];
}
