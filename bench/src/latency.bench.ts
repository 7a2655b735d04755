// End-to-end latency with librdkafka: 100 B records, acks=all, 500 a second, from produce() until consumed.
// node bench/src/latency.bench.ts [--runs 5]
import { compare, runsFromArguments } from "./harness/compare.ts";
import { latency } from "./harness/librdkafka-client.ts";

await compare("latency-100B", { runs: runsFromArguments(5) }, async (peer, run) => {
  const { meanMs, p50Ms, p99Ms } = await latency(peer.bootstrap, `latency-${run}`, {
    recordBytes: 100,
    records: 3_000,
    ratePerSecond: 500,
  });
  return { meanMs, p50Ms, p99Ms };
});
