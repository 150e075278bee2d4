import { startLineOnTerminal, startOnTerminal } from "./cli_process.ts";
import type { RunOptions } from "./cli.ts";
import { within } from "./deadline.ts";

/** A user at a terminal, who types when a question appears. */
export class Typist implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #keys: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;
  #seen = "";
  #from = 0;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#keys = child.stdin.getWriter();
    this.#output = child.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
  }

  /** Starts `account-qwen` with `args` on a terminal. */
  static async start(
    args: readonly string[],
    options: Pick<RunOptions, "home" | "env" | "cwd">,
  ): Promise<Typist> {
    return new Typist(await startOnTerminal(args, options));
  }

  /** Starts the command line `line` of sh(1) on a terminal. */
  static async startLine(
    line: string,
    options: Pick<RunOptions, "home" | "env" | "cwd">,
  ): Promise<Typist> {
    return new Typist(await startLineOnTerminal(line, options));
  }

  /** Everything that the terminal has shown. */
  get seen(): string {
    return this.#seen;
  }

  /** Waits for `question` to appear after the previous one, and types. */
  async answer(question: string, keys: string): Promise<void> {
    await this.#waitFor(question);
    await this.type(keys);
  }

  /** Types immediately. */
  async type(keys: string): Promise<void> {
    await this.#keys.write(new TextEncoder().encode(keys));
  }

  /** Waits for the end; returns the exit code. */
  async end(): Promise<number> {
    await this.#waitFor(undefined);
    return (await this.#child.status).code;
  }

  /** Ends the program, if it is still running. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#keys.close().catch(() => {});
    await this.#output.cancel();
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // it has ended
    }
    await this.#child.status;
  }

  async #waitFor(text: string | undefined): Promise<void> {
    while (true) {
      const at = text ? this.#seen.indexOf(text, this.#from) : -1;
      if (text && at >= 0) return void (this.#from = at + text.length);
      const what = `"${text ?? "the end"}" after: ${this.#seen}`;
      const { value } = await within(this.#output.read(), { what });
      if (value !== undefined) this.#seen += value;
      else if (text === undefined) return;
      else throw new Error(`ended without "${text}": ${this.#seen}`);
    }
  }
}
