import type { Disk } from "@millrace/runtime";
import type { IndexTable } from "./index-table.ts";

/** Brings an index file up to date and on the platter. Rows that are added meanwhile wait for the next time. */
export async function saveIndex(disk: Disk, path: string, table: IndexTable): Promise<void> {
  const unsaved = table.unsaved();
  if (unsaved === undefined) return;
  const rows = table.rows;
  const file = await disk.open(path, { mode: "write", diskClass: "log" });
  try {
    if (unsaved.cut) await file.truncate(unsaved.position);
    if (unsaved.tail.length > 0) await file.write([unsaved.tail], unsaved.position);
    await file.sync();
  } finally {
    await file.close();
  }
  table.saved(rows);
}
