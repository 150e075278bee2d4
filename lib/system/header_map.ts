/** A field of which each line stays a value of its own (RFC 6265, section 3). */
const COOKIE = "set-cookie";

/** Returns a value without the blanks around it (RFC 9110, section 5.5). */
function withoutBlanks(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start++;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/**
 * The fields of a message whose syntax was checked, in the order in which they
 * came. Deno (2.9.6) checks each use of its own `Headers`, and a gateway uses
 * them some fifty times for a request.
 */
export class HeaderMap implements Headers {
  readonly #fields = new Map<string, string>();
  readonly #cookies: string[] = [];

  /** Adds a value to those of the field `name`. */
  append(name: string, value: string): void {
    const key = name.toLowerCase();
    const before = this.#fields.get(key);
    const text = withoutBlanks(value);
    if (key === COOKIE) this.#cookies.push(text);
    this.#fields.set(key, before === undefined ? text : `${before}, ${text}`);
  }

  /** Replaces the values of the field `name`. */
  set(name: string, value: string): void {
    this.delete(name);
    this.append(name, value);
  }

  /** Removes the field `name`. */
  delete(name: string): void {
    const key = name.toLowerCase();
    if (key === COOKIE) this.#cookies.length = 0;
    this.#fields.delete(key);
  }

  /** Returns the values of the field `name`, joined; `null` without it. */
  get(name: string): string | null {
    return this.#fields.get(name.toLowerCase()) ?? null;
  }

  /** Whether there is a field `name`. */
  has(name: string): boolean {
    return this.#fields.has(name.toLowerCase());
  }

  /** Returns the value of each cookie. */
  getSetCookie(): string[] {
    return [...this.#cookies];
  }

  /** Calls `action` for each field, and for each cookie. */
  forEach(
    action: (value: string, name: string, parent: this) => void,
    thisArg?: unknown,
  ): void {
    for (const [name, value] of this.#fields) {
      if (name !== COOKIE) action.call(thisArg, value, name, this);
      else for (const it of this.#cookies) action.call(thisArg, it, name, this);
    }
  }

  /** Yields each field and each cookie. */
  *entries(): Generator<[string, string], undefined> {
    for (const [name, value] of this.#fields) {
      if (name !== COOKIE) yield [name, value];
      else for (const it of this.#cookies) yield [name, it];
    }
  }

  /** Yields the name of each field. */
  *keys(): Generator<string, undefined> {
    for (const [name] of this.entries()) yield name;
  }

  /** Yields the value of each field. */
  *values(): Generator<string, undefined> {
    for (const [, value] of this.entries()) yield value;
  }

  /** Yields each field and each cookie. */
  [Symbol.iterator](): Generator<[string, string], undefined> {
    return this.entries();
  }
}
