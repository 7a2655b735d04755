import { join } from "node:path";
import { runReadmeExamples } from "@millrace/runtime/testing";

runReadmeExamples(join(import.meta.dirname, ".."));
