/** Runs changes one after another, each only if it is still due. */
export class Changes {
  #change: Promise<void> | undefined;

  /**
   * Runs `change` when no other is pending, if it is still due.
   *
   * @throws The error of this change, or of one that was pending before it.
   */
  async take(isDue: () => boolean, change: () => Promise<void>): Promise<void> {
    while (this.#change) await this.#change;
    if (!isDue()) return;
    this.#change = change().finally(() => this.#change = undefined);
    await this.#change;
  }

  /** Whether a change is pending. */
  get isPending(): boolean {
    return this.#change !== undefined;
  }

  /** Waits until no change is pending. */
  async end(): Promise<void> {
    while (this.#change) await this.#change.catch(() => {});
  }
}
