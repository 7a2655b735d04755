import type { FeatureUpdate, UpdateFeaturesRequest } from "@millrace/proto/admin";
import { FeatureUpdate_UpgradeType as UpgradeType } from "@millrace/proto/admin";
import type { MetadataRecord } from "@millrace/proto/metadata";
import { refuse } from "@millrace/replicated-state";
import { isServed, kraftVersion } from "../features.ts";
import type { MetadataState, SupportedFeature } from "../image/metadata-state.ts";
import { metadataRecord } from "../image/records.ts";
import type { MetadataDecision } from "./metadata-decision.ts";

/** A node, as its refusal names it, and the levels that it serves. */
export interface FeatureSupport {
  readonly who: string;
  readonly features: readonly SupportedFeature[];
}

/** Why these never go back, not even unsafely. */
const noWayBack: ReadonlyMap<string, string> = new Map([
  ["metadata.version", "What the metadata has since then would be lost."],
  [
    "millrace.metadata.version",
    "The metadata log may have records that nodes of the lower level cannot read, and would be lost to them.",
  ],
  [kraftVersion.name, "Voters can always be changed here."],
]);

/**
 * Finalizes levels (KIP-584, KIP-778, KIP-1022): all that are asked for, or none with INVALID_UPDATE_VERSION. Codes and
 * texts are those of Kafka 4.3. A level has to be served by all `controllers`, and by all registered brokers, in service
 * or not.
 */
export function decideUpdateFeatures(
  state: Pick<MetadataState, "features" | "brokers">,
  { updates, validateOnly }: Pick<UpdateFeaturesRequest, "updates" | "validateOnly">,
  controllers: readonly FeatureSupport[],
): MetadataDecision<void> {
  const records: MetadataRecord[] = [];
  // Of two that name one feature the last counts, as in Kafka.
  for (const update of new Map(updates.map((one) => [one.name, one])).values()) {
    const { name, level } = update;
    const current = finalizedLevel(state, name);
    const problem = problemOf(update, current, supportersOf(name, state, controllers));
    if (problem !== undefined) {
      return refuse(
        "INVALID_UPDATE_VERSION",
        `The update failed for all features since the following feature had an error: ${problem}`,
      );
    }
    if (level !== current) records.push(metadataRecord({ case: "featureLevel", value: { name, level } }));
  }
  return { records: validateOnly ? [] : records, response: undefined };
}

function finalizedLevel({ features }: Pick<MetadataState, "features">, name: string): number {
  return name === kraftVersion.name ? kraftVersion.levelMax : (features.get(name) ?? 0);
}

/** Whether voters may change does not concern brokers. */
function supportersOf(
  name: string,
  { brokers }: Pick<MetadataState, "brokers">,
  controllers: readonly FeatureSupport[],
): readonly FeatureSupport[] {
  if (name === kraftVersion.name) return controllers;
  const registered = Array.from(brokers.values(), ({ id, supportedFeatures }) => ({
    who: `Broker ${id}`,
    features: supportedFeatures,
  }));
  return [...controllers, ...registered];
}

function problemOf(
  { name, level, upgradeType }: FeatureUpdate,
  current: number,
  supporters: readonly FeatureSupport[],
): string | undefined {
  const invalid = (why: string): string => `Invalid update version ${level} for feature ${name}. ${why}`;
  const isDowngrade =
    upgradeType === UpgradeType.SAFE_DOWNGRADE || upgradeType === UpgradeType.UNSAFE_DOWNGRADE;
  if (upgradeType !== UpgradeType.UPGRADE && !isDowngrade) {
    return invalid("The controller does not support the given upgrade type.");
  }
  if (level < 0) return invalid("A feature version cannot be less than 0.");
  for (const supporter of supporters) {
    const why = reasonNotSupported(supporter, name, level);
    if (why !== undefined) return invalid(why);
  }
  const isKnown = supporters.some(({ features }) => features.some((feature) => feature.name === name));
  if (!isKnown) return invalid(`Feature ${name} not found.`);
  if (level > current && isDowngrade) return invalid("Can't downgrade to a newer version.");
  if (level >= current) return undefined;
  if (!isDowngrade) {
    return invalid(
      "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.",
    );
  }
  const why = noWayBack.get(name);
  return why && `Unsupported ${name} downgrade from ${current} to ${level}. ${why}`;
}

/** Who does not know a feature can do without it, and so serves its level 0. */
function reasonNotSupported(
  { who, features }: FeatureSupport,
  name: string,
  level: number,
): string | undefined {
  const served = features.find((feature) => feature.name === name) ?? { name, levelMin: 0, levelMax: 0 };
  if (isServed(served, level)) return undefined;
  const { levelMin, levelMax } = served;
  return levelMax === 0
    ? `${who} does not support this feature.`
    : `${who} only supports versions ${levelMin}-${levelMax}`;
}
