import { apiVersions } from "./api-versions.ts";
import { fetch } from "./fetch.ts";
import { findCoordinator } from "./find-coordinator.ts";
import type { KafkaApi } from "./kafka-api.ts";
import { metadata } from "./metadata.ts";
import { produce } from "./produce.ts";

/** Every API that a broker listener serves: what ApiVersions lists, and nothing else. One line a file. */
export const servedApis: readonly KafkaApi[] = [produce, fetch, metadata, findCoordinator, apiVersions];

/** Finds APIs by the key in a request's header. */
export class ApiRegistry {
  readonly #byKey: (KafkaApi | undefined)[] = [];
  readonly all: readonly KafkaApi[];

  constructor(apis: readonly KafkaApi[]) {
    this.all = [...apis].sort((a, b) => a.key - b.key);
    for (const api of apis) this.#byKey[api.key] = api;
  }

  get(key: number): KafkaApi | undefined {
    return this.#byKey[key];
  }
}
