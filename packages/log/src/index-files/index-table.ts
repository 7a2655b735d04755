import { assert } from "@millrace/runtime";

const INITIAL_ROWS = 64;

/**
 * Rows of fixed size in their on-disk form, growing by doubling. The file behind it lags: it is written when a segment
 * ends, is flushed or closed, and rebuilt from the log after a crash, so that appends cost no write of their own.
 */
export class IndexTable {
  readonly rowBytes: number;
  /** Whether there is a file, up to date or not. */
  hasFile: boolean;
  #buffer: Buffer;
  #rows: number;
  /** Rows that the file has already, and whether it is known to have exactly these. */
  #savedRows: number;
  #fileMatches: boolean;

  /** Takes over `saved`, the content of the file; without it the file does not exist or has to be replaced. */
  constructor(rowBytes: number, saved?: Buffer) {
    assert(saved === undefined || saved.length % rowBytes === 0, "index file is not a whole number of rows");
    this.rowBytes = rowBytes;
    this.#buffer = saved ?? Buffer.alloc(0);
    this.#rows = saved === undefined ? 0 : saved.length / rowBytes;
    this.#savedRows = this.#rows;
    this.#fileMatches = saved !== undefined;
    this.hasFile = saved !== undefined;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Valid until the next `push`. */
  get buffer(): Buffer {
    return this.#buffer;
  }

  at(row: number): number {
    return row * this.rowBytes;
  }

  /** Makes room for a row and returns where in `buffer` it stands, for the caller to fill at once. */
  push(): number {
    const at = this.#rows * this.rowBytes;
    if (at + this.rowBytes > this.#buffer.length) {
      const grown = Buffer.alloc(Math.max(INITIAL_ROWS * this.rowBytes, this.#buffer.length * 2));
      this.#buffer.copy(grown, 0, 0, at);
      this.#buffer = grown;
    }
    this.#rows++;
    return at;
  }

  truncate(rows: number): void {
    if (rows >= this.#rows) return;
    this.#rows = rows;
    if (rows < this.#savedRows) {
      this.#savedRows = rows;
      this.#fileMatches = false;
    }
  }

  /** How many rows, from the first, fulfil `holds`, which does so for a prefix of them. */
  countWhile(holds: (at: number) => boolean): number {
    let low = 0;
    let high = this.#rows;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(middle * this.rowBytes)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** What the file lacks; undefined when it is up to date. */
  unsaved(): { readonly tail: Buffer; readonly position: number; readonly cut: boolean } | undefined {
    if (this.#fileMatches && this.#savedRows === this.#rows) return undefined;
    const position = this.#savedRows * this.rowBytes;
    return {
      tail: Buffer.from(this.#buffer.subarray(position, this.#rows * this.rowBytes)),
      position,
      cut: !this.#fileMatches,
    };
  }

  /** `rows` rows stand in the file now. */
  saved(rows: number): void {
    this.#savedRows = Math.min(rows, this.#rows);
    this.#fileMatches = true;
    this.hasFile = true;
  }
}
