import type { DescMethodUnary, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { create, type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import { credentials, Client as GrpcClient } from "@grpc/grpc-js";

/** One unary call to a node's gRPC port, as any client in any language makes it. */
export async function grpcCall<I extends DescMessage, O extends DescMessage>(
  address: string,
  method: DescMethodUnary<I, O>,
  request: MessageInitShape<I>,
): Promise<MessageShape<O>> {
  const client = new GrpcClient(address, credentials.createInsecure());
  try {
    return await new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        `/${method.parent.typeName}/${method.name}`,
        (message: MessageShape<I>) => Buffer.from(toBinary(method.input, message)),
        (bytes: Buffer) => fromBinary(method.output, bytes),
        create(method.input, request),
        (error, response) => (error === null ? resolve(response!) : reject(error)),
      );
    });
  } finally {
    client.close();
  }
}
