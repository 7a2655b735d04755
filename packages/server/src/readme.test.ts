import { fileURLToPath } from "node:url";
import { runReadmeExamples } from "@millrace/runtime/testing";
import { describe } from "vitest";

const folder = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

describe("@millrace/server", () => runReadmeExamples(folder("..")));
// Here and not there, since its example needs a broker, and the client must not know the server.
describe("@millrace/client", () => runReadmeExamples(folder("../../client")));
