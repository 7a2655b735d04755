import { ServerReflection } from "@millrace/proto/reflection/v1";
import { ServerReflection as ServerReflectionV1Alpha } from "@millrace/proto/reflection/v1alpha";
import type { ServiceTable } from "@millrace/runtime";
import type { ReflectionQuestion } from "./reflection-index.ts";

/**
 * grpc.reflection: tools such as grpcurl learn from it what the port offers, services added later included. In
 * both of its packages, which are alike in all but name. The index is loaded and built when somebody first asks.
 */
export function addReflection(services: ServiceTable): void {
  const loadIndex = once(async () => {
    const { ReflectionIndex } = await import("./reflection-index.ts");
    return new ReflectionIndex(services.services.map(({ service }) => service));
  });
  async function* answer<R extends Request>(requests: AsyncIterable<R>) {
    const index = await loadIndex();
    for await (const request of requests) {
      const messageResponse = index.answer(request.messageRequest);
      yield { validHost: request.host, originalRequest: request, messageResponse };
    }
  }
  services.add(ServerReflection, { serverReflectionInfo: (requests) => answer(requests) });
  services.add(ServerReflectionV1Alpha, { serverReflectionInfo: (requests) => answer(requests) });
}

interface Request {
  readonly host: string;
  readonly messageRequest: ReflectionQuestion;
}

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };
}
