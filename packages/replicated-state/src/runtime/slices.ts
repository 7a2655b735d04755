/** Of encoded records between two places where other work may go first: a tenth of a millisecond, a few of cold code. */
const SLICE_BYTES = 4 * 1024;

/** Says where work on records may be interrupted: counting them would make slices of large ones long. */
export class Slices {
  #bytes = 0;

  /** `bytes` of one more record are done. */
  isOver(bytes: number): boolean {
    this.#bytes += bytes;
    if (this.#bytes < SLICE_BYTES) return false;
    this.#bytes = 0;
    return true;
  }
}
