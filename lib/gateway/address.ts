import { serviceAt } from "../agents/presets.ts";
import { isSafe } from "../system/loopback.ts";
import type { Service } from "../verdict/service.ts";

/** The base address of an account, and what is known of the service there. */
export class Address {
  /** The host; `undefined` if the address is malformed. */
  readonly host: string | undefined;
  /** The service, by the address alone. */
  readonly service: Service | undefined;
  /** Whether it counts the tokens of a stream. @default not known */
  countsStreams: boolean | undefined;
  readonly #base: string;
  readonly #origin: string | undefined;
  /** Most requests of a client have the same path. */
  #last: { path: string; url: URL | undefined } | undefined;

  /** Parses `baseUrl`. */
  constructor(baseUrl: string) {
    const url = URL.parse(baseUrl);
    this.host = url?.hostname;
    this.service = serviceAt(baseUrl);
    this.#base = baseUrl.replace(/\/+$/, "");
    this.#origin = url?.origin;
  }

  /**
   * Returns the URL of `path`, which begins with a slash; `undefined` if a
   * request there would not be safe.
   */
  urlOf(path: string): URL | undefined {
    if (this.#last?.path !== path) {
      this.#last = { path, url: this.#parsed(path) };
    }
    return this.#last?.url;
  }

  #parsed(path: string): URL | undefined {
    const url = URL.parse(this.#base + path);
    if (!url || url.origin !== this.#origin) return undefined;
    return isSafe(url) && !url.username ? url : undefined;
  }
}

/** The addresses of the accounts of one gateway. */
export class Addresses {
  readonly #known = new Map<string, Address>();

  /** Returns the address `baseUrl`, which is parsed once. */
  at(baseUrl: string): Address {
    let address = this.#known.get(baseUrl);
    if (!address) {
      address = new Address(baseUrl);
      this.#known.set(baseUrl, address);
    }
    return address;
  }
}
