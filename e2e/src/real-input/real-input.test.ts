import { Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { againstApacheKafka, type BrokerUnderTest, hasKcat, startBrokerUnderTest } from "../harness/index.ts";
import { type ConsumerName, consumers } from "./consumers.ts";
import { type RealInput, readBinary, readText } from "./inputs.ts";
import { type Codec, codecs, type ProducerName, producers } from "./producers.ts";

/** Every producer writes every input, and every codec is used on both. Everyone reads all of it. */
const plan: Record<RealInput["name"], readonly (readonly [ProducerName, Codec])[]> = {
  text: [
    ["kcat", "snappy"],
    ["@millrace/client", "none"],
    ["@millrace/client", "lz4"],
    ["kafkajs", "gzip"],
    ["@platformatic/kafka", "zstd"],
  ],
  binary: [
    ["kcat", "lz4"],
    ["@millrace/client", "snappy"],
    ["@millrace/client", "zstd"],
    ["kafkajs", "none"],
    ["@platformatic/kafka", "gzip"],
  ],
};

const usesMillraceClient = (name: string): boolean => name === "@millrace/client";

let broker: BrokerUnderTest;
beforeAll(async () => {
  broker = await startBrokerUnderTest();
});
afterAll(async () => {
  await broker[Symbol.asyncDispose]();
});

async function createTopic(topic: string): Promise<void> {
  const admin = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.ERROR }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 1 }] });
  await admin.disconnect();
}

test("every codec is used on both inputs", () => {
  for (const cases of Object.values(plan)) {
    expect(new Set(cases.map(([, codec]) => codec))).toEqual(new Set(codecs));
  }
});

describe.each([readText(), readBinary()])("$name", (input) => {
  describe.each(plan[input.name])("that %s wrote with codec %s", (producer, codec) => {
    const topic = `${input.name}-${producer.replaceAll(/[@/]/g, "")}-${codec}`;
    const cannotWrite =
      (producer === "kcat" && !hasKcat) || (usesMillraceClient(producer) && againstApacheKafka);

    test.skipIf(cannotWrite)("is taken", async () => {
      await createTopic(topic);
      await producers[producer](broker, topic, input, codec);
    });

    for (const name of Object.keys(consumers) as ConsumerName[]) {
      const { missing, read } = consumers[name];
      const cannotRead = cannotWrite || missing || (usesMillraceClient(name) && againstApacheKafka);
      const reason = missing ? " (skipped: it is not on this machine)" : "";
      test.skipIf(cannotRead)(`comes out of ${name} as it went in${reason}`, async () => {
        const { delimiter, records } = input;
        expect(await read(broker, topic, { delimiter, count: records.length })).toBe(input.sha256);
      });
    }
  });
});
