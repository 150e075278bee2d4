import { parseRecord, recordOf } from "../verdict/api_error.ts";
import {
  EventStreamParser,
  hasContent,
  type StreamEvent,
} from "./event_stream.ts";

/** The members that all chunks of an answer share. */
const SHARED = ["id", "model", "created"];

/** Returns the event in `block`, if there is one. */
export function eventIn(block: Uint8Array): StreamEvent | undefined {
  const parser = new EventStreamParser();
  return [...parser.push(block), ...parser.end()][0];
}

/**
 * The head of an answer that a client has received in part. Another reply can
 * continue it, so that the client gets one answer with one id and one role.
 */
export class AnswerHead {
  readonly #shared: Record<string, unknown> = {};
  readonly #roles = new Set<unknown>();
  #isBegun = false;

  /** Whether the client has received a chunk. */
  get isBegun(): boolean {
    return this.#isBegun;
  }

  /** Records an event that was sent to the client. */
  note({ data }: StreamEvent): void {
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
  continuedBy(block: Uint8Array, event: StreamEvent): Uint8Array | undefined {
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
