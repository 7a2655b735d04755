import { createServer } from "node:net";

/** A port of 127.0.0.1 that nobody listened at a moment ago: for what has to be told its port in advance. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("a TCP server has no port");
  return address.port;
}
