import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { connect } from "@millrace/client";
import { Producer } from "@platformatic/kafka";
import { CompressionCodecs, CompressionTypes, Kafka, logLevel } from "kafkajs";
import { type BrokerUnderTest, kcat, temporaryDirectory } from "../harness/index.ts";
import type { RealInput } from "./inputs.ts";

export const codecs = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
export type Codec = (typeof codecs)[number];

/** Writes all records of an input to partition 0 of a topic, in order, and resolves when they are acknowledged. */
export type ProduceInput = (
  broker: BrokerUnderTest,
  topic: string,
  input: RealInput,
  codec: Codec,
) => Promise<void>;

/** Below Kafka's default `max.message.bytes`, which is of a whole batch. */
const SEND_BYTES_MAX = 900_000;

/** Records in groups that fit into one batch. */
function* sends(records: readonly Buffer[]): Generator<readonly Buffer[]> {
  let group: Buffer[] = [];
  let bytes = 0;
  for (const record of records) {
    if (group.length > 0 && bytes + record.length > SEND_BYTES_MAX) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(record);
    // What a record costs at most beside its value.
    bytes += record.length + 32;
  }
  yield group;
}

const viaKcat: ProduceInput = async ({ bootstrap }, topic, input, codec) => {
  const args = ["-P", "-t", topic, "-p", "0", "-z", codec];
  if (input.delimiter === "\n") {
    await kcat(bootstrap, args, { input: Buffer.concat(input.records.flatMap((r) => [r, newline])) });
    return;
  }
  // It takes binary records as a file each.
  await using directory = await temporaryDirectory();
  const files = input.records.map((record, at) => {
    const file = join(directory.path, String(at));
    writeFileSync(file, record);
    return file;
  });
  await kcat(bootstrap, [...args, ...files]);
};

const viaMillraceClient: ProduceInput = async ({ millrace }, topic, input, codec) => {
  if (millrace === undefined) throw new Error("@millrace/client speaks to Millrace only");
  await using client = connect({ broker: millrace.grpc });
  const producer = client.producer({ compression: codec });
  await Promise.all(input.records.map((value) => producer.send({ topic, partition: 0, value })));
};

// kafkajs brings gzip and takes others as plugins.
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async ({ buffer }: { buffer: Buffer }) => zstdCompressSync(buffer),
  decompress: async (buffer: Buffer) => zstdDecompressSync(buffer),
});
const kafkajsTypes: Partial<Record<Codec, CompressionTypes>> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  zstd: CompressionTypes.ZSTD,
};

const viaKafkajs: ProduceInput = async ({ bootstrap }, topic, input, codec) => {
  const compression = kafkajsTypes[codec];
  if (compression === undefined) throw new Error(`kafkajs has no ${codec}`);
  const producer = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR }).producer();
  await producer.connect();
  try {
    for (const group of sends(input.records)) {
      const messages = group.map((value) => ({ partition: 0, value }));
      await producer.send({ topic, compression, acks: -1, messages });
    }
  } finally {
    await producer.disconnect();
  }
};

const viaPlatformatic: ProduceInput = async ({ bootstrap }, topic, input, codec) => {
  const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({
    clientId: "e2e",
    bootstrapBrokers: [bootstrap],
    compression: codec,
    acks: -1,
  });
  try {
    for (const group of sends(input.records)) {
      await producer.send({ messages: group.map((value) => ({ topic, partition: 0, value })) });
    }
  } finally {
    await producer.close();
  }
};

const newline = Buffer.from("\n");

export const producers = {
  kcat: viaKcat,
  "@millrace/client": viaMillraceClient,
  kafkajs: viaKafkajs,
  "@platformatic/kafka": viaPlatformatic,
} as const;
export type ProducerName = keyof typeof producers;
