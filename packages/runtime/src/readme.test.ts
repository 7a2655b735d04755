import { fileURLToPath } from "node:url";
import { runReadmeExamples } from "./testing/readme-examples.ts";

runReadmeExamples(fileURLToPath(new URL("..", import.meta.url)));
