import type { Disk } from "@millrace/runtime";
import { DataDirectoryError } from "./data-directory-error.ts";
import { META_PROPERTIES, parseProperties } from "./meta-properties.ts";

/** Of a data directory that somebody else may own: nothing is taken or changed. Throws a `DataDirectoryError`. */
export async function readClusterId(disk: Disk): Promise<string> {
  const content = await disk.readFile(META_PROPERTIES);
  const clusterId = parseProperties(content?.toString("utf8") ?? "").get("cluster.id");
  if (clusterId !== undefined && clusterId !== "") return clusterId;
  throw new DataDirectoryError(
    "NOT_FORMATTED",
    disk.description,
    `it has no ${META_PROPERTIES} with a cluster id; give the directory of a node that has run`,
  );
}
