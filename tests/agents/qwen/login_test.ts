import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseCredential } from "../../../lib/agents/qwen/login.ts";

const WIRE = {
  access_token: "secret-access",
  refresh_token: "secret-refresh",
  token_type: "Bearer",
  expiry_date: 1_795_250_100_000,
};

Deno.test("parseCredential() reads the file of the agent", () => {
  const file = { ...WIRE, resource_url: "portal.qwen.ai", scope: "openid" };
  assertEquals(parseCredential(bytesOf(JSON.stringify(file))), {
    accessToken: "secret-access",
    refreshToken: "secret-refresh",
    expiresAt: 1_795_250_100_000,
  });
});

const NO_CREDENTIALS: Record<string, [string | Uint8Array, string]> = {
  "it is empty": ["", "is empty"],
  "it is cut short": [JSON.stringify(WIRE).slice(0, -1), "is not valid JSON"],
  "it is all NUL": [new Uint8Array(100), "is not valid JSON"],
  "it has a BOM": [`\uFEFF${JSON.stringify(WIRE)}`, "is not valid JSON"],
  "it is not UTF-8": [new Uint8Array([0x22, 0xff, 0x22]), "is not valid JSON"],
  "it is a list": ["[]", "is not a JSON object"],
  "it is null": ["null", "is not a JSON object"],
  "the access token is empty": [changed({ access_token: "" }), "access_token"],
  "the refresh token is missing": [
    changed({ refresh_token: undefined }),
    "refresh_token",
  ],
  "the refresh token is a number": [
    changed({ refresh_token: 1 }),
    "refresh_token",
  ],
  "the token type is missing": [changed({ token_type: null }), "token_type"],
  "the expiry date is text": [
    changed({ expiry_date: "1795250100000" }),
    "expiry",
  ],
  "the expiry date is not finite": [
    JSON.stringify(WIRE).replace("1795250100000", "1e999"),
    "expiry",
  ],
};

for (const [when, [content, problem]] of Object.entries(NO_CREDENTIALS)) {
  Deno.test(`parseCredential() throws when ${when}`, () => {
    const error = assertThrows(
      () => parseCredential(bytesOf(content)),
      SyntaxError,
      problem,
    );
    assert(!error.message.includes("secret"), "it shows a token");
  });
}

function changed(changes: Record<string, unknown>): string {
  return JSON.stringify({ ...WIRE, ...changes });
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string"
    ? new TextEncoder().encode(content)
    : content;
}
