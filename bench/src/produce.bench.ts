// Produce with librdkafka, acks=all, one partition: records of 100 B, 1 KiB and 10 KiB.
// node bench/src/produce.bench.ts [--runs 5]
import { compareOn, runsFromArguments } from "./harness/compare.ts";
import { deleteTopic, produce } from "./harness/librdkafka-client.ts";
import { startPeers } from "./harness/peers.ts";
import { cpuSeconds } from "./harness/process-usage.ts";
import { warmMemory } from "./harness/warm-memory.ts";

const cases = [
  { recordBytes: 100, records: 5_000_000 },
  { recordBytes: 1_024, records: 1_500_000 },
  { recordBytes: 10_240, records: 150_000 },
];

await using peers = await startPeers();
for (const { recordBytes, records } of cases) {
  await compareOn(peers.all, `produce-${recordBytes}B`, { runs: runsFromArguments(5) }, async (peer, run) => {
    const topic = `produce-${recordBytes}-${run}`;
    await warmMemory(1.5 * recordBytes * records);
    const cpuBefore = cpuSeconds(peer.pid);
    const { bytes, seconds } = await produce(peer.bootstrap, topic, recordBytes, records);
    const cpuUsed = cpuSeconds(peer.pid) - cpuBefore;
    await deleteTopic(peer.bootstrap, topic);
    return {
      megabytesPerSecond: bytes / seconds / 1e6,
      recordsPerSecond: records / seconds,
      serverCpuSecondsPerGigabyte: cpuUsed / (bytes / 1e9),
    };
  });
}
