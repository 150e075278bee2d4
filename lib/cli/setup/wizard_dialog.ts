import { errorCode, runtime } from "../../system/mod.ts";
import { realSystem } from "../../system/system.ts";
import { ENDING_SIGNALS } from "../exit.ts";
import { printable, writeLine } from "../screen/streams.ts";
import { messageWidth, wrap } from "../screen/wrap.ts";

/** The width to assume if the terminal does not report one. */
const USUAL = 80;

const SIGNALS = [...ENDING_SIGNALS, ["SIGQUIT", 131] as const];

// A terminal without echo leaves line editing to us.
const CTRL_D = "\x04";
const CTRL_U = "\x15";
const BACKSPACES = ["\b", "\x7f"];
const LINE_ENDS = ["\n", "\r"];

/** Input that was already typed arrives within this time, milliseconds. */
const PAUSE_MS = 20;

/** One of several answers. */
export interface Choice {
  /** What to type; the first letter is enough if no other word has it. */
  word: string;
  summary: string;
}

/**
 * Asks on stderr and reads the answers, one line each, from the terminal of
 * stdin. If there is no answer, a question throws an error that
 * `isEnd()` recognizes. Until it is disposed, a signal does not end the process,
 * but makes the current or the next question throw that error.
 */
export class Dialog implements Disposable {
  /** 128 + the number of the signal, if one has ended the dialog. */
  exitCode: number | undefined;
  readonly #end = new Error("Cannot continue: there is no more input");
  readonly #listeners = new DisposableStack();
  readonly #reader = runtime.host.stdin().getReader();
  readonly #decoder = new TextDecoder();
  readonly #interrupt = Promise.withResolvers<never>();
  #typed: string[] = [];
  /** A read whose keys are not used yet. */
  #reading: Promise<Uint8Array | undefined> | undefined;

  /** Creates a dialog; reads nothing yet. */
  constructor() {
    const { host } = runtime;
    this.#interrupt.promise.catch(() => {}); // if there is no further read
    for (const [name, code] of SIGNALS) {
      const end = () => {
        this.exitCode ??= code;
        this.#interrupt.reject(this.#end);
      };
      this.#listeners.use(host.onSignal(name, end));
    }
    // If we were stopped, the shell would turn on the echo of a hidden line.
    this.#listeners.use(host.onSignal("SIGTSTP", () => {}));
  }

  /** Whether `error` means that there are no more answers. */
  isEnd(error: unknown): boolean {
    return error === this.#end;
  }

  /** Restores the terminal and the signals. */
  [Symbol.dispose](): void {
    this.#listeners.dispose();
    this.#reader.releaseLock();
  }

  /**
   * Prints `text`, wrapped to the terminal; the first line begins with `first`,
   * the others with `hang`.
   */
  readonly tell = async (
    text: string,
    layout: { first?: string; hang?: string } = {},
  ): Promise<void> => {
    const lines = wrap(printable(text), widthOfTerminal(), layout);
    await writeLine("stderr", lines.join("\n"));
  };

  /** Asks `question` and returns the answer without surrounding spaces. */
  async ask(question: string): Promise<string> {
    await this.#prompt(question);
    return (await this.#line()).trim();
  }

  /** Discards input that does not answer a question. */
  async discardInput(): Promise<void> {
    this.#typed = [];
    const isOver = () => realSystem.sleep(PAUSE_MS).then(() => undefined);
    while (await Promise.race([this.#read(), isOver()])) {
      this.#reading = undefined;
    }
  }

  /** Throws if a signal has ended the dialog. */
  async throwIfInterrupted(): Promise<void> {
    await this.unlessInterrupted(Promise.resolve());
  }

  /** Waits for `work`; throws if a signal ends the dialog first. */
  async unlessInterrupted<T>(work: Promise<T>): Promise<T> {
    return await Promise.race([this.#interrupt.promise, work]);
  }

  /**
   * Asks until `problemOf` finds no problem in the answer; returns `undefined`
   * for an empty answer. The terminal does not show an answer that `isHidden`.
   */
  async askValid(
    question: string,
    problemOf: (answer: string) => string | undefined,
    { isHidden = false }: { isHidden?: boolean } = {},
  ): Promise<string | undefined> {
    while (true) {
      const answer = isHidden
        ? await this.#askHidden(question)
        : await this.ask(question);
      const problem = answer && problemOf(answer);
      if (!problem) return answer || undefined;
      await this.tell(`It ${problem}. Try again.`);
    }
  }

  /** Asks a yes-or-no question; an empty answer means `preset`. */
  async confirm(
    question: string,
    { preset = true }: { preset?: boolean } = {},
  ): Promise<boolean> {
    while (true) {
      const answer = await this.ask(`${question} [${preset ? "Y/n" : "y/N"}]`);
      if (answer === "") return preset;
      if (/^(?:y|yes)$/i.test(answer)) return true;
      if (/^(?:n|no)$/i.test(answer)) return false;
      await this.tell("Type y for yes or n for no.");
    }
  }

  /**
   * Asks the user to choose one of `choices` by its word; an empty answer means
   * `preset`.
   */
  async choose<T extends Choice>(
    question: string,
    choices: readonly T[],
    preset: T["word"],
  ): Promise<T> {
    const width = Math.max(...choices.map((it) => it.word.length));
    await this.tell(question);
    for (const { word, summary } of choices) {
      const first = `  ${word.padEnd(width)}  `;
      await this.tell(summary, { first, hang: " ".repeat(first.length) });
    }
    while (true) {
      const typed = await this.ask(
        `Type a word or its first letter [${preset}]:`,
      );
      const wanted = (typed || preset).toLowerCase();
      const found = choices.find((it) => it.word === wanted) ??
        choices.find((it) => it.word.startsWith(wanted));
      if (found) return found;
      await this.tell(`Type ${choices.map((it) => it.word).join(", ")}.`);
    }
  }

  async #askHidden(question: string): Promise<string> {
    using _hidden = runtime.host.hideInput();
    await this.#prompt(question);
    const answer = await this.#line();
    await this.discardInput(); // further pasted lines are not answers
    await this.tell("");
    return answer.trim();
  }

  async #prompt(question: string): Promise<void> {
    const lines = wrap(printable(question), widthOfTerminal() - 1);
    const bytes = new TextEncoder().encode(`${lines.join("\n")} `);
    await runtime.host.write("stderr", bytes);
  }

  async #line(): Promise<string> {
    const line: string[] = [];
    try {
      while (true) {
        const key = await this.#key();
        if (LINE_ENDS.includes(key)) return line.join("");
        if (key === CTRL_D && line.length === 0) throw this.#end;
        if (BACKSPACES.includes(key)) line.pop();
        else if (key === CTRL_U) line.length = 0;
        else line.push(key);
      }
    } catch (error) {
      await this.tell(""); // the cursor is still behind the question
      throw error;
    }
  }

  async #key(): Promise<string> {
    while (true) {
      const key = this.#typed.shift();
      if (key !== undefined) return key;
      const bytes = await this.unlessInterrupted(this.#read());
      if (!bytes) throw this.#end;
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

/** Returns the width of our text. */
function widthOfTerminal(): number {
  return messageWidth() ?? USUAL;
}
