import { openDataDirectory } from "@millrace/controller";
import { CryptoRandom, NodeDisk } from "@millrace/runtime-node";

export interface FormatOptions {
  readonly dataDir: string;
  readonly nodeId: number;
  /** A new one when left out. */
  readonly clusterId?: string;
}

/**
 * Formats the data directory of a node that has not started yet, so that its directory id can be told to the others of
 * its quorum. One that is formatted already keeps its ids. Rejects with a `DataDirectoryError` or a `DiskError`.
 */
export async function formatDataDirectory(
  options: FormatOptions,
): Promise<{ readonly clusterId: string; readonly directoryId: string }> {
  const { dataDir, nodeId, clusterId } = options;
  const disk = await NodeDisk.at(dataDir);
  const directory = await openDataDirectory(disk, { nodeId, clusterId, random: new CryptoRandom() });
  await directory.release();
  return { clusterId: directory.clusterId, directoryId: directory.directoryId };
}
