import { assert, assertEquals, assertThrows } from "@std/assert";
import { OAuthError } from "../../lib/oauth/errors.ts";
import { resolveEndpoints } from "../../lib/oauth/token.ts";
import { qwen } from "../../lib/agents/qwen/agent.ts";

const NO_VARIABLE = { env: () => undefined };

function variable(value: string) {
  return {
    env: (name: string) =>
      name === "ACCOUNT_QWEN_OAUTH_URL" ? value : undefined,
  };
}

Deno.test("resolveEndpoints() returns the service's own by default", () => {
  assertEquals(resolveEndpoints(qwen.login.service, { system: NO_VARIABLE }), {
    deviceUrl: "https://chat.qwen.ai/api/v1/oauth2/device/code",
    tokenUrl: "https://chat.qwen.ai/api/v1/oauth2/token",
    clientId: "f0304373b74a44d2b584a3fb70ca9e56",
    scope: "openid profile email model.completion",
  });
});

Deno.test("resolveEndpoints() prefers ACCOUNT_QWEN_OAUTH_URL to the service's own", () => {
  const system = variable("https://login.example/oauth/");
  const { deviceUrl, tokenUrl } = resolveEndpoints(qwen.login.service, {
    system,
  });
  assertEquals(deviceUrl, "https://login.example/oauth/device/code");
  assertEquals(tokenUrl, "https://login.example/oauth/token");
});

Deno.test("resolveEndpoints() prefers its option to ACCOUNT_QWEN_OAUTH_URL", () => {
  const { tokenUrl } = resolveEndpoints(qwen.login.service, {
    url: "https://option.example",
    system: variable("https://variable.example"),
  });
  assertEquals(tokenUrl, "https://option.example/token");
});

Deno.test("resolveEndpoints() ignores an empty variable", () => {
  const { tokenUrl } = resolveEndpoints(qwen.login.service, {
    system: variable(""),
  });
  assertEquals(tokenUrl, "https://chat.qwen.ai/api/v1/oauth2/token");
});

for (
  const url of [
    "http://127.0.0.1:8080",
    "http://127.1.2.3",
    "http://localhost:8080/x",
    "http://LOCALHOST",
    "http://[::1]:8080",
    "https://login.example:8443",
  ]
) {
  Deno.test(`resolveEndpoints() accepts ${url}`, () => {
    resolveEndpoints(qwen.login.service, { url, system: NO_VARIABLE });
  });
}

const REFUSED: Record<string, string> = {
  "http://login.example": "must begin with https://",
  "http://127.0.0.1.login.example": "must begin with https://",
  "http://localhost.login.example": "must begin with https://",
  "http://[::2]": "must begin with https://",
  "http://10.0.0.1": "must begin with https://",
  "ftp://127.0.0.1": "must begin with https://",
  "file:///etc/passwd": "must begin with https://",
  "https://user:secret@login.example": "nothing but a host and a path",
  "https://login.example?key=secret": "nothing but a host and a path",
  "https://login.example#secret": "nothing but a host and a path",
  "secret": "is not a URL",
};

for (const [url, problem] of Object.entries(REFUSED)) {
  Deno.test(`resolveEndpoints() refuses ${url} and does not repeat it`, () => {
    const { code, message } = assertThrows(
      () => resolveEndpoints(qwen.login.service, { system: variable(url) }),
      OAuthError,
      problem,
    );
    assertEquals(code, "invalid_endpoint");
    assert(message.includes("ACCOUNT_QWEN_OAUTH_URL"), message);
    assert(!message.includes("secret"), message);
  });
}
