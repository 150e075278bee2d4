/**
 * What is said of a reply that came and cannot be read: Deno 2.9.6 reads 100
 * header fields, Bun 1.4.5 about 250.
 */
const UNREADABLE = /head is too large|Malformed_HTTP_Response/i;

/** What the runtimes' words for a failure mean; the words name the URL. */
const REASONS: readonly [RegExp, string][] = [
  [UNREADABLE, "its header has too many fields or is not valid"],
  [/tunnel/i, "the proxy does not lead there"],
  [/dns error|lookup|getaddrinfo/i, "its name is not known"],
  [/refused/i, "it refuses the connection"],
  [/certificate/i, "its certificate is not trusted"],
  [/reset|closed|reading a body|broken pipe/i, "the connection was cut"],
  [/unreach/i, "there is no network"],
];

/** Says in a few words why `fetch` failed, without its URL. */
export function reasonOf(error: unknown): string {
  const text = textOf(error);
  return REASONS.find(([words]) => words.test(text))?.[1] ??
    "the connection failed";
}

/** Whether a reply came that cannot be read, as the next one could not be. */
export function isUnreadable(error: unknown): boolean {
  return UNREADABLE.test(textOf(error));
}

function textOf(error: unknown): string {
  const { message, cause } = error instanceof Error ? error : new Error();
  return `${message} ${cause instanceof Error ? cause.message : ""}`;
}
