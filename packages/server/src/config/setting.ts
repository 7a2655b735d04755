import type { ConfigInput } from "@millrace/runtime";

/** One value that somebody set. */
export interface Setting {
  readonly key: string;
  readonly value: ConfigInput;
  /** Where, as whoever set it would look for it: `--node-id`, `--set node.id`, `MILLRACE_NODE_ID`, `node.yaml: node.id`. */
  readonly from: string;
}
