/** Collects lines of generated code and keeps their indentation. */
export class Code {
  readonly #lines: string[] = [];
  #depth = 0;

  line(text: string): void {
    this.#lines.push("  ".repeat(this.#depth) + text);
  }

  blank(): void {
    this.#lines.push("");
  }

  /** `open {`, what `body` writes, and `}` with `tail`. */
  block(open: string, body: () => void, tail = ""): void {
    this.line(`${open} {`);
    this.#depth++;
    body();
    this.#depth--;
    this.line(`}${tail}`);
  }

  /** A function; parameters that its body does not use get an underscore. */
  func(head: string, parameters: readonly string[], result: string, body: () => void): void {
    const at = this.#lines.length;
    this.block("", body);
    const text = this.#lines.slice(at + 1).join("\n");
    const named = parameters.map((parameter) => {
      const name = parameter.slice(0, parameter.indexOf(":"));
      return new RegExp(`\\b${name}\\b`).test(text) ? parameter : `_${parameter}`;
    });
    this.#lines[at] = `${"  ".repeat(this.#depth)}${head}(${named.join(", ")}): ${result} {`;
  }

  toString(): string {
    return `${this.#lines.join("\n")}\n`;
  }
}
