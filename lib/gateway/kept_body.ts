import { Spool } from "../process/spool.ts";
import type { Connections } from "../runtime/mod.ts";
import { isJson } from "./headers.ts";
import { modelIn, withModel } from "./model.ts";

/** The bytes that a body is sent in at a time where it is not in memory. */
const PIECE = 65_536;

/** What `fetch` is to send. */
export interface SentBody {
  /** The bytes, or what they are read from. */
  body: BodyInit;
  /** How many they are. */
  size: number;
  /** To be called when `fetch` fails: Bun cancels only what it reads (1.4.5). */
  drop(): void;
}

/** A request body that can be sent more than once. */
export class KeptBody implements Disposable {
  readonly #spool: Spool;
  readonly #memoryLimit: number;
  readonly #isJson: boolean;
  #sending = 0;
  #isDisposed = false;

  private constructor(spool: Spool, memoryLimit: number, isJson: boolean) {
    this.#spool = spool;
    this.#memoryLimit = memoryLimit;
    this.#isJson = isJson;
  }

  /**
   * Reads the body of `request` to its end, and keeps what is more than
   * `memoryLimit` bytes in a file without a name; `undefined` if it has none.
   *
   * @throws What the body broke with, or the disk.
   */
  static async of(
    { body, headers }: Request,
    memoryLimit: number,
  ): Promise<KeptBody | undefined> {
    if (!body) return undefined;
    const spool = new Spool({ memoryLimit });
    try {
      for await (const chunk of body) await spool.write(chunk);
    } catch (error) {
      spool[Symbol.dispose]();
      throw error;
    }
    return new KeptBody(spool, memoryLimit, isJson(headers));
  }

  /** Returns the model that it asks for, if it is JSON and names one. */
  async model(): Promise<string | undefined> {
    return this.#isJson ? modelIn(await this.#uptoModel()) : undefined;
  }

  /**
   * Returns it for `fetch`, with its length; with another `model`, where one is
   * given.
   */
  async send(
    model: string | undefined,
    { bodyOf }: Pick<Connections, "bodyOf">,
  ): Promise<SentBody> {
    const before = model === undefined
      ? await this.#spool.head(this.#memoryLimit)
      : await this.#uptoModel();
    const head = model === undefined ? before : withModel(before, model);
    const rest = this.#spool.size - before.length;
    const size = head.length + rest;
    if (rest === 0) return { body: new Uint8Array(head), size, drop() {} };
    const drops: (() => void)[] = [];
    const open = () => {
      const drop = this.#beginSending();
      drops.push(drop);
      return this.#stream(head, before.length, drop);
    };
    const drop = () => drops.forEach((it) => it());
    return { body: bodyOf(size, open), size, drop };
  }

  /**
   * Keeps the bytes until what it returns is called, also when it is disposed
   * of before.
   */
  keep(): () => void {
    return this.#beginSending();
  }

  /** Lets go of the bytes when they are not being sent any more. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#dropUnused();
  }

  /** The beginning, up to where the model is; all if it comes late. */
  async #uptoModel(): Promise<Uint8Array> {
    const head = await this.#spool.head(this.#memoryLimit);
    return head.length === this.#spool.size || modelIn(head) !== undefined
      ? head
      : await this.#spool.head(this.#spool.size);
  }

  /** Keeps the bytes until what it returns is called. */
  #beginSending(): () => void {
    let isSending = true;
    this.#sending++;
    return () => {
      if (!isSending) return;
      isSending = false;
      this.#sending--;
      this.#dropUnused();
    };
  }

  #stream(
    head: Uint8Array,
    from: number,
    end: () => void,
  ): ReadableStream<Uint8Array> {
    let offset = from;
    let next: Uint8Array | undefined = head;
    return new ReadableStream({
      pull: async (controller) => {
        const bytes = next ?? await this.#spool.read(offset, PIECE);
        if (next) next = undefined;
        else offset += bytes.length;
        if (bytes.length > 0) return controller.enqueue(bytes);
        controller.close();
        end();
      },
      cancel: end,
    }, { highWaterMark: 0 });
  }

  #dropUnused(): void {
    if (this.#isDisposed && this.#sending === 0) this.#spool[Symbol.dispose]();
  }
}
