import { create } from "@bufbuild/protobuf";
import { CauseSchema } from "@millrace/proto/metadata";
import { expect, test } from "vitest";
import { metadataCodec } from "../image/metadata-definition.ts";
import { metadataRecord, type RecordInit } from "../image/records.ts";
import { isTooLarge, shortened } from "./decision-limits.ts";

const MiB = 1024 * 1024;
const name = "t".repeat(249);
const topicId = new Uint8Array(16).fill(7);

test.each<[string, RecordInit]>([
  ["new topics", { case: "topic", value: { topicId, name } }],
  ["removed topics", { case: "removeTopic", value: { topicId } }],
  [
    "configs of topics",
    {
      case: "config",
      value: { resourceType: 2, resourceName: name, name: "compression.type", value: "zstd" },
    },
  ],
])("as many %s as are let through fit into an entry of the log, whoever asks", (_, init) => {
  const record = metadataRecord(init);
  for (const character of ["a", "\u20ac"]) {
    const text = character.repeat(1_000);
    const origin = shortened({ principal: text, request: text, clientId: text, clientAddress: text });
    record.cause = create(CauseSchema, { origin, timestampMs: 1_800_000_000_000n });
    let count = 1;
    while (
      !isTooLarge(
        Array.from({ length: count + 1_000 }, () => record),
        origin,
      )
    )
      count += 1_000;
    const bytes = count * metadataCodec.encode(record).length;
    expect(bytes).toBeGreaterThan(8 * MiB);
    expect(bytes).toBeLessThan(13 * MiB);
  }
});
