import type { ApiError } from "../verdict/api_error.ts";
import {
  addTokens,
  parseSessionLine,
  type SessionEvent,
  type Tokens,
} from "../verdict/session_log.ts";
import { errorCode, runtime } from "../runtime/mod.ts";

/** The size of each read, bytes. */
const PART = 256 * 1024;

/**
 * Follows the log that the agent writes for a session. It is the first to name
 * an error, about 3 s after the request and long before the agent gives up.
 */
export class SessionLog {
  /** The errors since the last answer of the model. */
  errors: ApiError[] = [];
  /** The tokens that the answers used; `undefined` before the first one. */
  tokens: Tokens | undefined;
  /** The tools that were run. */
  readonly tools: string[] = [];
  readonly #findPath: () => Promise<string | undefined>;
  readonly #decoder = new TextDecoder();
  readonly #start: number;
  #path: string | undefined;
  #offset: number;
  #rest = "";

  /**
   * Creates a log. `findPath` finds its file once the agent has created it. In
   * the log of a resumed session, the run begins at byte `start`.
   */
  constructor(findPath: () => Promise<string | undefined>, start = 0) {
    this.#findPath = findPath;
    this.#start = start;
    this.#offset = start;
  }

  /** Whether the agent has written anything in this run. */
  get hasBegun(): boolean {
    return this.#offset > this.#start;
  }

  /** Reads what is new. A log that cannot be read counts as empty. */
  async read(): Promise<void> {
    try {
      this.#path ??= await this.#findPath();
      if (this.#path !== undefined) await this.#readFrom(this.#path);
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
    }
  }

  async #readFrom(path: string): Promise<void> {
    while (true) {
      const part = await runtime.files.readPart(path, this.#offset, PART);
      this.#offset += part.length;
      const text = this.#rest + this.#decoder.decode(part, { stream: true });
      const lines = text.split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) this.#take(parseSessionLine(line));
      if (part.length < PART) return;
    }
  }

  #take(event: SessionEvent | undefined): void {
    if (event?.kind === "error") this.errors.push(event.error);
    if (event?.kind === "answer") {
      this.errors = [];
      this.tokens = addTokens(this.tokens, event.tokens);
    }
    if (event?.kind === "tool") this.tools.push(event.name);
  }
}
