import {
  type MetadataImage,
  type MetadataState,
  metadataCodec,
  metadataDefinition,
} from "@millrace/controller";
import { type Entry, unframeRecords } from "@millrace/raft";
import { Owner } from "@millrace/replicated-state";
import { Transcript } from "../world/transcript.ts";
import { checkLeaders } from "./check-leaders.ts";

type Violate = (check: string, message: string) => void;

/** The metadata as the committed log says it, entry by entry: what everybody's image has to be equal to. */
export class CommittedMetadata {
  readonly #violate: Violate;
  readonly #digests = new WeakMap<MetadataState, string>();
  /** By offset. */
  readonly #states: MetadataState[] = [metadataDefinition.empty];

  constructor(violate: Violate) {
    this.#violate = violate;
  }

  get lastOffset(): number {
    return this.#states.length - 1;
  }

  /** As of the last entry. */
  get state(): MetadataState {
    return this.#states[this.lastOffset] as MetadataState;
  }

  /** Undefined: not committed. */
  at(offset: number): MetadataState | undefined {
    return offset < 0 ? metadataDefinition.empty : this.#states[offset];
  }

  /** Somebody applied them: they are committed. */
  applied(entries: readonly Entry[]): void {
    for (const entry of entries) if (entry.index === this.lastOffset + 1) this.#apply(entry);
  }

  /** `who` has this image now. */
  check(who: string, { offset, state }: MetadataImage): void {
    const committed = this.at(offset);
    if (committed === undefined) {
      this.#violate(
        "images committed",
        `${who} has an image of ${offset}, but only ${this.lastOffset} is committed`,
      );
    } else if (this.#digest(state) !== this.#digest(committed)) {
      this.#violate("images equal", `${who} has another image of offset ${offset} than the log`);
    }
  }

  #apply({ index, kind, payload }: Entry): void {
    const before = this.state;
    this.#states.push(before);
    if (kind !== "data") return;
    const draft = metadataDefinition.draft(before, new Owner());
    try {
      for (const bytes of unframeRecords(payload)) {
        metadataDefinition.replay(draft, metadataCodec.decode(bytes), index);
      }
    } catch (error) {
      this.#violate("log replays", `the entry at ${index}: ${String(error)}`);
      return;
    }
    const state = metadataDefinition.seal(draft);
    this.#states[index] = state;
    for (const wrong of checkLeaders(before, state)) {
      this.#violate("leaders in service", `after the entry at ${index} ${wrong}`);
    }
  }

  #digest(state: MetadataState): string {
    const known = this.#digests.get(state);
    if (known !== undefined) return known;
    const hash = new Transcript();
    for (const record of metadataDefinition.snapshot(state)) {
      hash.write(Buffer.from(metadataCodec.encode(record)).toString("latin1"));
    }
    this.#digests.set(state, hash.hash);
    return hash.hash;
  }
}
