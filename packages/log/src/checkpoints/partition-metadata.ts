const TOPIC_ID_BYTES = 16;

/** `partition.metadata`: which topic, of all that had this name, the directory belongs to (KIP-516). */
export function formatPartitionMetadata(topicId: Uint8Array): Buffer {
  return Buffer.from(`version: 0\ntopic_id: ${Buffer.from(topicId).toString("base64url")}\n`);
}

/** The topic id; undefined when the file is damaged. */
export function parsePartitionMetadata(content: Buffer): Uint8Array | undefined {
  const fields = new Map(
    content
      .toString()
      .split("\n")
      .map((line) => line.split(": ") as [string, string | undefined]),
  );
  if (fields.get("version") !== "0") return undefined;
  const topicId = Buffer.from(fields.get("topic_id") ?? "", "base64url");
  return topicId.length === TOPIC_ID_BYTES ? new Uint8Array(topicId) : undefined;
}
