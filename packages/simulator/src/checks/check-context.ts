import type { Ledger } from "../ledger/ledger.ts";
import type { Violate } from "./raft-observer.ts";

export interface CheckContext {
  readonly ledger: Ledger;
  readonly violate: Violate;
}
