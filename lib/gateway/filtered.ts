import { type ByteSource, joinBytes } from "../system/byte_source.ts";

/** Looks at the bytes of a body as they pass, or changes them. */
export interface Filter {
  /** Returns what to pass on in place of `bytes`. @default all of it */
  push?(bytes: Uint8Array): Uint8Array;
  /** Returns what to pass on at the end of the body. @default nothing */
  end?(): Uint8Array | void;
  /** Called if the body fails; may throw another error. @default nothing */
  fail?(): void;
  /** Called if the rest is not read; may be called again. @default nothing */
  cancel?(): void;
}

/**
 * Returns `body`, changed by `filter`. The filters of a body work one after the
 * other without a promise between them: with one for each, they take more of the
 * processor than the rest of the work for an event (Bun 1.4.5).
 */
export function filtered(body: ByteSource, filter: Filter): FilteredBody {
  const source = body instanceof FilteredBody ? body : new FilteredBody(body);
  source.add(filter);
  return source;
}

const NOTHING = new Uint8Array();

/** A chunk that was put back. */
interface Returned {
  /** The bytes. */
  bytes: Uint8Array;
  /** The first filter that they have not passed. */
  next: number;
}

/** A body, and the filters for its bytes. */
export class FilteredBody implements ByteSource {
  readonly #body: ByteSource;
  readonly #filters: Filter[] = [];
  /** How many filters know that the body has ended. */
  #ended = 0;
  #hasEnded = false;
  readonly #returned: Returned[] = [];

  /** Takes over `body`. */
  constructor(body: ByteSource) {
    this.#body = body;
  }

  /** Adds a filter, the last one, for the bytes that are not read yet. */
  add(filter: Filter): void {
    this.#filters.push(filter);
  }

  /** Puts chunks back that were read; only filters that are added later see them. */
  putBack(chunks: readonly Uint8Array[]): void {
    const next = this.#filters.length;
    this.#returned.unshift(...chunks.map((bytes) => ({ bytes, next })));
  }

  /**
   * Returns the next bytes; `undefined` at the end. Not an async function: for
   * each event, that would cost as much as all filters.
   */
  read(): Promise<Uint8Array | undefined> {
    return this.#returned.length > 0 || this.#hasEnded
      ? this.#readOwn()
      : this.#body.read().then(this.#take, this.#fail);
  }

  /** Returns bytes that are not in the body. */
  async #readOwn(): Promise<Uint8Array | undefined> {
    while (this.#returned.length > 0) {
      const { bytes = NOTHING, next = 0 } = this.#returned.shift() ?? {};
      const passed = this.#pass(bytes, next);
      if (passed.length > 0) return passed;
    }
    if (!this.#hasEnded) return await this.read();
    const passed = this.#end();
    return passed.length > 0 ? passed : undefined;
  }

  readonly #take = (
    bytes: Uint8Array | undefined,
  ): Uint8Array | Promise<Uint8Array | undefined> => {
    const passed = bytes ? this.#pass(bytes, 0) : this.#end();
    return passed.length > 0 ? passed : this.read();
  };

  readonly #fail = (error: unknown): never => {
    for (const it of this.#filters) it.fail?.();
    throw error;
  };

  /** Releases the rest, which is not read. */
  async cancel(reason?: unknown): Promise<void> {
    for (const it of this.#filters) it.cancel?.();
    await this.#body.cancel(reason);
  }

  #pass(bytes: Uint8Array, from: number): Uint8Array {
    let passed = bytes;
    for (let at = from; at < this.#filters.length; at++) {
      if (passed.length === 0) return passed;
      passed = this.#filters[at]?.push?.(passed) ?? passed;
    }
    return passed;
  }

  #end(): Uint8Array {
    this.#hasEnded = true;
    const parts: Uint8Array[] = [];
    while (this.#ended < this.#filters.length) {
      const rest = this.#filters[this.#ended++]?.end?.();
      if (rest && rest.length > 0) parts.push(this.#pass(rest, this.#ended));
    }
    return joinBytes(parts);
  }
}
