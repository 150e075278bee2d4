/**
 * Parses the file of a login, a JSON object.
 *
 * @throws {SyntaxError} If it is not one; the message completes "it ..." and
 * quotes nothing from the file.
 */
export function parseLoginJson(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // The parser's own message may quote a token.
    throw new SyntaxError("is not valid JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SyntaxError("is not a JSON object");
  }
  return { ...value };
}
