import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { OAuthError, type OAuthErrorCode } from "../../lib/oauth/errors.ts";
import {
  contentOf,
  type CredentialContent,
  formatContent,
  refreshTokens,
} from "../../lib/oauth/token.ts";
import { parseCredential } from "../../lib/agents/qwen/login.ts";
import { NOW } from "../support/account_folder.ts";
import { oauthClock } from "./oauth_clock.ts";
import {
  type Answer,
  cuttingServer,
  json,
  oauthServer,
  refusal,
  text,
  TOKENS,
  WEB_PAGE,
} from "./oauth_server.ts";

/** No file with a login may be larger. */
const MAX_CREDENTIAL_BYTES = 64 * 1024;

const OLD: CredentialContent = {
  access_token: "secret-access-token-1",
  refresh_token: "secret-refresh-token-1",
  token_type: "bearer",
  resource_url: "old.example",
  expiry_date: NOW - 1_000,
  added_by_a_later_version: { deep: true },
};

Deno.test("refreshTokens() sends what the agent sends", async () => {
  await using server = oauthServer(json(TOKENS));
  const { system } = oauthClock();
  await refreshTokens(server.endpoints, OLD, { system });
  assertEquals(server.requests.map((it) => [it.path, it.form]), [
    ["/oauth/token", {
      grant_type: "refresh_token",
      refresh_token: "secret-refresh-token-1",
      client_id: "f0304373b74a44d2b584a3fb70ca9e56",
    }],
  ]);
});

Deno.test("refreshTokens() returns the new tokens and keeps unknown fields", async () => {
  await using server = oauthServer(json(TOKENS));
  const { system, pauses } = oauthClock();
  const content = await refreshTokens(server.endpoints, OLD, { system });
  assertEquals(content, {
    access_token: "secret-access-token-2",
    refresh_token: "secret-refresh-token-2",
    token_type: "Bearer",
    resource_url: "portal.example",
    expiry_date: NOW + 21_600_000,
    added_by_a_later_version: { deep: true },
  });
  assertEquals(pauses, []);
});

Deno.test("refreshTokens() accepts a reply as large as a slot may be", async () => {
  const { length } = formatContent({ ...OLD, ...TOKENS, access_token: "" });
  const access_token = "a".repeat(MAX_CREDENTIAL_BYTES - length - 100);
  await using server = oauthServer(granted({ access_token }));
  const { system } = oauthClock();
  const content = await refreshTokens(server.endpoints, OLD, { system });
  assertEquals(content.access_token, access_token);
});

for (const name of ["refresh_token", "resource_url", "token_type"] as const) {
  for (const value of [undefined, null, "", 1]) {
    if (name === "refresh_token" && value === 1) continue; // that is refused
    Deno.test(`refreshTokens() keeps ${name} where the reply has ${JSON.stringify(value)}`, async () => {
      await using server = oauthServer(json({ ...TOKENS, [name]: value }));
      const { system } = oauthClock();
      const content = await refreshTokens(server.endpoints, OLD, { system });
      assertEquals(content[name], OLD[name]);
      assertEquals(content.access_token, TOKENS.access_token);
    });
  }
}

const REFUSALS: [string, Answer, OAuthErrorCode][] = [
  ["invalid_grant", refusal("invalid_grant"), "invalid_grant"],
  ["invalid_grant with 401", refusal("invalid_grant", 401), "invalid_grant"],
  ["invalid_grant with 403", refusal("invalid_grant", 403), "invalid_grant"],
  ["invalid_grant with 200", refusal("invalid_grant", 200), "invalid_grant"],
  ["another error with 400", refusal("invalid_request"), "invalid_grant"],
  ["another error with 401", refusal("no_session", 401), "invalid_grant"],
  ["another error with 403", refusal("blocked", 403), "refused"],
  ["invalid_client", refusal("invalid_client", 401), "refused"],
  ["invalid_scope", refusal("invalid_scope"), "refused"],
  ["an unsupported grant", refusal("unsupported_grant_type"), "refused"],
  ["400 without an error", json({}, 400), "refused"],
  ["a gateway's 401", json({ error: { code: "x" } }, 401), "refused"],
  ["slow_down", refusal("slow_down"), "busy"],
  ["429", json({}, 429), "busy"],
  ["429 with an error", refusal("invalid_grant", 429), "busy"],
  ["500", json({}, 500), "unavailable"],
  ["503 with an error", refusal("invalid_grant", 503), "unavailable"],
  ["server_error", refusal("server_error"), "unavailable"],
  ["a web page with 502", text(WEB_PAGE, 502), "unavailable"],
  ["a web page with 400", text(WEB_PAGE, 400), "unreadable"],
  ["a web page with 200", text(WEB_PAGE), "unreadable"],
  ["an empty body", text(""), "unreadable"],
  ["no access token", json({ refresh_token: "x" }), "unreadable"],
  ["an empty access token", json({ access_token: "" }), "unreadable"],
  ["a token with a line break", json({ access_token: "a\nb" }), "unreadable"],
  ["an invalid refresh token", granted({ refresh_token: 1 }), "unreadable"],
  [
    "a refresh token that steers the terminal",
    granted({ refresh_token: "a\x1b[2Jb" }),
    "unreadable",
  ],
  [
    "more than a slot may hold",
    granted({ access_token: "a".repeat(MAX_CREDENTIAL_BYTES) }),
    "unreadable",
  ],
];

