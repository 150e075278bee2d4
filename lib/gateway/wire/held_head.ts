import type { StreamEvent } from "../event_stream.ts";
import type { Block, Head } from "./wire.ts";

/**
 * The head of an answer that is held back until the answer begins, so that the
 * client receives one head: that of the account that answers.
 */
export class HeldHead implements Head {
  readonly #passes: (event: StreamEvent) => boolean;
  #held: Uint8Array[] = [];
  #heldLength = 0;

  /** Creates a head; events that `passes` accepts are never held back. */
  constructor(passes: (event: StreamEvent) => boolean = () => false) {
    this.#passes = passes;
  }

  /** How many bytes are held back. */
  get heldLength(): number {
    return this.#heldLength;
  }

  /** Returns the bytes to pass on for a block. */
  pass({ bytes, event, isOpening }: Block): Uint8Array[] {
    if (!isOpening) return [...this.takeHeld(), bytes];
    if (!event || this.#passes(event)) return [bytes];
    this.#held.push(bytes);
    this.#heldLength += bytes.length;
    return [];
  }

  /** Drops the head of an account that has failed. */
  restart(): boolean {
    this.takeHeld();
    return false;
  }

  /** Removes and returns the bytes that are held back. */
  takeHeld(): Uint8Array[] {
    const held = this.#held;
    this.#held = [];
    this.#heldLength = 0;
    return held;
  }
}
