import { assertEquals, assertMatch } from "@std/assert";
import { enter, isSame } from "../../lib/gateway/door.ts";
import { responseOf } from "../../lib/gateway/reply.ts";
import { anthropicMessages } from "../../lib/gateway/wire/anthropic_messages.ts";
import { openaiChat } from "../../lib/gateway/wire/openai_chat.ts";

const DOOR = {
  token: "token-of-the-run",
  basePath: "/host/v1",
  isOurs: (host: string) => host === "127.0.0.1:8080",
  wire: openaiChat,
};

function enterAt(path: string): string | number {
  const headers = {
    host: "127.0.0.1:8080",
    authorization: "Bearer token-of-the-run",
  };
  const entry = enter(
    new Request(`http://127.0.0.1:8080${path}`, { headers }),
    DOOR,
  );
  return entry.refusal ? entry.refusal.status : entry.path;
}

const PATHS: Record<string, string | number> = {
  "/host/v1": "",
  "/host/v1/": "/",
  "/host/v1?a=b": "?a=b",
  "/host/v1/chat/completions?a=%2e%2e/..": "/chat/completions?a=%2e%2e/..",
  "/host/v1/models/qwen%2Fcoder": "/models/qwen%2Fcoder",
  "/host/v1/files/a..b": "/files/a..b",
  "/host/v1/./x": "/x",
  "/host/v1//else.test/x": "//else.test/x",
  "/host/v1/../v1/x": "/x",
  "/host/x/../v1/y": "/y",
  "/": 404,
  "/host": 404,
  "/host/v1beta": 404,
  "//host/v1/x": 404,
  "/HOST/v1/x": 404,
  "/host/v1/..": 404,
  "/host/v1/../x": 404,
  "/host/v1/%2e%2e/x": 404,
  "/host/v1/.%2E": 404,
  "/host/v1\\..\\x": 404,
  "/host/v1/%2e%2e%2fx": 404,
  "/host/v1/..%2Fx": 404,
  "/host/v1/x%5c..%5c..": 404,
  "/host%2fv1/x": 404,
};

for (const [path, wanted] of Object.entries(PATHS)) {
  Deno.test(`enter() returns ${JSON.stringify(wanted)} when the path is ${path}`, () => {
    assertEquals(enterAt(path), wanted);
  });
}

/** What is in the two fields for a key, and whether that is the run's own key. */
const KEYS_OF_MESSAGES: readonly [
  key: string | null,
  bearer: string | null,
  boolean,
][] = [
  ["token-of-the-run", null, true],
  [null, "Bearer token-of-the-run", true],
  ["token-of-the-run", "Bearer token-of-the-run", true],
  ["token-of-the-run", "Bearer ", true],
  ["token-of-the-run", "bearer", true],
  ["token-of-the-run", "", false],
  ["token-of-the-run", "Bearer login", false],
  ["token-of-the-run", "Bearer token of a login", false],
  ["token-of-the-run", "Basic login", false],
  ["", "Bearer token-of-the-run", false],
  ["", "Bearer ", false],
  [null, "Bearer ", false],
  [null, null, false],
];

for (const [key, bearer, isAdmitted] of KEYS_OF_MESSAGES) {
  const sent = JSON.stringify({ "x-api-key": key, authorization: bearer });
  Deno.test(`enter() ${isAdmitted ? "admits" : "refuses"} ${sent} for messages`, () => {
    const headers = new Headers({ host: "127.0.0.1:8080" });
    if (key !== null) headers.set("x-api-key", key);
    if (bearer !== null) headers.set("authorization", bearer);
    const request = new Request("http://127.0.0.1:8080/host/v1/x", { headers });
    const { refusal } = enter(request, { ...DOOR, wire: anthropicMessages });
    assertEquals(refusal?.status, isAdmitted ? undefined : 403);
  });
}

Deno.test("enter() reveals nothing about accounts or keys when it refuses", async () => {
  const request = new Request("http://127.0.0.1:8080/host/v1", {
    headers: { authorization: "Bearer wrong-key" },
  });
  const { refusal } = enter(request, DOOR);
  const { error } = refusal ? await responseOf(refusal).json() : {};
  assertEquals(refusal?.status, 401);
  assertEquals(refusal?.headers.get("www-authenticate"), "Bearer");
  assertEquals(Object.keys(error), ["message", "type", "code", "param"]);
  assertMatch(error.message, /^The key of this run is missing or wrong$/);
});

const KEYS: [offered: string, wanted: boolean][] = [
  ["secret", true],
  ["", false],
  ["secre", false],
  ["secrets", false],
  ["secretsecret", false],
  ["Secret", false],
  ["secreé", false],
];

for (const [offered, wanted] of KEYS) {
  Deno.test(`isSame() is ${wanted} of "secret" when offered "${offered}"`, () => {
    assertEquals(isSame(offered, "secret"), wanted);
  });
}

Deno.test("isSame() is false when there is no secret", () => {
  assertEquals(isSame("", ""), false);
});
