import type { ApiError } from "../verdict/api_error.ts";
import {
  addTokens,
  parseSessionLine,
  type SessionEvent,
  type Tokens,
} from "../verdict/session_log.ts";
import { errorCode, runtime } from "../runtime/mod.ts";

/** Read at a time, bytes. */
const PART = 256 * 1024;

/**
 * Follows the log that the CLI writes of one session: the first one to name an
 * error, about 3 s after the request and long before the CLI gives up.
 */
export class SessionLog {
  /** The errors since the last answer of the model. */
  errors: ApiError[] = [];
  /** What the answers have cost; `undefined` before the first one. */
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
   * Creates a log that `findPath` finds, once the CLI has begun to write it; of
   * an older session it begins at byte `start`.
   */
  constructor(findPath: () => Promise<string | undefined>, start = 0) {
    this.#findPath = findPath;
    this.#start = start;
    this.#offset = start;
  }

  /** Whether the CLI has written anything of this run. */
  get hasBegun(): boolean {
    return this.#offset > this.#start;
  }

  /** Reads what has come since the last time; a log that cannot be is empty. */
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
