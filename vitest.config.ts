import { basename } from "node:path";
import { defineConfig } from "vitest/config";

// One configuration for every package: nx runs it with the package as root. Tests run the sources
// themselves (the `@millrace/source` condition), never `dist`.
export default defineConfig({
  resolve: { conditions: ["@millrace/source"] },
  ssr: { resolve: { conditions: ["@millrace/source"], externalConditions: ["@millrace/source"] } },
  test: {
    include: ["src/**/*.test.ts"],
    passWithNoTests: true,
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["default", "json"],
    outputFile: { json: "test-results/vitest.json" },
    name: basename(process.cwd()),
  },
});
