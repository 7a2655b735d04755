import { settled } from "./test-cluster.ts";

/** What `outcome` becomes, in however much time that takes: `passStep` moves simulated time on by a little. */
export async function inTime<T>(outcome: Promise<T>, passStep: () => Promise<void>): Promise<T> {
  let isSettled = false;
  const settling = outcome.finally(() => {
    isSettled = true;
  });
  settling.catch(() => {}); // told by what is returned
  for (await settled(); !isSettled; ) await passStep();
  return await settling;
}
