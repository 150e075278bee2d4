/** Makes changes one after another, and each only as long as it is due. */
export class Turns {
  #change: Promise<void> | undefined;

  /**
   * Makes `change` when no other one is under way, if it is due then still.
   *
   * @throws What the change throws, or one that was under way before it.
   */
  async take(isDue: () => boolean, change: () => Promise<void>): Promise<void> {
    while (this.#change) await this.#change;
    if (!isDue()) return;
    this.#change = change().finally(() => this.#change = undefined);
    await this.#change;
  }

  /** Waits until no change is under way. */
  async end(): Promise<void> {
    while (this.#change) await this.#change.catch(() => {});
  }
}
