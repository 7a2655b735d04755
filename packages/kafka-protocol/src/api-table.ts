import { ApiKey, apis } from "./generated/api-keys.ts";
import type { ApiDescription } from "./message-codec.ts";

const byKey: (ApiDescription | undefined)[] = [];
for (const api of apis) byKey[api.key] = api;

/** Undefined for a key that no API has. */
export function apiByKey(key: number): ApiDescription | undefined {
  return byKey[key];
}

/**
 * Version of the header in front of a request: 2 (with tagged fields) when the request is flexible, else 1.
 * Also right for versions beyond those that are known, as every later one is flexible; 1 for unknown APIs.
 */
export function requestHeaderVersion(apiKey: number, apiVersion: number): 1 | 2 {
  return isFlexible(apiKey, apiVersion) ? 2 : 1;
}

/**
 * Version of the header in front of a response: 1 (with tagged fields) when the response is flexible, else 0.
 * Always 0 for ApiVersions, whose caller does not know yet what the other side speaks (KIP-511).
 */
export function responseHeaderVersion(apiKey: number, apiVersion: number): 0 | 1 {
  return apiKey !== ApiKey.ApiVersions && isFlexible(apiKey, apiVersion) ? 1 : 0;
}

function isFlexible(apiKey: number, apiVersion: number): boolean {
  const api = byKey[apiKey];
  return api !== undefined && apiVersion >= api.flexibleFrom;
}
