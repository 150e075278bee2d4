import { parseRecord, recordOf } from "../../json.ts";
import type { StreamEvent } from "../event_stream.ts";
import { isEmpty } from "./typed_events.ts";
import type { Block, Head } from "./wire.ts";

/** The members that all chunks of an answer share. */
const SHARED = ["id", "model", "created"];

/**
 * The head of an answer that a client has received in part. Another reply can
 * continue it, so that the client gets one answer with one id and one role.
 */
export class ChatHead implements Head {
  readonly #shared: Record<string, unknown> = {};
  readonly #roles = new Set<unknown>();
  /** Whether the client has received a chunk. */
  #isBegun = false;
  /** Whether the chunks are from another account than the head. */
  #continues = false;

  /** Nothing is held back. */
  readonly heldLength = 0;

  /** Returns the bytes to pass on for a block. */
  pass({ bytes, event, isOpening }: Block): Uint8Array[] {
    const passed = event && this.#continues
      ? this.#continuedBy(bytes, event)
      : bytes;
    if (event && isOpening) this.#note(event);
    return passed ? [passed] : [];
  }

  /** Continues the answer, if the client has received a chunk of it. */
  restart(): boolean {
    return this.#continues = this.#isBegun;
  }

  /** Returns nothing. */
  takeHeld(): Uint8Array[] {
    return [];
  }

  /** Records an event that was sent to the client. */
  #note({ data }: StreamEvent): void {
    const chunk = parseRecord(data);
    if (!Array.isArray(chunk.choices)) return;
    this.#isBegun = true;
    for (const name of SHARED) this.#shared[name] ??= chunk[name];
    for (const it of chunk.choices) {
      const { index = 0, delta } = recordOf(it);
      if (recordOf(delta).role) this.#roles.add(index);
    }
  }

  /**
   * Returns `block`, which contains `event`, as part of this answer;
   * `undefined` if it only opens an answer that is already open.
   */
  #continuedBy(block: Uint8Array, event: StreamEvent): Uint8Array | undefined {
    const chunk = parseRecord(event.data);
    if (!Array.isArray(chunk.choices)) return block;
    let opensAgain = false;
    const choices = chunk.choices.map((it) => {
      const { delta, ...choice } = recordOf(it);
      const { role, ...parts } = recordOf(delta);
      if (!role || !this.#roles.has(choice.index ?? 0)) return it;
      opensAgain = true;
      return { ...choice, delta: parts };
    });
    const shared = SHARED.filter((it) => this.#shared[it] !== undefined)
      .map((it) => [it, this.#shared[it]]);
    const data = JSON.stringify({
      ...chunk,
      ...Object.fromEntries(shared),
      choices,
    });
    if (opensAgain && !chunk.usage && !hasContent(data)) return undefined;
    return withData(block, data);
  }
}

/** Returns `block` with other data; its other fields stay the same. */
function withData(block: Uint8Array, data: string): Uint8Array {
  const lines = new TextDecoder().decode(block).split(/\r\n|\r|\n/)
    .filter((it) => it !== "" && !/^data(?::|$)/.test(it));
  const text = [...lines, `data: ${data}`].join("\n");
  return new TextEncoder().encode(`${text}\n\n`);
}

/**
 * Whether an event with `data` contains part of an answer. Chunks that only
 * open an answer do not: they have no choices, or deltas that are empty except
 * for the role. Anything that is not a chat chunk counts as an answer.
 */
export function hasContent(data: string): boolean {
  const { choices } = parseRecord(data);
  return !Array.isArray(choices) || choices.some((it) => isContent(it));
}

function isContent(choice: unknown): boolean {
  const { delta, finish_reason } = recordOf(choice);
  if (typeof delta !== "object" || delta === null) return true;
  const { role: _, ...parts } = recordOf(delta);
  return [finish_reason, ...Object.values(parts)].some((it) => !isEmpty(it));
}
