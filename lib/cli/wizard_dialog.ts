import { runtime } from "../runtime/mod.ts";
import { printable } from "./printable.ts";
import { writeLine } from "./streams.ts";
import { Keyboard } from "./wizard_keyboard.ts";

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

  /** Says `text`, a line. */
  readonly tell = async (text: string): Promise<void> => {
    await writeLine("stderr", printable(text));
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
    await this.#keyboard.throwIfInterrupted();
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
      await this.tell(`it ${problem}`);
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
      await this.tell("y or n?");
    }
  }

  /** Has one of `items` chosen by its number; an empty answer is the last. */
  async choose<T extends { summary: string }>(
    heading: string,
    items: readonly T[],
  ): Promise<T> {
    await this.tell(heading);
    for (const [at, { summary }] of items.entries()) {
      await this.tell(`  ${at + 1}  ${summary}`);
    }
    while (true) {
      const answer = await this.ask(`number [${items.length}]:`);
      const number = answer === "" ? items.length : Number(answer);
      const item = items[number - 1];
      if (item) return item;
      await this.tell(`1 to ${items.length}?`);
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
    const bytes = new TextEncoder().encode(`${printable(question)} `);
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
