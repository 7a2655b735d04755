import { type Peer, startPeers } from "./peers.ts";
import { ratios, rounded, spread } from "./statistics.ts";

/** What one run measured: figures by name. */
export type Figures = Readonly<Record<string, number>>;

/** `--runs N`, or the default. */
export function runsFromArguments(otherwise: number): number {
  const at = process.argv.indexOf("--runs");
  return at === -1 ? otherwise : Number(process.argv[at + 1]);
}

/**
 * Runs the same work against both, in turn, after a warm-up that does not count, and prints one line of JSON a
 * case: for every figure each side's median and spread, and the ratio of ours to theirs, pair by pair.
 */
export async function compare(
  name: string,
  options: { readonly runs: number },
  measure: (peer: Peer, run: number) => Promise<Figures>,
): Promise<void> {
  await using peers = await startPeers();
  await compareOn(peers.all, name, options, measure);
}

/** As `compare`, on servers that are up already. */
export async function compareOn(
  peers: readonly Peer[],
  name: string,
  options: { readonly runs: number },
  measure: (peer: Peer, run: number) => Promise<Figures>,
): Promise<void> {
  const results = new Map<Peer, Figures[]>(peers.map((peer) => [peer, []]));
  for (let run = -1; run < options.runs; run++) {
    for (const peer of peers) {
      const figures = await measure(peer, run);
      if (run >= 0) results.get(peer)?.push(figures);
    }
  }
  const [ours, theirs] = peers.map((peer) => results.get(peer) ?? []);
  const line: Record<string, unknown> = { bench: name, runs: options.runs };
  for (const figure of Object.keys(ours?.[0] ?? {})) {
    const column = (runs: readonly Figures[]) => runs.map((figures) => figures[figure] ?? Number.NaN);
    line[figure] = {
      millrace: rounded(spread(column(ours ?? []))),
      ...(theirs === undefined
        ? {}
        : {
            kafka: rounded(spread(column(theirs))),
            ratio: rounded(ratios(column(ours ?? []), column(theirs))),
          }),
    };
  }
  console.log(JSON.stringify(line));
}
