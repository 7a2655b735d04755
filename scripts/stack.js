// `npm run stack`: a cluster of separate processes. Arguments go to `millrace stack`.
import { runMillrace } from "./run-millrace.js";

await runMillrace("stack");
