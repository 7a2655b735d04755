import { brokerConfigValue, type ConfigView, type MetadataImage } from "@millrace/controller";
import type { BrokerMetadata } from "./broker-metadata.ts";

interface Values {
  readonly fetchBytesMax: number;
  readonly autoCreateTopics: boolean;
}

/** Broker configs that requests look at, parsed once an image. */
export class BrokerSettings {
  readonly #metadata: BrokerMetadata;
  readonly #view: ConfigView;
  #image: MetadataImage | undefined;
  #values: Values | undefined;

  constructor(metadata: BrokerMetadata, view: ConfigView) {
    this.#metadata = metadata;
    this.#view = view;
  }

  get current(): Values {
    const { image } = this.#metadata;
    if (this.#values === undefined || this.#image !== image) {
      this.#image = image;
      this.#values = {
        fetchBytesMax: brokerConfigValue(image, this.#view, "fetch.max.bytes"),
        autoCreateTopics: brokerConfigValue(image, this.#view, "auto.create.topics.enable"),
      };
    }
    return this.#values;
  }
}
