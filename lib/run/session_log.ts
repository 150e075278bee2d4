import {
  addTokens,
  type Conditions,
  type SessionEvent,
  type SessionFormat,
  type Tokens,
} from "../agents/session_format.ts";
import { LineReader } from "../agents/stdout.ts";
import { errorCode, runtime } from "../system/mod.ts";
import type { ApiError } from "../verdict/api_error.ts";
import type { UsageLimit } from "../verdict/signal.ts";

/** Returns the path of a log; `undefined` if it does not exist yet. */
type FindPath = () => Promise<string | undefined>;

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
  /** Whether the model has answered in this run. */
  hasAnswered = false;
  /** The limits of the account, as last reported; `undefined` if unknown. */
  limits: readonly UsageLimit[] | undefined;
  /** How often the model has answered or called a tool. */
  answers = 0;
  /** The conditions of the first turn; `undefined` if unknown. */
  conditions: Conditions | undefined;
  /** Called with each complete line. @default not called */
  onLine: (line: string) => void = () => {};
  readonly #parseLine: SessionFormat["parseLine"];
  readonly #findPath: FindPath;
  readonly #lines = new LineReader();
  readonly #start: number;
  #path: string | undefined;
  #offset: number;

  /**
   * Creates a log with lines that `parseLine` parses. `findPath` finds its file
   * once the agent has created it. In the log of a resumed session, the run
   * begins at byte `start`.
   */
  constructor(
    parseLine: SessionFormat["parseLine"],
    findPath: FindPath,
    start = 0,
  ) {
    this.#parseLine = parseLine;
    this.#findPath = findPath;
    this.#start = start;
    this.#offset = start;
  }

  /** The path of its file; `undefined` until there is one. */
  get path(): string | undefined {
    return this.#path;
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
      for (const line of this.#lines.push(part)) {
        this.#take(this.#parseLine(line));
        this.onLine(line);
      }
      if (part.length < PART) return;
    }
  }

  #take(event: SessionEvent | undefined): void {
    if (event?.kind === "answer" || event?.kind === "tool") {
      this.answers++;
    }
    if (event?.kind === "turn") this.conditions ??= event.conditions;
    if (event?.kind === "error") this.errors.push(event.error);
    if (event?.kind === "answer") {
      this.hasAnswered = true;
      this.errors = [];
      this.tokens = addTokens(this.tokens, event.tokens);
      if (event.tool !== undefined) this.tools.push(event.tool);
    }
    if (event?.kind === "tool") this.tools.push(event.name);
    if (event?.kind === "limits") this.limits = event.limits;
  }
}
