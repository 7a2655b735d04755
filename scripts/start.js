// `npm start`: a combined node. Arguments go to `millrace start`.
import { runMillrace } from "./run-millrace.js";

await runMillrace("start");
