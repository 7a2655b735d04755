import { expect, test } from "vitest";
import { hasConfluentKafka, runPython, startBrokerUnderTest } from "../harness/index.ts";

const missing = hasConfluentKafka ? "" : " (skipped: confluent-kafka is not on this machine)";

test.skipIf(!hasConfluentKafka)(
  `librdkafka: admin client, producer, consumer by partition${missing}`,
  async () => {
    await using broker = await startBrokerUnderTest({ "auto.create.topics.enable": "false" });
    const report = await runPython("conformance", ["--bootstrap", broker.bootstrap]);
    expect(JSON.parse(report.toString())).toEqual({
      created: null,
      "created again": "TOPIC_ALREADY_EXISTS",
      "bad config": "INVALID_CONFIG",
      "delivered in order": true,
      "as they were sent": true,
      watermarks: [0, 100],
      "offsets for times": [50, -1],
      "list offsets": { earliest: 0, latest: 100, "max timestamp": 99, timestamp: 10 },
      "deleted records": 40,
      "earliest afterwards": 40,
      "deleted beyond the end": "OFFSET_OUT_OF_RANGE",
      retention: "1000000000",
      altered: null,
      "retention afterwards": "2000000000",
      grown: null,
      partitions: [0, 1, 2],
      brokers: [broker.bootstrap],
      "cluster has an id": true,
      refused: ["MSG_SIZE_TOO_LARGE", "UNKNOWN_TOPIC_OR_PART"],
      deleted: null,
      "deleted again": "UNKNOWN_TOPIC_OR_PART",
    });
  },
);
