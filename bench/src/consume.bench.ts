// Consume with librdkafka, one partition of 1 KiB or 100 B records that were produced before.
// node bench/src/consume.bench.ts [--runs 5]
import { compareOn, runsFromArguments } from "./harness/compare.ts";
import { consume, produce } from "./harness/librdkafka-client.ts";
import { startPeers } from "./harness/peers.ts";
import { cpuSeconds } from "./harness/process-usage.ts";

const cases = [
  { recordBytes: 100, records: 5_000_000 },
  { recordBytes: 1_024, records: 2_000_000 },
];

await using peers = await startPeers();
for (const { recordBytes, records } of cases) {
  const topic = `consume-${recordBytes}`;
  for (const peer of peers.all) await produce(peer.bootstrap, topic, recordBytes, records);
  await compareOn(peers.all, topic, { runs: runsFromArguments(5) }, async (peer) => {
    const cpuBefore = cpuSeconds(peer.pid);
    const { bytes, seconds } = await consume(peer.bootstrap, topic, records);
    return {
      megabytesPerSecond: bytes / seconds / 1e6,
      recordsPerSecond: records / seconds,
      serverCpuSecondsPerGigabyte: (cpuSeconds(peer.pid) - cpuBefore) / (bytes / 1e9),
    };
  });
}
