import { Spool } from "../process/spool.ts";
import type { ByteSource } from "../system/byte_source.ts";
import type { IncomingRequest, OutgoingBody } from "../system/network.ts";
import { isJson } from "./headers.ts";
import { modelIn, withMember, withModel } from "./model.ts";

/** The size of the chunks to send from a file. */
const PIECE = 65_536;

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
  #uses = 0;
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

  /** Returns the body to send, changed if so asked. */
  async outgoing({ model, member }: BodyChange): Promise<OutgoingBody> {
    const before = this.#spool.inMemory ??
      (model === undefined
        ? await this.#spool.head(this.#memoryLimit)
        : await this.#uptoModel());
    const named = model === undefined ? before : withModel(before, model);
    const head = member === undefined ? named : withMember(named, member);
    const rest = this.#spool.size - before.length;
    return {
      size: head.length + rest,
      bytes: rest === 0 ? head : undefined,
      open: () => this.#open(head, before.length),
    };
  }

  /**
   * Keeps the bytes until the returned function is called, even after disposal.
   */
  keep(): () => void {
    let isKept = true;
    this.#uses++;
    return () => {
      if (!isKept) return;
      isKept = false;
      this.#uses--;
      this.#dropUnused();
    };
  }

  /** Releases the bytes as soon as they are not in use. */
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

  /** Returns `head` and what is kept from byte `from`. */
  #open(head: Uint8Array, from: number): ByteSource {
    const end = this.keep();
    let offset = from;
    let next: Uint8Array | undefined = head;
    return {
      read: async () => {
        const bytes = next ?? await this.#spool.read(offset, PIECE);
        if (next) next = undefined;
        else offset += bytes.length;
        if (bytes.length > 0) return bytes;
        end();
        return undefined;
      },
      cancel: () => Promise.resolve(end()),
    };
  }

  #dropUnused(): void {
    if (this.#isDisposed && this.#uses === 0) this.#spool[Symbol.dispose]();
  }
}
