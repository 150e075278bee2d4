import { runtime } from "../../system/mod.ts";
import { printable, writeLine } from "../screen/streams.ts";
import { Keyboard } from "./wizard_keyboard.ts";
import { wrap } from "../screen/wrap.ts";

/** Longer lines are hard to read. */
const WIDEST = 100;
const USUAL = 80;

/** One of several answers. */
export interface Choice {
  /** What to type; the first letter is enough if no other word has it. */
  word: string;
  /** What it means. */
  summary: string;
}

/**
 * Asks on stderr and reads the answers, one line each, from the terminal of
 * stdin. If there is no answer, a question throws an error that
 * `isEnd()` recognizes.
 */
export class Dialog implements Disposable {
  readonly #keyboard = new Keyboard();

  /** Whether `error` means that there are no more answers. */
  isEnd(error: unknown): boolean {
    return error === this.#keyboard.end;
  }

  /** 128 + the number of the signal, if one has ended the dialog. */
  get exitCode(): number | undefined {
    return this.#keyboard.exitCode;
  }

  /** Restores the terminal and the signals. */
  [Symbol.dispose](): void {
    this.#keyboard[Symbol.dispose]();
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
    await this.#keyboard.discardInput();
  }

  /** Throws if a signal has ended the dialog. */
  async throwIfInterrupted(): Promise<void> {
    await this.#keyboard.unlessInterrupted(Promise.resolve());
  }

  /** Waits for `work`; throws if a signal ends the dialog first. */
  async unlessInterrupted<T>(work: Promise<T>): Promise<T> {
    return await this.#keyboard.unlessInterrupted(work);
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
    try {
      return await this.#keyboard.line();
    } catch (error) {
      await this.tell(""); // the cursor is still behind the question
      throw error;
    }
  }
}

/** Returns the width of our text. */
function widthOfTerminal(): number {
  const { columns = USUAL } = runtime.host.terminalSize() ?? {};
  return Math.min(columns, WIDEST);
}