function granted(change: Record<string, unknown>): Answer {
  return json({ ...TOKENS, ...change });
}

for (const [name, answer, code] of REFUSALS) {
  Deno.test(`refreshTokens() throws "${code}" for ${name}`, async () => {
    await using server = oauthServer(answer);
    const { system } = oauthClock();
    const error = await assertRejects(
      () => refreshTokens(server.endpoints, OLD, { system }),
      OAuthError,
      "Cannot refresh the login: ",
    );
    assertEquals(error.code, code);
    assert(!/secret/i.test(error.message), error.message);
    assertEquals(server.requests.length, 1);
  });
}

Deno.test("refreshTokens() throws without a retry if the network is lost", async () => {
  await using server = cuttingServer();
  const { system, pauses } = oauthClock();
  const error = await assertRejects(
    () => refreshTokens(server.endpoints, OLD, { system }),
    OAuthError,
    "the connection was cut",
  );
  assertEquals(error.code, "unreachable");
  assertEquals(pauses, []);
});

const HOUR_MS = 3_600_000;

const LIFETIMES: [expiresIn: unknown, lifetimeMs: number][] = [
  [21_600, 21_600_000],
  ["21600", 21_600_000],
  [0.5, 500],
  [1 / 3, 333],
  [365 * 24 * 3_600, 365 * 24 * HOUR_MS],
  [undefined, HOUR_MS],
  [null, HOUR_MS],
  [0, HOUR_MS],
  [-1, HOUR_MS],
  ["", HOUR_MS],
  ["-1", HOUR_MS],
  ["1 hour", HOUR_MS],
  ["0x10", HOUR_MS],
  [1.8e9, HOUR_MS],
  [1e300, HOUR_MS],
  ["9".repeat(400), HOUR_MS],
  [{}, HOUR_MS],
];

for (const [expiresIn, lifetimeMs] of LIFETIMES) {
  Deno.test(`contentOf() reads an expires_in of ${JSON.stringify(expiresIn)?.slice(0, 20)} as ${lifetimeMs} ms`, () => {
    const body = { ...TOKENS, expires_in: expiresIn };
    const content = contentOf({ status: 200, body }, LOGGING_IN);
    assertEquals(content.expiry_date, NOW + lifetimeMs);
  });
}

const LOGGING_IN = { action: "log in", now: NOW } as const;

Deno.test("contentOf() keeps nothing else of the reply", () => {
  const body = { ...TOKENS, scope: "openid", id_token: "secret", status: 1 };
  const content = contentOf({ status: 200, body }, LOGGING_IN);
  assertEquals(Object.keys(content), [
    ...["access_token", "refresh_token", "token_type"],
    ...["resource_url", "expiry_date"],
  ]);
});

Deno.test("contentOf() treats a token without a type as a bearer token", () => {
  const body = { ...TOKENS, token_type: undefined, resource_url: undefined };
  const content = contentOf({ status: 200, body }, LOGGING_IN);
  assertEquals(content.token_type, "Bearer");
  assertEquals("resource_url" in content, false);
});

Deno.test("contentOf() refuses a first login without a refresh token", () => {
  const body = { ...TOKENS, refresh_token: "" };
  assertThrows(
    () => contentOf({ status: 200, body }, LOGGING_IN),
    OAuthError,
    "has no refresh token",
  );
});

Deno.test("formatContent() returns a credential that the agent accepts", () => {
  const content = contentOf({ status: 200, body: TOKENS }, LOGGING_IN);
  assertEquals(parseCredential(formatContent(content)), {
    accessToken: TOKENS.access_token,
    refreshToken: TOKENS.refresh_token,
    expiresAt: NOW + 21_600_000,
  });
});
