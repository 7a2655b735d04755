// Resident memory: idle, after 2 GB of 1 KiB records were produced, and after they were read back.
// node bench/src/memory.bench.ts
import { compare } from "./harness/compare.ts";
import { consume, produce } from "./harness/librdkafka-client.ts";
import { residentMiB } from "./harness/process-usage.ts";

const records = 2_000_000;

await compare("memory", { runs: 1 }, async (peer, run) => {
  const idleMiB = residentMiB(peer.pid);
  // The warm-up would make the idle figure a lie for the run that counts, so it does nothing.
  if (run < 0) return { idleMiB };
  await produce(peer.bootstrap, "memory", 1_024, records);
  const afterProduceMiB = residentMiB(peer.pid);
  await consume(peer.bootstrap, "memory", records);
  return { idleMiB, afterProduceMiB, afterConsumeMiB: residentMiB(peer.pid) };
});
