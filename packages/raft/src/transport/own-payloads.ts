/**
 * Payloads that may be kept for as long as one likes. Those that came over a wire are views of a buffer that may hold
 * much else: then they move to one that holds nothing else.
 */
export function ownPayloads(payloads: readonly Uint8Array[]): readonly Uint8Array[] {
  let bytes = 0;
  let pinnedBytes = 0;
  let buffer: ArrayBufferLike | undefined;
  for (const payload of payloads) {
    bytes += payload.length;
    if (payload.buffer !== buffer) pinnedBytes += payload.buffer.byteLength;
    buffer = payload.buffer;
  }
  if (pinnedBytes <= 2 * bytes) return payloads;
  const own = new Uint8Array(bytes);
  let at = 0;
  return payloads.map((payload) => {
    own.set(payload, at);
    at += payload.length;
    return own.subarray(at - payload.length, at);
  });
}
