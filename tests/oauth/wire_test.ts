import { assert, assertEquals, assertRejects } from "@std/assert";
import { OAuthError } from "../../lib/oauth/errors.ts";
import { postForm, REQUEST_LIMIT_MS } from "../../lib/oauth/wire.ts";
import { oauthClock } from "./oauth_clock.ts";
import {
  type Answer,
  cuttingServer,
  json,
  oauthServer,
  text,
  WEB_PAGE,
} from "./oauth_server.ts";

const FORM = { refresh_token: "secret token+&=" };
const MIB = 1024 * 1024;

Deno.test("postForm() sends a form and asks for JSON", async () => {
  await using server = oauthServer(json({}));
  const { system } = oauthClock();
  const headers = { "x-request-id": "1" };
  const options = { action: "log in", headers, system } as const;
  await postForm(server.endpoints.tokenUrl, FORM, options);
  const [seen] = server.requests;
  assertEquals(seen?.form, FORM);
  assertEquals(seen?.path, "/oauth/token");
  assertEquals(seen?.headers.get("accept"), "application/json");
  assertEquals(seen?.headers.get("x-request-id"), "1");
  const type = seen?.headers.get("content-type") ?? "";
  assert(type.startsWith("application/x-www-form-urlencoded"), type);
});

for (const status of [200, 400, 401, 429, 503]) {
  Deno.test(`postForm() returns an object that comes with ${status}`, async () => {
    await using server = oauthServer(json({ error: "x" }, status));
    assertEquals(await post(server.endpoints.tokenUrl), {
      status,
      body: { error: "x" },
    });
  });
}

const PROBLEMS: [name: string, Answer, problem: string][] = [
  ["a web page", text(WEB_PAGE, 502), "a web page"],
  ["an empty body", text("", 502), "nothing"],
  ["no body", () => new Response(null, { status: 502 }), "nothing"],
  ["blanks", text(" \r\n", 502), "nothing"],
  ["plain text", text("Bad gateway", 502), "no JSON object"],
  ["JSON that is cut short", text('{"access_tok', 502), "no JSON object"],
  ["an array", json([{}], 502), "no JSON object"],
  ["null", json(null, 502), "no JSON object"],
  ["too much", text("{" + " ".repeat(MIB), 502), "more than 1 MiB"],
];

for (const [name, answer, problem] of PROBLEMS) {
  Deno.test(`postForm() returns a problem where the reply is ${name}`, async () => {
    await using server = oauthServer(answer);
    const reply = await post(server.endpoints.tokenUrl);
    assertEquals(reply, { status: 502, problem });
  });
}

Deno.test("postForm() reads a reply of exactly 1 MiB", async () => {
  await using server = oauthServer(text("{}".padEnd(MIB)));
  const reply = await post(server.endpoints.tokenUrl);
  assertEquals(reply, { status: 200, body: {} });
});

Deno.test("postForm() stops reading a reply that never ends", async () => {
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
  });
  await using server = oauthServer(() => new Response(endless));
  const reply = await post(server.endpoints.tokenUrl);
  assertEquals(reply, { status: 200, problem: "more than 1 MiB" });
});

for (const status of [301, 302, 307, 308]) {
  Deno.test(`postForm() does not send the form to the target of a ${status}`, async () => {
    await using elsewhere = oauthServer(json({}));
    const location = elsewhere.endpoints.tokenUrl;
    await using server = oauthServer(() =>
      new Response(null, { status, headers: { location } })
    );
    const reply = await post(server.endpoints.tokenUrl);
    assertEquals(reply, { status, problem: "a redirect" });
    assertEquals(elsewhere.requests, []);
  });
}

Deno.test("postForm() reports that a connection was cut before the reply", async () => {
  await using server = cuttingServer();
  const { message } = await assertRejects(
    () => post(server.endpoints.tokenUrl),
    OAuthError,
    "cannot be reached: the connection was cut",
  );
  assert(!message.includes("/oauth"), message);
});

Deno.test("postForm() reports that a connection was cut during the reply", async () => {
  const beginning = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{";
  await using server = cuttingServer(beginning);
  const error = await assertRejects(
    () => post(server.endpoints.tokenUrl),
    OAuthError,
    "the connection was cut",
  );
  assertEquals(error.code, "unreachable");
});

Deno.test("postForm() reports that a connection is refused", async () => {
  const { endpoints, [Symbol.asyncDispose]: close } = oauthServer();
  await close();
  await assertRejects(
    () => post(endpoints.tokenUrl),
    OAuthError,
    `Cannot log in: "${new URL(endpoints.tokenUrl).host}" cannot be reached: ` +
      "it refuses the connection",
  );
});

Deno.test("postForm() cancels a reply that takes longer than 30 s", async () => {
  assertEquals(REQUEST_LIMIT_MS, 30_000);
  const clock = oauthClock();
  const slow = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
    pull: () => clock.endRequest(),
  });
  await using server = oauthServer(() => new Response(slow));
  const error = await assertRejects(
    () => post(server.endpoints.tokenUrl, clock.system),
    OAuthError,
    "no answer within 30 s",
  );
  assertEquals(error.code, "unreachable");
});

Deno.test("postForm() ends with the reason of its signal", async () => {
  const abort = new AbortController();
  const reason = new Error("Ctrl-C");
  const never = () =>
    new Response(new ReadableStream({ pull: () => abort.abort(reason) }));
  await using server = oauthServer(never);
  const { system } = oauthClock();
  const { signal } = abort;
  const options = { action: "log in", signal, system } as const;
  const error = await assertRejects(() =>
    postForm(server.endpoints.tokenUrl, FORM, options)
  );
  assertEquals(error, reason);
  assertEquals(server.requests.length, 1);
});

Deno.test("postForm() sends nothing once its signal has aborted", async () => {
  await using server = oauthServer(json({}));
  const signal = AbortSignal.abort(new Error("Ctrl-C"));
  const { system } = oauthClock();
  const options = { action: "log in", signal, system } as const;
  await assertRejects(
    () => postForm(server.endpoints.tokenUrl, FORM, options),
    Error,
    "Ctrl-C",
  );
  assertEquals(server.requests, []);
});

function post(url: string, system = oauthClock().system) {
  return postForm(url, FORM, { action: "log in", system });
}
