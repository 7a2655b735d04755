import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { AdminService } from "@millrace/proto/admin";
import { ServerReflection } from "@millrace/proto/reflection/v1";
import { ServerReflection as ServerReflectionV1Alpha } from "@millrace/proto/reflection/v1alpha";
import { type Peer, type ServiceHandlers, ServiceTable } from "@millrace/runtime";
import { describe, expect, onTestFinished, test } from "vitest";
import { GrpcChannel } from "../client/grpc-channel.ts";
import { GrpcServer } from "../server/grpc-server.ts";
import { addReflection } from "./add-reflection.ts";
import type { ReflectionQuestion } from "./reflection-index.ts";

const peer: Peer = { kind: "client", clientId: "grpcurl", address: "" };

async function open() {
  const services = new ServiceTable();
  addReflection(services);
  services.add(AdminService, {} as ServiceHandlers<typeof AdminService>);
  const server = await GrpcServer.listen({ port: 0, services });
  const channel = new GrpcChannel({ host: server.host, port: server.port, peer });
  onTestFinished(() => server.close());
  onTestFinished(() => channel.close());
  return channel;
}

async function* asked(...questions: readonly ReflectionQuestion[]) {
  for (const messageRequest of questions) yield { host: "h", messageRequest };
}

describe.each([
  ["v1", ServerReflection],
  ["v1alpha", ServerReflectionV1Alpha],
] as const)("reflection %s", (_version, reflection) => {
  async function ask(...questions: readonly ReflectionQuestion[]) {
    const service = (await open()).client(reflection as typeof ServerReflection);
    const answers = [];
    for await (const answer of service.serverReflectionInfo(asked(...questions))) answers.push(answer);
    return answers;
  }

  test("lists what is served, itself included", async () => {
    const [answer] = await ask({ case: "listServices", value: "" });
    expect(answer).toMatchObject({
      validHost: "h",
      originalRequest: { messageRequest: { case: "listServices" } },
      messageResponse: {
        case: "listServicesResponse",
        value: {
          service: [
            { name: "grpc.reflection.v1.ServerReflection" },
            { name: "grpc.reflection.v1alpha.ServerReflection" },
            { name: "millrace.admin.v1.AdminService" },
          ],
        },
      },
    });
  });

  test.each([
    { case: "fileContainingSymbol", value: "millrace.admin.v1.AdminService" },
    { case: "fileContainingSymbol", value: "millrace.admin.v1.AdminService.CreateTopics" },
    { case: "fileContainingSymbol", value: "millrace.admin.v1.NewTopic.configs" },
    { case: "fileByFilename", value: "millrace/admin/v1/admin.proto" },
  ] as const)("describes $value with all that it imports", async (question) => {
    const [answer] = await ask(question);
    const response = answer?.messageResponse;
    if (response?.case !== "fileDescriptorResponse") throw new Error("no files");
    const file = response.value.fileDescriptorProto.map(
      (encoded): FileDescriptorProto => fromBinary(FileDescriptorProtoSchema, encoded),
    );
    // The file asked for comes first; a registry wants what is imported before what imports it.
    file.reverse();
    const registry = createFileRegistry({ $typeName: FileDescriptorSetSchema.typeName, file });
    const service = registry.getService("millrace.admin.v1.AdminService");
    expect(service?.method.createTopics?.input.typeName).toBe("millrace.admin.v1.CreateTopicsRequest");
  });

  test("says what it does not know, and goes on", async () => {
    const answers = await ask(
      { case: "fileContainingSymbol", value: "no.such.Symbol" },
      { case: "fileByFilename", value: "../etc/passwd" },
      { case: "fileContainingExtension", value: { containingType: "a.B", extensionNumber: 1 } },
      { case: "allExtensionNumbersOfType", value: "a.B" },
      { case: undefined },
      { case: "allExtensionNumbersOfType", value: "millrace.admin.v1.NewTopic" },
    );
    const responses = answers.map(({ messageResponse }) => messageResponse);
    const codes = responses.map((response) => response.case === "errorResponse" && response.value.errorCode);
    expect(codes).toEqual([5, 5, 5, 5, 3, false]);
    expect(responses[5]).toMatchObject({ value: { extensionNumber: [] } });
  });
});
