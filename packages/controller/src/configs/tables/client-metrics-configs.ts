import { kafkaConfigs } from "../kafka-config.ts";

/** A subscription to metrics that clients push (KIP-714). */
export const clientMetricsConfigs = kafkaConfigs({
  "interval.ms": {
    type: "int",
    default: "300000",
    min: 100,
    max: 3_600_000,
    doc: "How often matching clients push, in milliseconds.",
  },
  match: {
    type: "list",
    default: "",
    doc: "Which clients: name=regular expression pairs that must all match.",
  },
  metrics: { type: "list", default: "", doc: 'Prefixes of metric names; "*" is all, empty is none.' },
});
