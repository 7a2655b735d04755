import { fileURLToPath } from "node:url";
import { runReadmeExamples } from "@millrace/runtime/testing";

runReadmeExamples(fileURLToPath(new URL("..", import.meta.url)));
