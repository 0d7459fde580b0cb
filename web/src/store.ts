// An observable value: changes are merged, listeners run once per task however many changes there were.

export class Store<State extends object> {
  #state: Readonly<State>;
  #notifying = false;
  readonly #listeners = new Set<(state: Readonly<State>) => void>();

  constructor(initial: State) {
    this.#state = initial;
  }

  get state(): Readonly<State> {
    return this.#state;
  }

  update(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    if (this.#notifying) return;
    this.#notifying = true;
    queueMicrotask(() => {
      this.#notifying = false;
      for (const listener of [...this.#listeners]) listener(this.#state);
    });
  }

  /** Calls the listener now and after every change; returns the function that ends it. */
  subscribe(listener: (state: Readonly<State>) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#state);
    return () => this.#listeners.delete(listener);
  }
}
