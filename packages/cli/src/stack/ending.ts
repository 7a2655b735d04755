import type { Ended, StackProcess } from "./stack-file.ts";

/** Ends a process. Whoever watches sees first that it is meant to end, and then that it is gone. */
export async function ending(
  one: StackProcess,
  how: Ended,
  save: () => Promise<void>,
  end: () => Promise<void>,
): Promise<void> {
  one.wanted = how;
  await save();
  await end();
  await save();
}
