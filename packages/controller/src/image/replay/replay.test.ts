import type { MetadataRecord } from "@millrace/proto/metadata";
import { InlineExecutor } from "@millrace/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decideFinalizeFeatures } from "../../decisions/finalize-features.ts";
import { arbitraryCommand, type Command } from "../../testing/arbitrary-command.ts";
import { checkMetadata } from "../../testing/check-metadata.ts";
import { fingerprint, MetadataRun, replayed } from "../../testing/metadata-run.ts";
import { startBrokers } from "../../testing/register.ts";
import { changesBetween } from "../changes-between.ts";
import type { MetadataChanges } from "../metadata-changes.ts";
import { metadataCodec } from "../metadata-definition.ts";
import { emptyMetadata } from "../metadata-state.ts";
import { metadataRecord } from "../records.ts";
import { snapshotRecords } from "../snapshot-records.ts";

fc.configureGlobal({ seed: 848 });

/** Some commands on a cluster of two brokers. */
const commands = (maxLength: number) => fc.array(arbitraryCommand, { minLength: maxLength / 2, maxLength });

function startedRun(): MetadataRun {
  const run = new MetadataRun();
  run.decide(decideFinalizeFeatures);
  startBrokers(run, 0, 1);
  return run;
}

const history = (maxLength: number) =>
  commands(maxLength).map((all) => {
    const run = startedRun();
    for (const command of all) command(run);
    return run;
  });

const plain = ({ topics, brokers, configs, features }: MetadataChanges) => ({
  topics: [...topics.values()]
    .map((topic) => ({ ...topic, partitions: [...topic.partitions].sort((a, b) => a - b) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1)),
  brokers: [...brokers].sort(),
  configs: [...configs.keys()].sort(),
  features,
});

test("no command throws, and every state that comes of them is sound", () => {
  fc.assert(
    fc.property(commands(60), (all) => {
      const run = startedRun();
      for (const command of all) {
        const before = run.state;
        const frozen = fingerprint(before);
        command(run);
        checkMetadata(run.state);
        expect(fingerprint(before)).toBe(frozen);
      }
    }),
    { numRuns: 100 },
  );
});

test("one list of records makes one state, cut in every possible way", () => {
  fc.assert(
    fc.property(history(12), ({ batches, state }) => {
      const records = batches.slice(0, 9);
      const whole = fingerprint(replayed(emptyMetadata, records, 0).state);
      for (let cuts = 0; cuts < 2 ** Math.max(0, records.length - 1); cuts++) {
        let cut = emptyMetadata;
        let start = 0;
        for (let i = 0; i < records.length; i++) {
          if ((cuts & (1 << i)) === 0 && i + 1 < records.length) continue;
          cut = replayed(cut, records.slice(start, i + 1), start).state;
          start = i + 1;
        }
        expect(fingerprint(cut)).toBe(whole);
      }
      expect(fingerprint(replayed(emptyMetadata, batches, 0).state)).toBe(fingerprint(state));
    }),
    { numRuns: 30 },
  );
});

test("a state written as records and bytes, and read back, is the same", () => {
  fc.assert(
    fc.property(history(40), ({ state, batches }) => {
      const records: MetadataRecord[] = Array.from(snapshotRecords(state), (record) =>
        metadataCodec.decode(metadataCodec.encode(record)),
      );
      const loaded = replayed(emptyMetadata, [records], batches.length).state;
      expect(fingerprint(loaded)).toBe(fingerprint(state));
      expect(loaded.nextProducerId).toBe(state.nextProducerId);
    }),
    { numRuns: 100 },
  );
});

test("the records of every level of our own make the same state", () => {
  const atLevel = (level: number, all: readonly Command[]): string[] => {
    const run = new MetadataRun();
    const features = { "metadata.version": 30, "millrace.metadata.version": level };
    run.decide(() => ({
      records: Object.entries(features).map(([name, of]) =>
        metadataRecord({ case: "featureLevel", value: { name, level: of } }),
      ),
      response: undefined,
    }));
    startBrokers(run, 0, 1);
    for (const command of all) command(run);
    const kinds = run.batches.flat().map(({ record }) => record.case);
    expect(kinds).not.toContain(level === 1 ? "partitionChanges" : "partitionChange");
    return fingerprint(run.state).split("\n").slice(Object.keys(features).length);
  };
  fc.assert(
    fc.property(commands(30), (all) => {
      expect(atLevel(1, all)).toEqual(atLevel(2, all));
    }),
    { numRuns: 50 },
  );
});

test("the changes of a step are what a comparison of its two ends finds", async () => {
  await fc.assert(
    fc.asyncProperty(history(20), fc.nat(), async ({ batches }, cut) => {
      const middle = batches.length === 0 ? 0 : cut % batches.length;
      const before = replayed(emptyMetadata, batches.slice(0, middle), 0).state;
      const { state, changes } = replayed(before, batches.slice(middle), middle);
      const found = plain(await new InlineExecutor().run(changesBetween(before, state)));
      const told = plain(changes);
      // A change that was undone within the step is told, but not found.
      for (const topic of found.topics) {
        const same = told.topics.find(({ id }) => id === topic.id);
        expect(same).toMatchObject({ name: topic.name, created: topic.created, deleted: topic.deleted });
        expect(same?.partitions).toEqual(topic.partitions);
      }
      expect(told.brokers).toEqual(expect.arrayContaining(found.brokers));
      expect(told.configs).toEqual(expect.arrayContaining(found.configs));
      expect(told.features || !found.features).toBe(true);
    }),
    { numRuns: 100 },
  );
});
