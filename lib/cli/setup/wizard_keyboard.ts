import { runtime } from "../../system/mod.ts";
import { realSystem } from "../../system/system.ts";
import { ENDING_SIGNALS } from "../exit.ts";

/** Thrown when no further answer comes. */
export class DialogEndedError extends Error {
  /** 128 + the number of the signal, if one has ended it. */
  readonly exitCode: number | undefined;

  /** Creates the error, for a signal or for the end of stdin. */
  constructor(exitCode?: number) {
    super("Cannot continue: there is no more input");
    this.name = "DialogEndedError";
    this.exitCode = exitCode;
  }
}

const SIGNALS = [...ENDING_SIGNALS, ["SIGQUIT", 131] as const];

// Without its echo, a terminal leaves the editing of a line to us.
const CTRL_D = "\x04";
const CTRL_U = "\x15";
const BACKSPACES = ["\b", "\x7f"];
const LINE_ENDS = ["\n", "\r"];

/**
 * The lines that are typed on the terminal of stdin. While it lives, a signal
 * does not end the process; it makes the present or the next reading throw.
 */
export class Keyboard implements Disposable {
  readonly #listeners = new DisposableStack();
  readonly #reader = runtime.host.stdin().getReader();
  readonly #decoder = new TextDecoder();
  readonly #interrupt = Promise.withResolvers<never>();
  #typed: string[] = [];
  /** A reading whose keys nobody has taken yet. */
  #reading: Promise<ReadableStreamReadResult<Uint8Array>> | undefined;

  /** Creates a keyboard; reads nothing yet. */
  constructor() {
    this.#interrupt.promise.catch(() => {}); // where nobody reads any more
    for (const [name, code] of SIGNALS) {
      const end = () => this.#interrupt.reject(new DialogEndedError(code));
      this.#listeners.use(runtime.host.onSignal(name, end));
    }
    // A shell that it is stopped in would turn the echo of a hidden line on.
    this.#listeners.use(runtime.host.onSignal("SIGTSTP", () => {}));
  }

  /** Leaves stdin and the signals alone. */
  [Symbol.dispose](): void {
    this.#listeners.dispose();
    this.#reader.releaseLock();
  }

  /**
   * Returns the next line, without its end.
   *
   * @throws {DialogEndedError} If none comes.
   */
  async line(): Promise<string> {
    const line: string[] = [];
    while (true) {
      const key = await this.#key();
      if (LINE_ENDS.includes(key)) return line.join("");
      if (key === CTRL_D && line.length === 0) throw new DialogEndedError();
      if (BACKSPACES.includes(key)) line.pop();
      else if (key === CTRL_U) line.length = 0;
      else line.push(key);
    }
  }

  /** Waits for `work`, unless a signal ends the dialog: then throws. */
  async unlessInterrupted<T>(work: Promise<T>): Promise<T> {
    return await Promise.race([this.#interrupt.promise, work]);
  }

  /** Drops what was typed and asked for by no question. */
  async forgetTyped(): Promise<void> {
    this.#typed = [];
    while (await Promise.race([this.#read(), nothingTyped()])) {
      this.#reading = undefined;
    }
  }

  async #key(): Promise<string> {
    while (true) {
      const key = this.#typed.shift();
      if (key !== undefined) return key;
      const { value } = await this.unlessInterrupted(this.#read());
      this.#reading = undefined;
      if (value === undefined) throw new DialogEndedError();
      this.#typed = [...this.#decoder.decode(value, { stream: true })];
    }
  }

  #read(): Promise<ReadableStreamReadResult<Uint8Array>> {
    return this.#reading ??= this.#reader.read();
  }
}

/** What is typed already comes before a moment has passed. */
const MOMENT_MS = 20;

async function nothingTyped(): Promise<undefined> {
  await realSystem.sleep(MOMENT_MS);
}
