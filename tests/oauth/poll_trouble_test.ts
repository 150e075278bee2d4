import { assert, assertEquals, assertRejects } from "@std/assert";
import { OAuthError } from "../../lib/oauth/errors.ts";
import { pollForToken } from "../../lib/oauth/device_flow.ts";
import type { System } from "../../lib/system/system.ts";
import { DEVICE_LOGIN } from "./device_login.ts";
import { oauthClock } from "./oauth_clock.ts";
import {
  cuttingServer,
  json,
  oauthServer,
  refusal,
  text,
  TOKENS,
  WEB_PAGE,
} from "./oauth_server.ts";

const PENDING = refusal("authorization_pending");

Deno.test("pollForToken() continues after the network was lost, with growing pauses", async () => {
  await using lost = cuttingServer();
  await using server = oauthServer(PENDING, json(TOKENS));
  const { system, pauses } = oauthClock();
  const first = misled(system, { times: 6, to: lost.endpoints.tokenUrl });
  const told: string[] = [];
  await pollForToken(server.endpoints, DEVICE_LOGIN, {
    system: first,
    notify: (text) => told.push(text),
  });
  const [pause, ...longer] = pauses;
  assertEquals(pause, 5_000);
  assertEquals(longer, [10_000, 20_000, 40_000, 60_000, 60_000, 60_000, 5_000]);
  assertEquals(told, [
    `Cannot log in: "${new URL(server.endpoints.tokenUrl).host}" cannot be ` +
    "reached: the connection was cut; still trying",
  ]);
});

Deno.test("pollForToken() continues after a reply that took too long", async () => {
  const clock = oauthClock();
  const slow = () =>
    new Response(new ReadableStream({ pull: () => clock.endRequest() }));
  await using server = oauthServer(slow, json(TOKENS));
  const told: string[] = [];
  await pollForToken(server.endpoints, DEVICE_LOGIN, {
    system: clock.system,
    notify: (text) => told.push(text),
  });
  assertEquals(clock.pauses, [5_000, 10_000]);
  assert(told[0]?.includes("no answer within 30 s"), told[0]);
});

for (
  const [name, answer] of Object.entries({
    "502 with a web page": text(WEB_PAGE, 502),
    "503": json({ error: "temporarily_unavailable" }, 503),
    "a 429 that is not a slow_down": text("Too many requests", 429),
  })
) {
  Deno.test(`pollForToken() continues after ${name}`, async () => {
    await using server = oauthServer(answer, PENDING, json(TOKENS));
    const { system, pauses } = oauthClock();
    await pollForToken(server.endpoints, DEVICE_LOGIN, { system });
    assertEquals(pauses, [5_000, 10_000, 5_000]);
  });
}

Deno.test("pollForToken() stops when the code expires while the network is lost", async () => {
  await using lost = cuttingServer();
  const { system, pauses } = oauthClock();
  const error = await assertRejects(
    () => pollForToken(lost.endpoints, DEVICE_LOGIN, { system }),
    OAuthError,
  );
  assertEquals(error.code, "expired_token");
  assertEquals(pauses.reduce((sum, it) => sum + it), 600_000);
});

Deno.test("pollForToken() ends during a pause with the reason of its signal", async () => {
  await using server = oauthServer(PENDING);
  const abort = new AbortController();
  const reason = new Error("Ctrl-C");
  const { system } = oauthClock((pauses) => {
    if (pauses.length === 2) abort.abort(reason);
  });
  const error = await assertRejects(() =>
    pollForToken(server.endpoints, DEVICE_LOGIN, {
      signal: abort.signal,
      system,
    })
  );
  assertEquals(error, reason);
  assertEquals(server.requests.length, 1);
});

Deno.test("pollForToken() ends during a request with the reason of its signal", async () => {
  const abort = new AbortController();
  const reason = new Error("Ctrl-C");
  const never = () =>
    new Response(new ReadableStream({ pull: () => abort.abort(reason) }));
  await using server = oauthServer(never);
  const { system } = oauthClock();
  const error = await assertRejects(() =>
    pollForToken(server.endpoints, DEVICE_LOGIN, {
      signal: abort.signal,
      system,
    })
  );
  assertEquals(error, reason);
  assertEquals(server.requests.length, 1);
});

/** Redirects the first requests to another server. */
function misled(
  system: System,
  { times, to }: { times: number; to: string },
): System {
  let count = 0;
  return {
    ...system,
    fetch: (url, init) => system.fetch(count++ < times ? to : url, init),
  };
}
