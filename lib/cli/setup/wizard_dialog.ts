import { runtime } from "../../system/mod.ts";
import { printable } from "../screen/printable.ts";
import { writeLine } from "../screen/streams.ts";
import { Keyboard } from "./wizard_keyboard.ts";
import { wrap } from "../screen/wrap.ts";

/** Longer lines are hard to read. */
const WIDEST = 100;
const USUAL = 80;

/** One of several answers. */
export interface Choice {
  /** What to type; its first letter is enough where no other word has it. */
  word: string;
  /** What it means. */
  summary: string;
}

/**
 * Asks on stderr and reads the answers, a line each, from the terminal of
 * stdin. Where no answer comes, each question throws `DialogEndedError`.
 */
export class Dialog implements Disposable {
  readonly #keyboard = new Keyboard();

  /** Leaves the terminal and the signals alone. */
  [Symbol.dispose](): void {
    this.#keyboard[Symbol.dispose]();
  }

  /**
   * Says `text`, broken between words where the terminal ends; the first line
   * begins with `first`, the others with `hang`.
   */
  readonly tell = async (
    text: string,
    layout: { first?: string; hang?: string } = {},
  ): Promise<void> => {
    const lines = wrap(printable(text), widthOfTerminal(), layout);
    await writeLine("stderr", lines.join("\n"));
  };

  /** Returns the answer without the blanks around it. */
  async ask(question: string): Promise<string> {
    await this.#prompt(question);
    return (await this.#line()).trim();
  }

  /** Drops what was typed and asked for by no question. */
  async forgetTyped(): Promise<void> {
    await this.#keyboard.forgetTyped();
  }

  /** Throws if a signal has ended the dialog. */
  async throwIfInterrupted(): Promise<void> {
    await this.#keyboard.unlessInterrupted(Promise.resolve());
  }

  /** Waits for `work`, unless a signal ends the dialog: then throws. */
  async unlessInterrupted<T>(work: Promise<T>): Promise<T> {
    return await this.#keyboard.unlessInterrupted(work);
  }

  /**
   * Asks until nothing is wrong with the answer, as `problemOf` says it;
   * `undefined` for an empty one. Nothing can be seen of an answer that
   * `isHidden`.
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

  /** Asks for a yes or a no; an empty answer means `preset`. */
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

  /** Has one of `choices` chosen by its word; an empty answer is `preset`. */
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
    await this.forgetTyped(); // more lines of what was pasted are no answers
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
      await this.tell(""); // the cursor stands behind the question
      throw error;
    }
  }
}

/** The columns for our words. */
function widthOfTerminal(): number {
  const { columns = USUAL } = runtime.host.terminalSize() ?? {};
  return Math.min(columns, WIDEST);
}
