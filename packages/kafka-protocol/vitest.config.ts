import { mergeConfig } from "vitest/config";
import base from "../../vitest.config.ts";

// The generator's tests run too, which are outside `src` because the package does not ship them.
export default mergeConfig(base, { test: { include: ["generator/**/*.test.ts"] } });
