import { type Random, randomBelow } from "../random.ts";
import { applyChanges, DirectoryNode, type EntryChange, FileTree } from "./file-tree.ts";

/** A directory tree that remembers which of its changes a power cut would undo. */
export class SimulatedTree<F extends object> {
  readonly tree: FileTree<F>;
  /** The entries on the platter, by directory. */
  readonly #platter = new WeakMap<DirectoryNode<F>, Map<string, F | DirectoryNode<F>>>();
  /** In the order they were made, which is the order a journal writes them in. */
  #unsynced: (readonly EntryChange<F>[])[] = [];

  constructor(root = new DirectoryNode<F>()) {
    this.tree = new FileTree<F>(root, (changes) => this.#unsynced.push(changes));
    this.#settle(root);
  }

  /** With what it covers, all that was done before it becomes durable: file systems keep one journal. */
  sync(directory: DirectoryNode<F>): void {
    const last = this.#unsynced.findLastIndex((changes) =>
      changes.some((change) => change.directory === directory),
    );
    for (const changes of this.#unsynced.splice(0, last + 1)) this.#apply(changes);
  }

  /** The directories after a power cut: what was synced, and of the rest the first so many changes. */
  afterPowerCut(random: Random, survive: (file: F) => F): SimulatedTree<F> {
    const kept = randomBelow(random, this.#unsynced.length + 1);
    for (const changes of this.#unsynced.splice(0, kept)) this.#apply(changes);
    return new SimulatedTree(this.#copy(this.tree.root, survive));
  }

  #apply(changes: readonly EntryChange<F>[]): void {
    applyChanges(changes, (directory) => this.#entries(directory));
  }

  #copy(directory: DirectoryNode<F>, survive: (file: F) => F): DirectoryNode<F> {
    const copy = new DirectoryNode<F>();
    for (const [name, node] of this.#entries(directory)) {
      copy.entries.set(name, node instanceof DirectoryNode ? this.#copy(node, survive) : survive(node));
    }
    return copy;
  }

  #entries(directory: DirectoryNode<F>): Map<string, F | DirectoryNode<F>> {
    let entries = this.#platter.get(directory);
    if (entries === undefined) {
      entries = new Map();
      this.#platter.set(directory, entries);
    }
    return entries;
  }

  /** Takes all that is there as durable. */
  #settle(directory: DirectoryNode<F>): void {
    this.#platter.set(directory, new Map(directory.entries));
    for (const node of directory.entries.values()) if (node instanceof DirectoryNode) this.#settle(node);
  }
}
