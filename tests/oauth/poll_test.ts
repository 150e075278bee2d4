import { assertEquals, assertRejects } from "@std/assert";
import { OAuthError, type OAuthErrorCode } from "../../lib/oauth/errors.ts";
import { pollForToken } from "../../lib/oauth/device_flow.ts";
import { NOW } from "../support/account_folder.ts";
import { DEVICE_LOGIN } from "./device_login.ts";
import { oauthClock } from "./oauth_clock.ts";
import {
  type Answer,
  json,
  oauthServer,
  refusal,
  text,
  TOKENS,
  WEB_PAGE,
} from "./oauth_server.ts";

const PENDING = refusal("authorization_pending");

Deno.test("pollForToken() sends what the agent sends", async () => {
  await using server = oauthServer(json(TOKENS));
  const { system } = oauthClock();
  await pollForToken(server.endpoints, DEVICE_LOGIN, { system });
  assertEquals(server.requests.map((it) => [it.path, it.form]), [
    ["/oauth/token", {
      grant_type: "urn:ietf:params:oauth:grant-type:device_code",
      client_id: "f0304373b74a44d2b584a3fb70ca9e56",
      device_code: "secret-device-code",
      code_verifier: "secret-verifier",
    }],
  ]);
});

Deno.test("pollForToken() polls at the interval until the login is confirmed", async () => {
  await using server = oauthServer(PENDING, PENDING, json(TOKENS));
  const { system, pauses } = oauthClock();
  const content = await pollForToken(server.endpoints, DEVICE_LOGIN, {
    system,
  });
  assertEquals(pauses, [5_000, 5_000, 5_000]);
  assertEquals(content, {
    access_token: TOKENS.access_token,
    refresh_token: TOKENS.refresh_token,
    token_type: "Bearer",
    resource_url: "portal.example",
    expiry_date: NOW + 15_000 + 21_600_000,
  });
});

for (const status of [400, 429]) {
  Deno.test(`pollForToken() waits 5 s longer after each slow_down with ${status}`, async () => {
    const slowDown = refusal("slow_down", status);
    const answers = [slowDown, PENDING, slowDown, json(TOKENS)];
    await using server = oauthServer(...answers);
    const { system, pauses } = oauthClock();
    await pollForToken(server.endpoints, DEVICE_LOGIN, { system });
    assertEquals(pauses, [5_000, 10_000, 10_000, 15_000]);
  });
}

Deno.test("pollForToken() polls one last time and stops when the code has expired", async () => {
  await using server = oauthServer(PENDING);
  const { system, pauses } = oauthClock();
  const login = { ...DEVICE_LOGIN, expiresAt: NOW + 12_000 };
  const error = await assertRejects(
    () => pollForToken(server.endpoints, login, { system }),
    OAuthError,
    "Cannot log in: the code was not confirmed in time",
  );
  assertEquals(error.code, "expired_token");
  assertEquals(pauses, [5_000, 5_000, 2_000]);
  assertEquals(server.requests.length, 2);
});

const ENDINGS: [string, Answer, OAuthErrorCode, string][] = [
  [
    "access_denied",
    refusal("access_denied"),
    "access_denied",
    "it was denied in the browser",
  ],
  [
    "expired_token",
    refusal("expired_token"),
    "expired_token",
    "the code was not confirmed in time",
  ],
  [
    "401 without an error",
    json({ message: "Unauthorized" }, 401),
    "expired_token",
    "the code was not confirmed in time",
  ],
  [
    "invalid_grant",
    refusal("invalid_grant"),
    "invalid_grant",
    "the service does not know the code",
  ],
  [
    "invalid_client with 401",
    refusal("invalid_client", 401),
    "refused",
    "the service refuses it (401, invalid_client)",
  ],
  [
    "an error nobody knows",
    refusal("account_locked", 403),
    "refused",
    "the service refuses it (403, account_locked)",
  ],
  [
    "an error with 200",
    refusal("access_denied", 200),
    "access_denied",
    "it was denied in the browser",
  ],
  [
    "a web page with 200",
    text(WEB_PAGE),
    "unreadable",
    "the service's answer is a web page (200)",
  ],
  [
    "a web page with 401",
    text(WEB_PAGE, 401),
    "unreadable",
    "the service's answer is a web page (401)",
  ],
  [
    "an empty body",
    text(""),
    "unreadable",
    "the service's answer is nothing (200)",
  ],
  [
    "a huge body",
    text("{".padEnd(2 ** 21)),
    "unreadable",
    "the service's answer is more than 1 MiB (200)",
  ],
  [
    "an object without tokens",
    json({ status: "ok" }),
    "unreadable",
    "the service's answer has no access token",
  ],
  [
    "no refresh token",
    json({ ...TOKENS, refresh_token: undefined }),
    "unreadable",
    "the service's answer has no refresh token",
  ],
];

for (const [name, answer, code, problem] of ENDINGS) {
  Deno.test(`pollForToken() stops with "${code}" at ${name}`, async () => {
    await using server = oauthServer(PENDING, answer);
    const { system } = oauthClock();
    const error = await assertRejects(
      () => pollForToken(server.endpoints, DEVICE_LOGIN, { system }),
      OAuthError,
    );
    assertEquals(error.code, code);
    assertEquals(error.message, `Cannot log in: ${problem}`);
    assertEquals(server.requests.length, 2);
  });
}
