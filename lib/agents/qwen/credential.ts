import type { Credential } from "../formats.ts";

/**
 * Reads the content of a credential file by the rules of `qwen` (measured on
 * 0.12.0 and 0.24.4): JSON without a BOM, three non-empty strings and the end
 * as a number of milliseconds. `qwen` answers anything else with a login.
 *
 * @throws {SyntaxError} If it breaks one; the message completes "it ...".
 */
export function parseCredential(bytes: Uint8Array): Credential {
  if (bytes.length === 0) throw new SyntaxError("is empty");
  const { access_token, refresh_token, token_type, expiry_date } = parseJson(
    bytes,
  );
  const accessToken = textOf(access_token, "access_token");
  const refreshToken = textOf(refresh_token, "refresh_token");
  textOf(token_type, "token_type");
  if (typeof expiry_date !== "number" || !Number.isFinite(expiry_date)) {
    throw new SyntaxError("has no expiry_date in milliseconds");
  }
  return { accessToken, refreshToken, expiresAt: expiry_date };
}

function parseJson(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    value = JSON.parse(decoder.decode(bytes));
  } catch {
    // The parser's own message may quote a token.
    throw new SyntaxError("is not valid JSON");
  }
  if (typeof value !== "object" || value === null) {
    throw new SyntaxError("is not a JSON object");
  }
  return { ...value };
}

function textOf(value: unknown, name: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw new SyntaxError(`has no ${name}`);
}
