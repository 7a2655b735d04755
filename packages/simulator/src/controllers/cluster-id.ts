export const clusterId = "simulated-cluster";
