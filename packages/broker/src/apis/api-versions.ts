// ApiVersions, versions 0-4. KIP-35, KIP-511 (3: client software), KIP-584 (3: features).
import { kraftVersion } from "@millrace/controller";
import { apiVersionsApi } from "@millrace/kafka-protocol/messages/api-versions";
import { errorTable } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import { defineApi, type EncodeResponse } from "./kafka-api.ts";
import type { ServedApi } from "./served-api.ts";

/** KIP-511: what a client may call itself. */
const SOFTWARE_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

export const apiVersions = defineApi({
  api: apiVersionsApi,
  versions: { min: 0, max: 4 },
  handle(request, context, broker) {
    const { clientSoftwareName: name, clientSoftwareVersion: version } = request;
    if (context.apiVersion >= 3) {
      if (!SOFTWARE_NAME.test(name) || !SOFTWARE_NAME.test(version)) {
        return { errorCode: errorTable.INVALID_REQUEST.code, apiKeys: [] };
      }
      context.connection.software = { name, version };
    }
    return {
      errorCode: errorTable.NONE.code,
      apiKeys: broker.apis.map(advertised),
      supportedFeatures: supportedFeatures(broker, context.apiVersion),
      finalizedFeaturesEpoch: broker.metadata.image.finalizedFeatures.epoch,
      finalizedFeatures: finalizedFeatures(broker),
    };
  },
});

/**
 * The answer to a version that is not served, always in version 0: our range, so that the client can ask again
 * (KIP-511).
 */
export function unsupportedApiVersions(api: ServedApi): EncodeResponse {
  return (writer) =>
    apiVersionsApi.response.encode(
      writer,
      { errorCode: errorTable.UNSUPPORTED_VERSION.code, apiKeys: [advertised(api)] },
      0,
    );
}

function advertised({ key, versions }: ServedApi) {
  return { apiKey: key, minVersion: versions.advertisedMin ?? versions.min, maxVersion: versions.max };
}

/** Readers of versions 0-3 fail on a minimum of 0, so such features are left out for them (KAFKA-17011). */
function supportedFeatures(broker: Broker, apiVersion: number) {
  return [...broker.supportedFeatures, kraftVersion]
    .filter(({ levelMin }) => apiVersion >= 4 || levelMin > 0)
    .map(({ name, levelMin, levelMax }) => ({ name, minVersion: levelMin, maxVersion: levelMax }));
}

function finalizedFeatures(broker: Broker) {
  const { levels } = broker.metadata.image.finalizedFeatures;
  return [...levels, [kraftVersion.name, kraftVersion.levelMax] as const].map(([name, level]) => ({
    name,
    minVersionLevel: level,
    maxVersionLevel: level,
  }));
}
