import { createHash } from "node:crypto";
import { connect } from "@millrace/client";
import {
  type BrokerUnderTest,
  hasConfluentKafka,
  hasJava,
  hasKcat,
  kcat,
  runKafkaTool,
  runPython,
} from "../harness/index.ts";
import { sha256Of } from "./inputs.ts";

/** Reads partition 0 of a topic from beginning to end; SHA-256 of all values, each with the delimiter behind it. */
export type HashTopic = (
  broker: BrokerUnderTest,
  topic: string,
  expected: { readonly delimiter: "\n" | ""; readonly count: number },
) => Promise<string>;

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

const viaKcat: HashTopic = async ({ bootstrap }, topic, { delimiter }) => {
  const format = delimiter === "\n" ? "%s\\n" : "%s";
  return sha256(
    await kcat(bootstrap, ["-C", "-t", topic, "-p", "0", "-o", "beginning", "-e", "-q", "-f", format]),
  );
};

const viaMillraceClient: HashTopic = async ({ millrace }, topic, { delimiter }) => {
  if (millrace === undefined) throw new Error("@millrace/client speaks to Millrace only");
  await using client = connect({ broker: millrace.grpc });
  const values: Buffer[] = [];
  for await (const { value } of client.read({ topic, partition: 0, until: "end" })) {
    if (value !== null) values.push(value);
  }
  return sha256Of(values, delimiter);
};

const viaConfluentKafka: HashTopic = async ({ bootstrap }, topic, { delimiter }) => {
  const escaped = delimiter === "\n" ? "\\n" : "";
  const args = ["--bootstrap", bootstrap, "--topic", topic, "--delimiter", escaped];
  return sha256(await runPython("consume", args));
};

const viaJavaConsole: HashTopic = async ({ bootstrap }, topic, { delimiter, count }) => {
  const { stdout, stderr, exitCode } = await runKafkaTool("org.apache.kafka.tools.consumer.ConsoleConsumer", [
    ...["--bootstrap-server", bootstrap, "--topic", topic, "--partition", "0", "--offset", "earliest"],
    ...["--max-messages", String(count), "--formatter-property", `line.separator=${delimiter}`],
    ...["--timeout-ms", "20000"],
  ]);
  if (exitCode !== 0) throw new Error(`the console consumer ended with ${exitCode}: ${stderr}`);
  return sha256(stdout);
};

export const consumers = {
  kcat: { read: viaKcat, missing: !hasKcat },
  "@millrace/client": { read: viaMillraceClient, missing: false },
  "confluent-kafka": { read: viaConfluentKafka, missing: !hasConfluentKafka },
  "Java's console consumer": { read: viaJavaConsole, missing: !hasJava },
} as const satisfies Record<string, { readonly read: HashTopic; readonly missing: boolean }>;
export type ConsumerName = keyof typeof consumers;
