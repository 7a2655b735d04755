export { AmbientUse, trapAmbient } from "./world/ambient-traps.ts";
