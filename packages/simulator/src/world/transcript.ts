/** FNV-1a, 32 bits. */
const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;

/** What happened, line by line: two runs of one seed must write the same. A hash of it, and its text on demand. */
export class Transcript {
  readonly #lines: string[] | undefined;
  readonly #onLine: ((line: string) => void) | undefined;
  #low = offsetBasis;
  #high = ~offsetBasis;
  #count = 0;

  constructor(options: { readonly keep?: boolean; readonly onLine?: (line: string) => void } = {}) {
    this.#lines = options.keep ? [] : undefined;
    this.#onLine = options.onLine;
  }

  write(line: string): void {
    for (let i = 0; i < line.length; i += 1) {
      const unit = line.charCodeAt(i);
      this.#low = Math.imul(this.#low ^ unit, prime);
      this.#high = Math.imul(this.#high ^ unit ^ (this.#low >>> 15), prime);
    }
    this.#low = Math.imul(this.#low ^ 0x0a, prime);
    this.#count += 1;
    this.#lines?.push(line);
    this.#onLine?.(line);
  }

  get lineCount(): number {
    return this.#count;
  }

  /** Of all lines so far, 16 hexadecimal digits. */
  get hash(): string {
    return [this.#high, this.#low].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
  }

  /** Empty unless it keeps its lines. */
  get lines(): readonly string[] {
    return this.#lines ?? [];
  }
}
