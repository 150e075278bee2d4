import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { OAuthError, type OAuthErrorCode } from "../../lib/oauth/errors.ts";
import { challengeOf, requestDeviceCode } from "../../lib/oauth/device_flow.ts";
import { oauthClock } from "./oauth_clock.ts";
import {
  type Answer,
  json,
  oauthServer,
  refusal,
  text,
  WEB_PAGE,
} from "./oauth_server.ts";

const GRANT = json({
  device_code: "secret-device-code",
  user_code: "ABCD-1234",
  verification_uri: "https://login.example/authorize",
  expires_in: 900,
});

Deno.test("requestDeviceCode() sends what the agent sends", async () => {
  await using server = oauthServer(GRANT);
  const { system } = oauthClock();
  const login = await requestDeviceCode(server.endpoints, { system });
  const [seen] = server.requests;
  assertEquals(seen?.path, "/oauth/device/code");
  assertEquals(seen?.form, {
    client_id: "f0304373b74a44d2b584a3fb70ca9e56",
    scope: "openid profile email model.completion",
    code_challenge: await challengeOf(login.codeVerifier),
    code_challenge_method: "S256",
  });
  assertMatch(seen?.headers.get("x-request-id") ?? "", /^[\da-f-]{36}$/);
});

Deno.test("requestDeviceCode() returns the code and its secret verifier", async () => {
  await using server = oauthServer(GRANT);
  const clock = oauthClock();
  const { system } = clock;
  const login = await requestDeviceCode(server.endpoints, { system });
  assertEquals(login.deviceCode, "secret-device-code");
  assertEquals(login.userCode, "ABCD-1234");
  assertEquals(login.expiresAt, system.now() + 900_000);
  assertEquals(login.codeVerifier, `${"_".repeat(42)}8`); // 32 bytes 0xff
});

const FAILURES: [string, Answer, OAuthErrorCode, string][] = [
  [
    "a web page with 403",
    text(WEB_PAGE, 403),
    "unreadable",
    "the service's answer is a web page (403)",
  ],
  [
    "a web page with 502",
    text(WEB_PAGE, 502),
    "unavailable",
    "the service reports an error (502, a web page)",
  ],
  [
    "invalid_client",
    refusal("invalid_client", 401),
    "refused",
    "the service refuses it (401, invalid_client)",
  ],
  [
    "429",
    text("Too many requests", 429),
    "busy",
    "the service is overloaded (429, no JSON object)",
  ],
  [
    "401 without an error",
    json({}, 401),
    "refused",
    "the service refuses it (401)",
  ],
  [
    "an error that is not a word",
    refusal("secret-device-code"),
    "refused",
    "the service refuses it (400)",
  ],
  [
    "an error that every object has",
    refusal("constructor"),
    "refused",
    "the service refuses it (400, constructor)",
  ],
];

for (const [name, answer, code, problem] of FAILURES) {
  Deno.test(`requestDeviceCode() throws "${code}" for ${name}`, async () => {
    await using server = oauthServer(answer);
    const { system } = oauthClock();
    const error = await assertRejects(
      () => requestDeviceCode(server.endpoints, { system }),
      OAuthError,
    );
    assertEquals(error.code, code);
    assertEquals(error.message, `Cannot log in: ${problem}`);
    assert(!error.message.includes("Secret text"));
  });
}
