/** One of Kafka's compression codecs, for a whole batch body at once. */
export interface Codec {
  /** `level` is the codec's own; those without levels ignore it. */
  compress(data: Buffer, level?: number): Buffer;

  /**
   * Never makes more than `bytesMax` bytes of output, whatever the input claims. Throws `ProtocolError`: "oversized"
   * beyond that, "corrupt" or "truncated" for what no compressor wrote, "unsupported" for what Kafka does not read either.
   */
  decompress(data: Buffer, bytesMax: number): Buffer;
}
