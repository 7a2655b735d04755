import { hasJava, installApacheKafka } from "./apache-kafka.ts";

/** Before the first test: a download from Maven Central is none of a test's time. */
export default async function setup(): Promise<void> {
  if (hasJava) await installApacheKafka();
}
