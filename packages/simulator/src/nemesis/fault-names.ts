/** What can be done to a quorum. Each seed draws some of them. */
export const faultNames = [
  "kill",
  "powerCut",
  "restart",
  "stall",
  "skew",
  "split",
  "isolate",
  "oneWay",
  "storm",
  "slowDisk",
  "fullDisk",
  "brokenDisk",
  "rot",
  "replaceDisk",
  "changeVoters",
  "transfer",
] as const;

export type FaultName = (typeof faultNames)[number];
