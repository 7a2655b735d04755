import { BufferPool, type PooledBuffer } from "@millrace/runtime";

/** Knows how many of its buffers somebody holds; whoever reads what was given back reads nonsense. */
export class CountingPool extends BufferPool {
  held = 0;

  constructor() {
    super({
      freeBytesMax: 1_048_576,
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
