import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type FeatureUpdateSchema,
  FeatureUpdate_UpgradeType as Type,
  UpdateFeaturesRequestSchema,
} from "@millrace/proto/admin";
import { Owner, PersistentMap } from "@millrace/replicated-state";
import { ApiError } from "@millrace/runtime";
import { expect, test } from "vitest";
import { kraftVersion, supportedFeatures } from "../features.ts";
import type { SupportedFeature } from "../image/metadata-state.ts";
import { metadataRecord } from "../image/records.ts";
import { MetadataRun } from "../testing/metadata-run.ts";
import { registerMessage, startBrokers } from "../testing/register.ts";
import { decideRegisterBroker } from "./register-broker.ts";
import { decideUpdateFeatures, type FeatureSupport } from "./update-features.ts";

type Update = MessageInitShape<typeof FeatureUpdateSchema>;

const ours = "millrace.metadata.version";
const preamble = "The update failed for all features since the following feature had an error: ";
/** A feature that can go back and be removed, which none of ours can yet. */
const removable: SupportedFeature = { name: "removable.version", levelMin: 0, levelMax: 2 };
const local: FeatureSupport = {
  who: "Local controller 1",
  features: [...supportedFeatures, kraftVersion, removable],
};

const upgrade = (name: string, level: number): Update => ({ name, level, upgradeType: Type.UPGRADE });
const downgrade = (name: string, level: number): Update => ({
  name,
  level,
  upgradeType: Type.SAFE_DOWNGRADE,
});
const unsafely = (name: string, level: number): Update => ({
  name,
  level,
  upgradeType: Type.UNSAFE_DOWNGRADE,
});

/** A cluster of an earlier version, with a broker of this one. */
function existing(level = 1): MetadataRun {
  const run = new MetadataRun();
  const levels = { "metadata.version": 30, [ours]: level };
  const records = Object.entries(levels).map(([name, of]) =>
    metadataRecord({ case: "featureLevel", value: { name, level: of } }),
  );
  run.decide(() => ({ records, response: undefined }));
  startBrokers(run, 0);
  return run;
}

function update(
  run: MetadataRun,
  updates: Update[],
  {
    validateOnly = false,
    controllers = [local],
  }: { validateOnly?: boolean; controllers?: FeatureSupport[] } = {},
) {
  const request = create(UpdateFeaturesRequestSchema, { updates, validateOnly });
  const outcome = run.decide((state) => decideUpdateFeatures(state, request, controllers));
  return outcome instanceof ApiError ? `${outcome.id}: ${outcome.detail?.replace(preamble, "...")}` : outcome;
}

const levelsOf = (run: MetadataRun) => Object.fromEntries(run.state.features);

/** What is decided at levels that need no replay: those of features that nobody has yet. */
function decided(levels: Record<string, number>, ...updates: Update[]) {
  let features = PersistentMap.empty<string, number>();
  for (const [name, level] of Object.entries(levels)) features = features.set(name, level, new Owner());
  const request = create(UpdateFeaturesRequestSchema, { updates });
  const state = { features, brokers: PersistentMap.empty<number, never>() };
  const decision = decideUpdateFeatures(state, request, [local]);
  return "refusal" in decision ? decision.refusal : decision.records.map(({ record }) => record.value);
}

test("an existing cluster goes to a higher level, and writes what that has", () => {
  const run = existing();
  expect(update(run, [upgrade(ours, 3)])).toBeUndefined();
  expect(levelsOf(run)).toEqual({ "metadata.version": 30, [ours]: 3 });
  expect(run.changes?.features).toBe(true);
});

test("a dry run, a level that there is already, and no update at all write nothing", () => {
  const run = existing();
  const { length } = run.batches;
  expect(update(run, [upgrade(ours, 3)], { validateOnly: true })).toBeUndefined();
  expect(update(run, [upgrade(ours, 1), upgrade("metadata.version", 30)])).toBeUndefined();
  expect(update(run, [downgrade(ours, 1), upgrade("kraft.version", 1)])).toBeUndefined();
  expect(update(run, [])).toBeUndefined();
  expect(run.batches).toHaveLength(length);
});

const not = (level: number, name: string, why: string) =>
  `INVALID_UPDATE_VERSION: ...Invalid update version ${level} for feature ${name}. ${why}`;
const untyped = (upgradeType: Type): Update => ({ name: ours, level: 2, upgradeType });

