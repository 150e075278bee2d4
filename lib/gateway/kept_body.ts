import { Spool } from "../process/spool.ts";
import type { Connections } from "../system/mod.ts";
import type { IncomingRequest } from "../system/network.ts";
import { isJson } from "./headers.ts";
import { modelIn, withMember, withModel } from "./model.ts";

/** The size of the chunks to send from a file. */
const PIECE = 65_536;

/** A request body for `fetch`. */
export interface SentBody {
  /** The content. */
  body: BodyInit;
  /** Its length, bytes. */
  size: number;
  /**
   * Call this if `fetch` fails: Bun (1.4.5) cancels only a body that it has
   * read.
   */
  drop(): void;
}

/** What to change in a body. */
export interface BodyChange {
  /** Another model. @default the one in the body */
  model?: string | undefined;
  /**
   * A member of the JSON object in the body to add, with a comma at its end.
   *
   * @default none
   */
  member?: string | undefined;
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
   * Reads the whole body of `request`. Bytes beyond `memoryLimit` go to an
   * unnamed file. Returns `undefined` if there is no body.
   *
   * @throws The error of the body or of the disk.
   */
  static async of(
    { body, headers }: Pick<IncomingRequest, "body" | "headers">,
    memoryLimit: number,
  ): Promise<KeptBody | undefined> {
    if (!body) return undefined;
    const spool = new Spool({ memoryLimit });
    try {
      for (let it = await body.read(); it; it = await body.read()) {
        await spool.write(it);
      }
    } catch (error) {
      spool[Symbol.dispose]();
      throw error;
    }
    return new KeptBody(spool, memoryLimit, isJson(headers));
  }

  /** Returns the requested model, if the body is JSON and names one. */
  async model(): Promise<string | undefined> {
    if (!this.#isJson) return undefined;
    return modelIn(this.#spool.inMemory ?? await this.#uptoModel());
  }

  /** Returns the body if it is JSON and in memory. */
  text(): string | undefined {
    const bytes = this.#isJson ? this.#spool.inMemory : undefined;
    return bytes && new TextDecoder().decode(bytes);
  }

  /** Returns the body for `fetch`, changed if so asked. */
  async send(
    { model, member }: BodyChange,
    { bodyOf }: Pick<Connections, "bodyOf">,
  ): Promise<SentBody> {
    const before = this.#spool.inMemory ??
      (model === undefined
        ? await this.#spool.head(this.#memoryLimit)
        : await this.#uptoModel());
    const named = model === undefined ? before : withModel(before, model);
    const head = member === undefined ? named : withMember(named, member);
    const rest = this.#spool.size - before.length;
    const size = head.length + rest;
    if (rest === 0) {
      return { body: head as Uint8Array<ArrayBuffer>, size, drop() {} };
    }
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
   * Keeps the bytes until the returned function is called, even after disposal.
   */
  keep(): () => void {
    return this.#beginSending();
  }

  /** Releases the bytes as soon as they are not being sent. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#dropUnused();
  }

  /** The beginning up to the model, or everything if the model comes late. */
  async #uptoModel(): Promise<Uint8Array> {
    const head = await this.#spool.head(this.#memoryLimit);
    return head.length === this.#spool.size || modelIn(head) !== undefined
      ? head
      : await this.#spool.head(this.#spool.size);
  }

  /** Keeps the bytes until the returned function is called. */
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
