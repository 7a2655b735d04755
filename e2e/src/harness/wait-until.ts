import { setTimeout as delay } from "node:timers/promises";

export interface WaitOptions {
  /** Ends the sentence "waited in vain until …". */
  readonly until: string;
  /** 30,000 when left out: only a test that fails waits that long. */
  readonly deadlineMs?: number;
}

/** Asks again and again until the answer is neither false nor undefined, and resolves with it. Rejects at the deadline. */
export async function waitUntil<T>(
  ask: () => T | Promise<T>,
  options: WaitOptions,
): Promise<Exclude<T, false | undefined>> {
  const deadline = Date.now() + (options.deadlineMs ?? 30_000);
  for (;;) {
    const answer = await ask();
    if (answer !== false && answer !== undefined) return answer as Exclude<T, false | undefined>;
    if (Date.now() > deadline) throw new Error(`waited in vain until ${options.until}`);
    await delay(10);
  }
}
