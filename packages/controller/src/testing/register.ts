import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type BrokerSessionRequest_Register as Register,
  BrokerSessionRequest_RegisterSchema as RegisterSchema,
} from "@millrace/proto/controller";
import { decideBrokerHeartbeat } from "../decisions/broker-heartbeat.ts";
import { decideRegisterBroker } from "../decisions/register-broker.ts";
import { supportedFeatures } from "../features.ts";
import type { MetadataRun } from "./metadata-run.ts";

export function registerMessage(
  brokerId: number,
  more: MessageInitShape<typeof RegisterSchema> = {},
): Register {
  return create(RegisterSchema, {
    brokerId,
    clusterId: "test",
    directoryId: new Uint8Array(16).fill(brokerId + 1),
    incarnationId: new Uint8Array(16).fill(brokerId + 1),
    listeners: [{ name: "PLAINTEXT", securityProtocol: "PLAINTEXT", host: "h", port: 9092 }],
    grpcHost: "h",
    grpcPort: 9094,
    supportedFeatures: [...supportedFeatures],
    ...more,
  });
}

/** Registers brokers and takes them into service. */
export function startBrokers(
  run: MetadataRun,
  ...brokers: readonly (number | { id: number; rack: string })[]
): void {
  for (const broker of brokers) {
    const { id, ...more } = typeof broker === "number" ? { id: broker } : broker;
    run.decide((state, env) =>
      decideRegisterBroker(
        state,
        { register: registerMessage(id, more), clusterId: "test", hasLiveSession: false, isConnected: false },
        env,
      ),
    );
    heartbeat(run, id);
  }
}

export function heartbeat(
  run: MetadataRun,
  brokerId: number,
  more: Partial<Parameters<typeof decideBrokerHeartbeat>[1]> = {},
): ReturnType<typeof run.decide> {
  const brokerEpoch = run.state.brokers.get(brokerId)?.epoch ?? -1;
  return run.decide((state) =>
    decideBrokerHeartbeat(state, {
      brokerId,
      brokerEpoch,
      appliedOffset: run.batches.length,
      wantFence: false,
      wantShutdown: false,
      successorsReady: false,
      leadersSettled: true,
      ...more,
    }),
  );
}
