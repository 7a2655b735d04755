import type { BatchSlice } from "@millrace/proto/common";
import { ApiError } from "@millrace/runtime";

/** Views of each slice's batches. Throws `INVALID_REQUEST` when the slices are not exactly the bytes. */
export function sliceBatches(
  slices: readonly Pick<BatchSlice, "sizeBytes">[],
  batches: Buffer,
): readonly Buffer[] {
  let position = 0;
  const views = slices.map(({ sizeBytes }) => {
    const view = batches.subarray(position, position + sizeBytes);
    position += sizeBytes;
    return view;
  });
  if (position === batches.length) return views;
  throw new ApiError("INVALID_REQUEST", {
    detail: `slices of ${position} bytes in a message with ${batches.length} bytes of batches`,
  });
}
