import { type MetadataImage, metadataCodec, metadataDefinition } from "@millrace/controller";
import type { Entry } from "@millrace/raft";
import { slotOf } from "../ledger/log-slot.ts";
import { Transcript } from "../world/transcript.ts";

/** How a call of a client is recognised wherever it turns up: in the cause of what it wrote. */
export function callMark(id: string): string {
  return `<${id}>`;
}

const mark = /<[^<>]+>/;

/** Images are the same at the same offset, and what was acknowledged is in the log, once. */
export class ImageWatch {
  readonly #violate: (check: string, message: string) => void;
  readonly #digests = new Map<number, string>();
  readonly #appliedAt = new Map<string, number>();

  constructor(violate: (check: string, message: string) => void) {
    this.#violate = violate;
  }

  /** A controller has this image now. */
  published(who: string, { offset, state }: MetadataImage): void {
    const hash = new Transcript();
    for (const record of metadataDefinition.snapshot(state)) {
      hash.write(Buffer.from(metadataCodec.encode(record)).toString("latin1"));
    }
    const first = this.#digests.get(offset) ?? hash.hash;
    this.#digests.set(offset, first);
    if (first !== hash.hash) {
      this.#violate(
        "images equal",
        `${who} has another image of offset ${offset} than the first that had one`,
      );
    }
  }

  applied(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const [id] = (entry.kind === "data" && mark.exec(slotOf(entry).content)) || [];
      if (id === undefined) continue;
      const first = this.#appliedAt.get(id) ?? entry.index;
      this.#appliedAt.set(id, first);
      if (first !== entry.index) this.#violate("applied once", `${id} is at ${first} and at ${entry.index}`);
    }
  }

  /** A change was answered as made, to be seen at `offset`. */
  acknowledged(id: string, offset: number): void {
    const at = this.#appliedAt.get(callMark(id));
    if (at !== undefined && at <= offset) return;
    this.#violate(
      "acknowledged is committed",
      `${id} was to be seen at ${offset}, and is at ${at ?? "no offset"}`,
    );
  }
}
