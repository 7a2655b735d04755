/**
 * Record batches that are to be encoded: one buffer, or several that follow each other on the wire. Large ones
 * are not copied but become chunks of the output, so they must not change until that is sent.
 */
export type RecordsInput = Buffer | readonly Buffer[];

/** In bytes. */
export function recordsSize(records: RecordsInput): number {
  if (Buffer.isBuffer(records)) return records.length;
  let size = 0;
  for (const piece of records) size += piece.length;
  return size;
}
