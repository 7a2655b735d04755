import { within } from "@millrace/runtime";
import { createPinoLogger, SystemClock } from "@millrace/runtime-node";
import { MillraceNode } from "@millrace/server";
import type { ConfigFlags } from "./config-flags.ts";
import { readyLines } from "./ready-lines.ts";
import { startConfig } from "./start-config.ts";

/** What sysexits.h calls a software error: one of our own invariants broke. */
const EXIT_SOFTWARE = 70;
/** A start that is asked to stop is waited for so long: up to then it can be closed in order. */
const START_GRACE_MS = 2_000;
/** Handing over takes 3 s at most, gRPC's grace 1 s; the rest is flushing. */
const CLOSE_MS_MAX = 20_000;

/**
 * Runs a node until `stopAsked`, then ends the process with 0. Standard output gets one line a listener and a last one
 * that begins with `ready`; the log goes to standard error. Rejects, with nothing left behind, when the node cannot
 * start. Ends the process with 70 when the node, or anything else in here, breaks a rule of its own: a failed node
 * cannot flush, and its next start recovers as after a crash.
 */
export async function runNode(flags: ConfigFlags, stopAsked: Promise<"stop">): Promise<void> {
  const { options, config } = await startConfig(flags);
  const logger = await createPinoLogger({ level: config["log.level"] });
  const exit = (code: number): void => {
    logger.flush();
    process.exit(code);
  };
  const crash = (error: unknown): void => {
    logger.error({ error }, "the process failed");
    exit(EXIT_SOFTWARE);
  };
  process.on("uncaughtException", crash).on("unhandledRejection", crash);
  // Whoever read the lines may be gone; the node is not there for them alone.
  process.stdout.on("error", () => {});

  const clock = new SystemClock(crash);
  const starting = MillraceNode.start({ ...options, logger });
  const started = await Promise.race([starting, stopAsked]);
  if (started === "stop") {
    // Nothing was acknowledged yet, so it may also end in the middle of a long recovery.
    const late = await within(
      clock,
      START_GRACE_MS,
      starting.catch(() => undefined),
    );
    if (late !== undefined) await within(clock, CLOSE_MS_MAX, late.close());
    exit(0);
    return;
  }
  const node = started;
  const uptimeMs = Math.round(process.uptime() * 1_000);
  process.stdout.write(`${readyLines(node, uptimeMs).join("\n")}\n`);
  node.failed.catch(() => exit(EXIT_SOFTWARE));

  await stopAsked;
  const closed = await within(
    clock,
    CLOSE_MS_MAX,
    node.close().then(() => true),
  );
  if (closed === undefined) logger.error({ limitMs: CLOSE_MS_MAX }, "the node did not close in time");
  exit(closed === undefined ? EXIT_SOFTWARE : 0);
}
