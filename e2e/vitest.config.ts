import { defineConfig } from "vitest/config";

// As for the packages: what a process prints is compared, and nx asks for colours.
delete process.env.FORCE_COLOR;
delete process.env.NO_COLOR;

// What runs here is the built code, in processes of its own, as users get it.
export default defineConfig({
  test: {
    name: "e2e",
    globalSetup: ["src/harness/global-setup.ts"],
    include: ["src/**/*.test.ts"],
    pool: "forks",
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    reporters: ["default", "json"],
    outputFile: { json: "test-results/vitest.json" },
  },
});