// The texts of Kafka 4.3.1, but for why there is no way back.
test.each<[string, Update, string]>([
  ["no such level", upgrade(ours, 9), not(9, ours, "Local controller 1 only supports versions 1-3")],
  [
    "no such feature",
    upgrade("nope.version", 1),
    not(1, "nope.version", "Local controller 1 does not support this feature."),
  ],
  [
    "no such feature to remove",
    downgrade("nope.version", 0),
    not(0, "nope.version", "Feature nope.version not found."),
  ],
  ["less than nothing", upgrade(ours, -1), not(-1, ours, "A feature version cannot be less than 0.")],
  [
    "no type",
    untyped(Type.UNSPECIFIED),
    not(2, ours, "The controller does not support the given upgrade type."),
  ],
  [
    "another type",
    untyped(7 as Type),
    not(2, ours, "The controller does not support the given upgrade type."),
  ],
  [
    "down by an upgrade",
    upgrade(ours, 1),
    not(
      1,
      ours,
      "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.",
    ),
  ],
  ["up by a downgrade", downgrade(ours, 3), not(3, ours, "Can't downgrade to a newer version.")],
  [
    "our records back",
    downgrade(ours, 1),
    `INVALID_UPDATE_VERSION: ...Unsupported ${ours} downgrade from 2 to 1. The metadata log may have records that nodes of the lower level cannot read, and would be lost to them.`,
  ],
  [
    "our records back, unsafely",
    unsafely(ours, 1),
    `INVALID_UPDATE_VERSION: ...Unsupported ${ours} downgrade from 2 to 1. The metadata log may have records that nodes of the lower level cannot read, and would be lost to them.`,
  ],
  ["our records removed", unsafely(ours, 0), not(0, ours, "Local controller 1 only supports versions 1-3")],
  [
    "the other level of metadata.version",
    unsafely("metadata.version", 29),
    not(29, "metadata.version", "Local controller 1 only supports versions 30-30"),
  ],
  [
    "voters that stay",
    downgrade("kraft.version", 0),
    "INVALID_UPDATE_VERSION: ...Unsupported kraft.version downgrade from 1 to 0. Voters can always be changed here.",
  ],
])("refused: %s", (_, asked, told) => {
  const run = existing(2);
  expect(update(run, [asked])).toBe(told);
  expect(update(run, [asked], { validateOnly: true })).toBe(told);
  expect(levelsOf(run)).toEqual({ "metadata.version": 30, [ours]: 2 });
});

test("one bad update stops the good ones", () => {
  const run = existing();
  expect(update(run, [upgrade(ours, 3), upgrade("nope.version", 1)])).toContain("nope.version");
  expect(levelsOf(run)).toMatchObject({ [ours]: 1 });
});

test("a broker that does not serve the level is named, in service or not", () => {
  const run = existing();
  for (const [id, levelMax] of [
    [1, 3],
    [2, 2],
  ] as const) {
    const features = supportedFeatures.map((one) => (one.name === ours ? { ...one, levelMax } : one));
    const register = registerMessage(id, { supportedFeatures: features });
    run.decide((state, env) =>
      decideRegisterBroker(
        state,
        { register, clusterId: "test", hasLiveSession: false, isConnected: false },
        env,
      ),
    );
  }
  expect(run.state.brokers.get(2)?.fenced).toBe(true);
  expect(update(run, [upgrade(ours, 3)])).toBe(not(3, ours, "Broker 2 only supports versions 1-2"));
  expect(update(run, [upgrade(ours, 2)])).toBeUndefined();
});

test("a controller that does not serve the level is named", () => {
  const run = existing();
  const other = (who: string, ...features: SupportedFeature[]) => ({ who, features });
  const controllers = [local, other("Controller 2", { name: ours, levelMin: 1, levelMax: 2 })];
  expect(update(run, [upgrade(ours, 3)], { controllers })).toBe(
    not(3, ours, "Controller 2 only supports versions 1-2"),
  );
  expect(update(run, [upgrade(ours, 2)], { controllers: [local, other("Controller 3")] })).toBe(
    not(2, ours, "Controller 3 does not support this feature."),
  );
});

test("level 0 removes a feature, by a downgrade only", () => {
  const { name } = removable;
  expect(decided({ [name]: 2 }, downgrade(name, 0))).toMatchObject([{ name, level: 0 }]);
  expect(decided({ [name]: 2 }, unsafely(name, 1))).toMatchObject([{ name, level: 1 }]);
  expect(decided({ [name]: 2 }, upgrade(name, 0))).toMatchObject({ id: "INVALID_UPDATE_VERSION" });
  expect(decided({}, downgrade(name, 0))).toEqual([]);
});

test("of two updates of one feature the last counts, as in Kafka", () => {
  expect(decided({ [ours]: 1 }, upgrade(ours, 9), upgrade(ours, 2))).toMatchObject([{ level: 2 }]);
});
