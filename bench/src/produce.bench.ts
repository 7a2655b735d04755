// Produce with librdkafka, acks=all, one partition: records of 100 B, 1 KiB and 10 KiB.
// node bench/src/produce.bench.ts [--runs 5]
import { compareOn, runsFromArguments } from "./harness/compare.ts";
import { produce } from "./harness/librdkafka-client.ts";
import { startPeers } from "./harness/peers.ts";
import { cpuSeconds } from "./harness/process-usage.ts";

const cases = [
  { recordBytes: 100, records: 5_000_000 },
  { recordBytes: 1_024, records: 1_500_000 },
  { recordBytes: 10_240, records: 150_000 },
];

await using peers = await startPeers();
for (const { recordBytes, records } of cases) {
  await compareOn(peers.all, `produce-${recordBytes}B`, { runs: runsFromArguments(5) }, async (peer, run) => {
    const cpuBefore = cpuSeconds(peer.pid);
    const { bytes, seconds } = await produce(
      peer.bootstrap,
      `produce-${recordBytes}-${run}`,
      recordBytes,
      records,
    );
    return {
      megabytesPerSecond: bytes / seconds / 1e6,
      recordsPerSecond: records / seconds,
      serverCpuSecondsPerGigabyte: (cpuSeconds(peer.pid) - cpuBefore) / (bytes / 1e9),
    };
  });
}
