/** What the runtimes' words for a failure mean; the words name the URL. */
const REASONS: readonly [RegExp, string][] = [
  [/tunnel/i, "the proxy does not lead there"],
  [/dns error|lookup|getaddrinfo/i, "its name is not known"],
  [/refused/i, "it refuses the connection"],
  [/certificate/i, "its certificate is not trusted"],
  [/reset|closed|reading a body|broken pipe/i, "the connection was cut"],
  [/unreach/i, "there is no network"],
];

/** Says in a few words why `fetch` failed, without its URL. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error instanceof Error ? error : new Error();
  const text = `${message} ${cause instanceof Error ? cause.message : ""}`;
  return REASONS.find(([words]) => words.test(text))?.[1] ??
    "the connection failed";
}
