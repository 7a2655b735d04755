import { Owner, PersistentMap } from "@millrace/replicated-state";
import { expect, test } from "vitest";
import { supportedFeatures } from "../features.ts";
import { decideQuorumChangeAsked } from "./quorum-change-asked.ts";

const ours = "millrace.metadata.version";
const levels = supportedFeatures.flatMap(({ name, levelMin, levelMax }) =>
  name === ours ? Array.from({ length: levelMax - levelMin + 1 }, (_, i) => levelMin + i) : [],
);

test.each(levels)("at level %d of our records nothing is written that it does not have", (level) => {
  const features = PersistentMap.empty<string, number>().set(ours, level, new Owner());
  const asked = { case: "moveControllerAsked", value: { nodeId: 3 } } as const;
  const { records } = decideQuorumChangeAsked({ features }, asked);
  expect(records.map(({ record }) => record)).toMatchObject(level >= 3 ? [asked] : []);
});
