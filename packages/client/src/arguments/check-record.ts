import type { ProducerRecord } from "../producer/producer-record.ts";
import { check, checkEntries, checkIfGiven } from "./check.ts";

/** For every record that is sent: nothing is allocated unless it is wrong. A value that is missing is no tombstone. */
export function checkRecord(record: ProducerRecord): void {
  check(record, "object", "record");
  check(record.topic, "name", "record.topic");
  check(record.value, "payload", "record.value");
  checkIfGiven(record.key, "payload", "record.key");
  checkIfGiven(record.partition, "index", "record.partition");
  checkIfGiven(record.timestampMs, "integer", "record.timestampMs");
  if (record.headers !== undefined) checkEntries(record.headers, "payload", "record.headers");
}
