// From the start of the process on a formatted directory to the first metadata answer (kcat -L), and memory then.
// node bench/src/startup.bench.ts [--runs 5]
import { mustRun } from "@millrace/e2e/harness";
import { runsFromArguments } from "./harness/compare.ts";
import { installPeers } from "./harness/peers.ts";
import { residentMiB } from "./harness/process-usage.ts";
import { ratios, rounded, spread } from "./harness/statistics.ts";

const results = new Map<string, { startMs: number[]; idleMiB: number[] }>();
await using peers = await installPeers();
for (let run = -1; run < runsFromArguments(5); run++) {
  for (const installation of peers.all) {
    const startedAt = performance.now();
    await using peer = await installation.start();
    await mustRun("kcat", ["-b", peer.bootstrap, "-L"]);
    const startMs = performance.now() - startedAt;
    if (run < 0) continue;
    const mine = results.get(installation.name) ?? { startMs: [], idleMiB: [] };
    results.set(installation.name, mine);
    mine.startMs.push(startMs);
    mine.idleMiB.push(residentMiB(peer.pid));
  }
}
const [ours, theirs] = [results.get("millrace"), results.get("kafka")];
const line: Record<string, unknown> = { bench: "startup" };
for (const figure of ["startMs", "idleMiB"] as const) {
  line[figure] = {
    millrace: rounded(spread(ours?.[figure] ?? [])),
    ...(theirs && {
      kafka: rounded(spread(theirs[figure])),
      ratio: rounded(ratios(ours?.[figure] ?? [], theirs[figure])),
    }),
  };
}
console.log(JSON.stringify(line));
