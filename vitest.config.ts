import { basename } from "node:path";
import { defineConfig } from "vitest/config";

// nx asks for colours, other environments forbid them; where both are set Node warns. Tests that start a process and read
// what it prints want neither.
delete process.env.FORCE_COLOR;
delete process.env.NO_COLOR;

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
