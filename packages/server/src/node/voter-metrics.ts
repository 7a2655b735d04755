import { defineMetrics, type MetricsRegistry } from "@millrace/runtime";

export const voterMetrics = defineMetrics({
  millrace_controller_voter: {
    kind: "gauge",
    help: "1 on a controller that votes, 0 on one that only follows the quorum.",
    labels: {},
  },
});

export function registerVoterMetrics(registry: MetricsRegistry, isVoter: () => boolean): void {
  const { millrace_controller_voter } = registry.register(voterMetrics);
  registry.onCollect(() => millrace_controller_voter.set(isVoter() ? 1 : 0));
}
