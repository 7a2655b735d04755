const signals = ["SIGTERM", "SIGINT"] as const;

/**
 * Resolves with the first SIGTERM or SIGINT. Further ones change nothing: the stop is on its way. Takes the signals over
 * from the launchers, which end a process that has not begun anything.
 */
export function stopSignals(): Promise<"stop"> {
  return new Promise((resolve) => {
    for (const signal of signals) process.on(signal, () => resolve("stop"));
    for (const signal of signals) {
      for (const early of process.listeners(signal).slice(0, -1)) process.off(signal, early);
    }
  });
}
