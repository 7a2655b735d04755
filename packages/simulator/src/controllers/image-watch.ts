import type { MetadataImage } from "@millrace/controller";
import type { Entry } from "@millrace/raft";
import { slotOf } from "../ledger/log-slot.ts";
import { CommittedMetadata } from "./committed-metadata.ts";

/** How a call of a client is recognised wherever it turns up: in the cause of what it wrote. */
export function callMark(id: string): string {
  return `<${id}>`;
}

const mark = /<c\d+\.\d+>/;

/** Images are what the log says and never go back, and what was acknowledged is in the log, once. */
export class ImageWatch {
  readonly committed: CommittedMetadata;
  readonly #violate: (check: string, message: string) => void;
  readonly #offsets = new Map<string, number>();
  readonly #appliedAt = new Map<string, number>();

  constructor(violate: (check: string, message: string) => void) {
    this.#violate = violate;
    this.committed = new CommittedMetadata(violate);
  }

  /** A process, of a controller or of a broker, has this image now. */
  published(process: string, image: MetadataImage): void {
    const before = this.#offsets.get(process) ?? -1;
    this.#offsets.set(process, image.offset);
    if (image.offset < before) {
      this.#violate("images go on", `${process} has an image of ${image.offset} after one of ${before}`);
    }
    this.committed.check(process, image);
  }

  applied(entries: readonly Entry[]): void {
    this.committed.applied(entries);
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

  /** A broker was told that it is registered, with this epoch. */
  registered(process: string, brokerId: number, epoch: number): void {
    if (this.committed.at(epoch)?.brokers.get(brokerId)?.epoch === epoch) return;
    this.#violate("acknowledged is committed", `${process} was told of a registration at ${epoch}`);
  }

  /** A broker was told that so much is committed. */
  told(process: string, offset: number): void {
    const { lastOffset } = this.committed;
    if (offset <= lastOffset) return;
    this.#violate(
      "images committed",
      `${process} was told of ${offset}, but only ${lastOffset} is committed`,
    );
  }
}
