interface Group {
  open: number;
  readonly over: PromiseWithResolvers<void>;
}

const newGroup = (): Group => ({ open: 0, over: Promise.withResolvers() });

/** Which sends a flush has to wait for: those that began before it, at no cost for each of them. */
export class SendGroups {
  #current = newGroup();
  /** Of groups before the current one. */
  #earlier: Promise<void> = Promise.resolve();

  /** A send begins. The returned function is called once, when it is settled. */
  enter(): () => void {
    const group = this.#current;
    group.open += 1;
    return () => {
      group.open -= 1;
      if (group.open === 0 && group !== this.#current) group.over.resolve();
    };
  }

  /** Resolves when every send that began before this call is settled. */
  settled(): Promise<void> {
    const group = this.#current;
    this.#current = newGroup();
    if (group.open === 0) group.over.resolve();
    this.#earlier = Promise.all([this.#earlier, group.over.promise]).then(() => {});
    return this.#earlier;
  }
}
