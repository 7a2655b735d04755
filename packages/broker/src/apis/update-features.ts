// UpdateFeatures, versions 0-2. KIP-584, KIP-778 (1: upgrade types, dry runs), KIP-1022 (2: one answer for all of them).
import { updateFeaturesApi } from "@millrace/kafka-protocol/messages/update-features";
import { FeatureUpdate_UpgradeType as UpgradeType } from "@millrace/proto/admin";
import { errorTable } from "@millrace/runtime";
import { updateFeatures as updateInCluster } from "../core/admin/update-features.ts";
import { defineApi } from "./kafka-api.ts";

const done = { errorCode: errorTable.NONE.code, errorMessage: null };

export const updateFeatures = defineApi({
  api: updateFeaturesApi,
  versions: { min: 0, max: 2 },
  async handle({ featureUpdates, validateOnly, timeoutMs }, context, broker) {
    const updates = featureUpdates.map(({ feature, maxVersionLevel, upgradeType, allowDowngrade }) => ({
      name: feature,
      level: maxVersionLevel,
      // Kafka's numbers; one that is none is the controller's to refuse.
      upgradeType: allowDowngrade ? UpgradeType.SAFE_DOWNGRADE : (upgradeType as UpgradeType),
    }));
    await updateInCluster(broker, context, updates, { validateOnly, timeoutMs });
    // Read by versions 0 and 1 only.
    const results = featureUpdates.map(({ feature }) => ({ feature, ...done }));
    return { throttleTimeMs: 0, ...done, results };
  },
  refuse: (_request, { code, detail }) => ({ throttleTimeMs: 0, errorCode: code, errorMessage: detail }),
});
