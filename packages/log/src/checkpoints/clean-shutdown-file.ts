/** Says that a node closed its logs in order, and which incarnation it was (KIP-966). Kafka's name and JSON. */
export const CLEAN_SHUTDOWN_FILE = ".kafka_cleanshutdown";

export function formatCleanShutdown(brokerEpoch: number): Buffer {
  return Buffer.from(JSON.stringify({ version: 0, brokerEpoch }));
}

/** The broker epoch; undefined when the file does not say one. */
export function parseCleanShutdown(content: Buffer): number | undefined {
  try {
    const { brokerEpoch } = JSON.parse(content.toString()) as { brokerEpoch?: unknown };
    return Number.isSafeInteger(brokerEpoch) ? (brokerEpoch as number) : undefined;
  } catch {
    return undefined; // a file without content is Kafka's older form
  }
}
