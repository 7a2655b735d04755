import type { MaybePromise } from "../maybe-promise.ts";

/** So many messages may pass before timers and sockets get their turn, though source and writer never wait. */
const messagesInTurnMax = 64;

/**
 * Moves messages from an iterable to a writer, one at a time and no faster than the writer takes them, until
 * the source ends, the writer answers false or `over` is aborted. In the last two cases the source is told to
 * return; a source that is waiting for something learns of it only when that comes. `afterTurn` is the executor's;
 * without it, a source and a writer that never wait hold up everything else.
 */
export async function pump<T>(
  source: AsyncIterable<T>,
  write: (message: T) => MaybePromise<boolean>,
  over: AbortSignal,
  afterTurn?: (callback: () => void) => void,
): Promise<void> {
  const iterator = source[Symbol.asyncIterator]();
  const release = (): void => void releaseIterator(iterator);
  over.addEventListener("abort", release, { once: true });
  try {
    for (let passed = 1; !over.aborted; passed++) {
      const result = await iterator.next();
      if (result.done === true || over.aborted) return;
      const taken = write(result.value);
      if (!(taken instanceof Promise ? await taken : taken)) break;
      if (afterTurn !== undefined && passed % messagesInTurnMax === 0) await new Promise<void>(afterTurn);
    }
  } catch (thrown) {
    release();
    throw thrown;
  } finally {
    over.removeEventListener("abort", release);
  }
  release();
}

/** The call is over whatever the source does on its way out. */
async function releaseIterator(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // Told to stop and failed in stopping: nobody is left to hear of it.
  }
}
