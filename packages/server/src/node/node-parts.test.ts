import { expect, test } from "vitest";
import { NodeParts } from "./node-parts.ts";

function part(name: string, closed: string[]) {
  return {
    close: async () => {
      closed.push(name);
    },
  };
}

test("parts close in the opposite order, once", async () => {
  const closed: string[] = [];
  const parts = new NodeParts();
  await parts.add(Promise.resolve(part("disk", closed)));
  await parts.addTogether(
    Promise.resolve(part("broker", closed)),
    Promise.resolve(undefined),
    Promise.resolve(part("grpc", closed)),
  );
  parts.defer(() => void closed.push("health"));
  await Promise.all([parts.close(), parts.close()]);
  expect(closed).toEqual(["health", "broker", "grpc", "disk"]);
});

test("a part that opens after the close is closed at once", async () => {
  const closed: string[] = [];
  const parts = new NodeParts();
  const opening = Promise.withResolvers<ReturnType<typeof part>>();
  const added = parts.add(opening.promise);
  await parts.close();
  opening.resolve(part("late", closed));
  await expect(added).rejects.toMatchObject({ id: "BROKER_NOT_AVAILABLE" });
  expect(closed).toEqual(["late"]);
});

test("of those that open side by side, the ones that did are closed when another fails", async () => {
  const closed: string[] = [];
  const parts = new NodeParts();
  const failing = Promise.reject(new Error("port in use"));
  await expect(parts.addTogether(failing, Promise.resolve(part("grpc", closed)))).rejects.toThrow(
    "port in use",
  );
  await parts.close();
  expect(closed).toEqual(["grpc"]);
});

test("the others close although one does not close in order", async () => {
  const closed: string[] = [];
  const parts = new NodeParts();
  await parts.add(Promise.resolve(part("disk", closed)));
  await parts.add(Promise.resolve({ close: () => Promise.reject(new Error("stuck")) }));
  await expect(parts.close()).rejects.toThrow("stuck");
  expect(closed).toEqual(["disk"]);
});
