import { BufferPool, type PooledBuffer } from "../memory/buffer-pool.ts";

/** Whoever reads what was given back reads nonsense, and what somebody holds is counted. */
export class PoisonedPool extends BufferPool {
  /** Buffers that were taken and not given back. */
  held = 0;

  /** As `BufferPoolOptions` has it; 0 makes every buffer a new one, whose poison stays. */
  constructor({ freeBytesMax = 1_048_576 }: { readonly freeBytesMax?: number } = {}) {
    super({
      freeBytesMax,
      freed: (bytes) => {
        bytes.fill(0xdd);
        this.held--;
      },
    });
  }

  override take(bytes: number): PooledBuffer {
    this.held++;
    return super.take(bytes);
  }
}
