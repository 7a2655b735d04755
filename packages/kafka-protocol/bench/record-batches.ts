// Record batches of 1,000 records of 100 B, in millions of records a second: `node bench/record-batches.ts`

import { Compression, type CompressionName } from "../src/records/batch-attributes.ts";
import { decodeRecords } from "../src/records/decode-batch.ts";
import { decompressBody } from "../src/records/decode-v2.ts";
import { RecordBatchBuilder } from "../src/records/record-batch-builder.ts";
import { validateRecords } from "../src/records/validate-records.ts";

const RECORDS = 1000;
const WARM_UP_RUNS = 200;
const MEASURED_MS = 700;

// Text without long repeats, so that the codecs have something to do.
const value = Buffer.from(Array.from({ length: 100 }, (_, index) => 32 + ((index * 7919) % 90)));

function build(compression: CompressionName): Buffer {
  const builder = new RecordBatchBuilder(128 * 1024);
  for (let index = 0; index < RECORDS; index++) builder.append(1_767_225_600_000 + index, null, value);
  return builder.build({ compression });
}

function measure(run: () => unknown): string {
  for (let index = 0; index < WARM_UP_RUNS; index++) run();
  const start = performance.now();
  let runs = 0;
  for (; performance.now() - start < MEASURED_MS; runs++) run();
  return ((runs * RECORDS) / (performance.now() - start) / 1000).toFixed(1).padStart(10);
}

console.log("codec        build    decode  validate");
for (const codec of Object.keys(Compression) as CompressionName[]) {
  const batch = build(codec);
  const built = measure(() => build(codec));
  const decoded = measure(() => decodeRecords(batch));
  const rules = { recordCount: RECORDS, keyRequired: false };
  const validated = measure(() => validateRecords(decompressBody(batch, 0), rules));
  console.log(codec.padEnd(8) + built + decoded + validated);
}
