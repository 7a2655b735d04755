/**
 * Counts the memory that views keep alive: each backing buffer once, whole, however small the views of it are.
 */
export class BackingBytes {
  readonly #holders = new Map<ArrayBufferLike, number>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  hold(view: Buffer): void {
    const holders = this.#holders.get(view.buffer) ?? 0;
    if (holders === 0) this.#bytes += view.buffer.byteLength;
    this.#holders.set(view.buffer, holders + 1);
  }

  drop(view: Buffer): void {
    const holders = this.#holders.get(view.buffer);
    if (holders === undefined) return;
    if (holders > 1) {
      this.#holders.set(view.buffer, holders - 1);
      return;
    }
    this.#holders.delete(view.buffer);
    this.#bytes -= view.buffer.byteLength;
  }
}
