import { DirectoryNode } from "./file-tree.ts";

interface Unlinkable {
  unlink(): void;
}

/** No path leads any more to what was found under one, files below it included. */
export function unlinkAll(node: Unlinkable | DirectoryNode<Unlinkable> | undefined): void {
  if (node instanceof DirectoryNode) for (const entry of node.entries.values()) unlinkAll(entry);
  else node?.unlink();
}
