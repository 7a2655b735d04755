import type { MetadataRecord } from "@millrace/proto/metadata";
import { type DecideEnv, Owner } from "@millrace/replicated-state";
import { ApiError, randomBelow, SeededRandom } from "@millrace/runtime";
import type { MetadataDecision } from "../decisions/metadata-decision.ts";
import type { MetadataChanges } from "../image/metadata-changes.ts";
import { metadataCodec } from "../image/metadata-definition.ts";
import { draftOf, sealDraft } from "../image/metadata-draft.ts";
import { MetadataImage } from "../image/metadata-image.ts";
import { emptyMetadata, type MetadataState } from "../image/metadata-state.ts";
import { replay } from "../image/replay/replay.ts";
import { snapshotRecords } from "../image/snapshot-records.ts";
import { randomUuid } from "../image/uuid.ts";

/** Decides and replays without a log: each decision is committed at once, as a batch of its own. */
export class MetadataRun {
  readonly batches: MetadataRecord[][] = [];
  readonly random: SeededRandom;
  state: MetadataState = emptyMetadata;
  changes: MetadataChanges | undefined;

  constructor(seed = 1) {
    this.random = new SeededRandom(seed);
  }

  get image(): MetadataImage {
    return new MetadataImage("test", { state: this.state, offset: this.batches.length - 1, epoch: 1 });
  }

  /** The response, or the refusal. */
  decide<R>(decide: (state: MetadataState, env: DecideEnv) => MetadataDecision<R>): R | ApiError {
    const decision = decide(this.state, this.#env());
    if ("refusal" in decision) {
      if (decision.refusal instanceof ApiError) return decision.refusal;
      throw decision.refusal;
    }
    if (decision.records.length > 0) {
      const step = replayed(this.state, [decision.records], this.batches.length);
      this.batches.push([...decision.records]);
      this.state = step.state;
      this.changes = step.changes;
    }
    return decision.response;
  }

  #env(): DecideEnv {
    return {
      nowMs: 1_700_000_000_000,
      baseOffset: this.batches.length,
      epoch: 1,
      newUuid: () => randomUuid(this.random),
      randomBelow: (limit) => randomBelow(this.random, limit),
    };
  }
}

/** Replays batches as one step. The batch at position i of `batches` has offset `firstOffset + i`. */
export function replayed(
  state: MetadataState,
  batches: readonly (readonly MetadataRecord[])[],
  firstOffset: number,
): { readonly state: MetadataState; readonly changes: MetadataChanges } {
  const draft = draftOf(state, new Owner());
  for (const [i, records] of batches.entries()) {
    for (const record of records) replay(draft, record, firstOffset + i);
  }
  return { state: sealDraft(draft), changes: draft.changes };
}

/** All of a state in a form that is equal for equal states. */
export function fingerprint(state: MetadataState): string {
  return Array.from(snapshotRecords(state), (record) =>
    Buffer.from(metadataCodec.encode(record)).toString("base64"),
  ).join("\n");
}
