import { errorCode, runtime } from "../../system/mod.ts";
import { realSystem } from "../../system/system.ts";
import { ENDING_SIGNALS } from "../exit.ts";

const SIGNALS = [...ENDING_SIGNALS, ["SIGQUIT", 131] as const];

// A terminal without echo leaves line editing to us.
const CTRL_D = "\x04";
const CTRL_U = "\x15";
const BACKSPACES = ["\b", "\x7f"];
const LINE_ENDS = ["\n", "\r"];

/**
 * The lines that are typed on the terminal of stdin. Until it is disposed, a
 * signal does not end the process, but makes the current or the next read
 * throw.
 */
export class Keyboard implements Disposable {
  /** The error that a read throws when there are no more lines. */
  readonly end = new Error("Cannot continue: there is no more input");
  /** 128 + the number of the signal, if one has ended the dialog. */
  exitCode: number | undefined;
  readonly #listeners = new DisposableStack();
  readonly #reader = runtime.host.stdin().getReader();
  readonly #decoder = new TextDecoder();
  readonly #interrupt = Promise.withResolvers<never>();
  #typed: string[] = [];
  /** A read whose keys are not used yet. */
  #reading: Promise<Uint8Array | undefined> | undefined;

  /** Creates a keyboard; reads nothing yet. */
  constructor() {
    this.#interrupt.promise.catch(() => {}); // if there is no further read
    for (const [name, code] of SIGNALS) {
      const end = () => {
        this.exitCode ??= code;
        this.#interrupt.reject(this.end);
      };
      this.#listeners.use(runtime.host.onSignal(name, end));
    }
    // If we were stopped, the shell would turn on the echo of a hidden line.
    this.#listeners.use(runtime.host.onSignal("SIGTSTP", () => {}));
  }

  /** Restores stdin and the signals. */
  [Symbol.dispose](): void {
    this.#listeners.dispose();
    this.#reader.releaseLock();
  }

  /**
   * Returns the next line, without the line break.
   *
   * @throws The error `end` if there is none.
   */
  async line(): Promise<string> {
    const line: string[] = [];
    while (true) {
      const key = await this.#key();
      if (LINE_ENDS.includes(key)) return line.join("");
      if (key === CTRL_D && line.length === 0) throw this.end;
      if (BACKSPACES.includes(key)) line.pop();
      else if (key === CTRL_U) line.length = 0;
      else line.push(key);
    }
  }

  /** Waits for `work`; throws if a signal ends the dialog first. */
  async unlessInterrupted<T>(work: Promise<T>): Promise<T> {
    return await Promise.race([this.#interrupt.promise, work]);
  }

  /** Discards input that does not answer a question. */
  async discardInput(): Promise<void> {
    this.#typed = [];
    while (await Promise.race([this.#read(), inputPause()])) {
      this.#reading = undefined;
    }
  }

  async #key(): Promise<string> {
    while (true) {
      const key = this.#typed.shift();
      if (key !== undefined) return key;
      const bytes = await this.unlessInterrupted(this.#read());
      if (!bytes) throw this.end;
      this.#reading = undefined;
      this.#typed = [...this.#decoder.decode(bytes, { stream: true })];
    }
  }

  /** Reads more; `undefined` at the end, or if the terminal is gone (EIO). */
  #read(): Promise<Uint8Array | undefined> {
    return this.#reading ??= this.#reader.read().then(
      ({ value }) => value,
      (error) => {
        if (errorCode(error) === undefined) throw error;
        return undefined;
      },
    );
  }
}

/** Input that was already typed arrives within a moment. */
const PAUSE_MS = 20;

async function inputPause(): Promise<undefined> {
  await realSystem.sleep(PAUSE_MS);
}
