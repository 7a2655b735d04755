import type { ConfigMap, SessionTiming } from "@millrace/controller";
import { ApiError } from "@millrace/runtime";
import { staticNumber } from "./static-configs.ts";

const TIMEOUT = "broker.session.timeout.ms";
const INTERVAL = "broker.heartbeat.interval.ms";

/**
 * How the controller of this node watches its brokers. Throws INVALID_CONFIG when a live broker would lose its session
 * between two heartbeats: Kafka takes such values, and its brokers never stay unfenced.
 */
export function sessionTiming(configs: ConfigMap): SessionTiming {
  const sessionTimeoutMs = staticNumber(configs, TIMEOUT);
  const heartbeatIntervalMs = staticNumber(configs, INTERVAL);
  if (heartbeatIntervalMs < 1) {
    throw new ApiError("INVALID_CONFIG", {
      detail: `${INTERVAL} (${heartbeatIntervalMs}) must be at least 1`,
    });
  }
  if (sessionTimeoutMs <= heartbeatIntervalMs) {
    const detail = `${TIMEOUT} (${sessionTimeoutMs}) must be greater than ${INTERVAL} (${heartbeatIntervalMs})`;
    throw new ApiError("INVALID_CONFIG", { detail });
  }
  return { sessionTimeoutMs, heartbeatIntervalMs };
}
