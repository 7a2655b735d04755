import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { configurationPage } from "./configuration-page.ts";

test("docs/configuration.md says what the tables say", async () => {
  const page = fileURLToPath(new URL("../../../../docs/configuration.md", import.meta.url));
  await expect(configurationPage()).toMatchFileSnapshot(page);
});
