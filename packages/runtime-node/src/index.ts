export { NodeDisk } from "./disk/node-disk.ts";
