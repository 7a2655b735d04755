import type { DirectoryEntry } from "./disk.ts";
import { DiskError } from "./disk-error.ts";
import { splitDiskPath } from "./disk-path.ts";

export class DirectoryNode<F> {
  readonly entries = new Map<string, F | DirectoryNode<F>>();
}

/** One entry of one directory set, or removed when `node` is undefined. */
export interface EntryChange<F> {
  readonly directory: DirectoryNode<F>;
  readonly name: string;
  readonly node: F | DirectoryNode<F> | undefined;
}

/** A directory tree in memory, with the rules of POSIX. `F` is what stands for a file, and is not looked into. */
export class FileTree<F extends object> {
  readonly root: DirectoryNode<F>;
  /** Sees every change before it is made; the changes of one call belong together (a rename). */
  readonly #onChange: (changes: readonly EntryChange<F>[]) => void;

  constructor(
    root = new DirectoryNode<F>(),
    onChange: (changes: readonly EntryChange<F>[]) => void = () => {},
  ) {
    this.root = root;
    this.#onChange = onChange;
  }

  find(path: string): F | DirectoryNode<F> | undefined {
    let node: F | DirectoryNode<F> | undefined = this.root;
    for (const name of splitDiskPath(path)) {
      if (!(node instanceof DirectoryNode)) return undefined;
      node = node.entries.get(name);
    }
    return node;
  }

  file(path: string): F | undefined {
    const node = this.find(path);
    if (node instanceof DirectoryNode) throw new DiskError("IO", path, "is a directory");
    return node;
  }

  setFile(path: string, file: F): void {
    this.#change([{ ...this.#place(path), node: file }]);
  }

  /** With those above it that are missing. */
  makeDirectory(path: string): void {
    let directory = this.root;
    for (const name of splitDiskPath(path)) {
      let node = directory.entries.get(name);
      if (node === undefined) {
        node = new DirectoryNode<F>();
        this.#change([{ directory, name, node }]);
      }
      if (!(node instanceof DirectoryNode)) throw new DiskError("EXISTS", path, "a file is in the way");
      directory = node;
    }
  }

  list(path: string): readonly DirectoryEntry[] {
    const node = this.find(path);
    if (!(node instanceof DirectoryNode)) return [];
    const entries = [...node.entries].map(([name, entry]): DirectoryEntry => {
      return { name, kind: entry instanceof DirectoryNode ? "directory" : "file" };
    });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  rename(from: string, to: string): void {
    const node = this.find(from);
    if (node === undefined) throw new DiskError("NOT_FOUND", from, "no such file or directory");
    const [source, target] = [this.#place(from), this.#place(to)];
    const replaced = target.directory.entries.get(target.name);
    if (replaced === node) return;
    if (
      replaced instanceof DirectoryNode &&
      (replaced.entries.size > 0 || !(node instanceof DirectoryNode))
    ) {
      throw new DiskError("EXISTS", to, "a directory is in the way");
    }
    if (replaced !== undefined && !(replaced instanceof DirectoryNode) && node instanceof DirectoryNode) {
      throw new DiskError("EXISTS", to, "a file is in the way");
    }
    if (`${to}/`.startsWith(`${from}/`)) throw new DiskError("IO", to, "a directory cannot move into itself");
    this.#change([
      { ...source, node: undefined },
      { ...target, node },
    ]);
  }

  remove(path: string): void {
    if (this.find(path) !== undefined) this.#change([{ ...this.#place(path), node: undefined }]);
  }

  #place(path: string): { readonly directory: DirectoryNode<F>; readonly name: string } {
    const parts = splitDiskPath(path);
    const name = parts.at(-1);
    if (name === undefined) throw new DiskError("DENIED", path, "the data directory itself stays as it is");
    const directory = this.find(parts.slice(0, -1).join("/"));
    if (!(directory instanceof DirectoryNode)) throw new DiskError("NOT_FOUND", path, "no such directory");
    return { directory, name };
  }

  #change(changes: readonly EntryChange<F>[]): void {
    this.#onChange(changes);
    applyChanges(changes, (directory) => directory.entries);
  }
}

/** Makes `changes` in the entries that `entriesOf` gives for each directory. */
export function applyChanges<F>(
  changes: readonly EntryChange<F>[],
  entriesOf: (directory: DirectoryNode<F>) => Map<string, F | DirectoryNode<F>>,
): void {
  for (const { directory, name, node } of changes) {
    if (node === undefined) entriesOf(directory).delete(name);
    else entriesOf(directory).set(name, node);
  }
}
