/**
 * What the gateway does for every wire format. `wire_conformance_test.ts` runs
 * these tests for each one.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { AccountUsage } from "../../lib/gateway/ask_and_judge.ts";
import { eventStream } from "../support/replies.ts";
import { startUpstream } from "../support/upstream.ts";
import { BREAK, streams } from "./opened_streams.ts";
import { testHeldReplies } from "./wire_held_replies.ts";
import {
  answerOf,
  answers,
  fails,
  jsonReply,
  KEYS,
  requestFor,
  stageFor,
  TOKEN,
} from "./wire_stage.ts";
import type { WireCase } from "./wires/case.ts";

/** Registers the tests of one wire format. */
export function testWire(it: WireCase): void {
  const test = (what: string, run: () => Promise<void>) =>
    Deno.test(`${it.name} ${what}`, run);
  const { errors, opening, content } = it;

  test("passes an answer on unchanged, and the request with the account's key", async () => {
    for (const keyHeaders of it.keyHeaders) {
      await using service = answers(it, "a");
      await using stage = stageFor(it, [service]);
      const others = {
        accept: "text/event-stream",
        "anthropic-beta": "a-1,b-2",
        "anthropic-version": "2023-06-01",
        "session-id": "s-1",
        "user-agent": "agent/1.0",
      };
      const headers = { ...others, ...keyHeaders(TOKEN) };
      const request = requestFor(it, { headers });
      const body = await request.clone().text();
      const response = await stage.gateway.fetch(request);
      assertEquals(await response.text(), answerOf(it, "a"));
      assertEquals(stage.pool.answers, [1]);
      const [seen] = service.requests;
      assertEquals(seen?.path, `/compatible-mode/v1${it.path}`);
      assertEquals(seen?.body, body);
      const wanted = { ...others, ...keyHeaders(KEYS[0] ?? "") };
      for (const [name, value] of Object.entries(wanted)) {
        assertEquals(seen?.headers.get(name), value);
      }
      const keyFields = ["authorization", "x-api-key", "api-key"]
        .filter((name) => seen?.headers.has(name));
      assertEquals(keyFields, Object.keys(keyHeaders("")));
      assert(!JSON.stringify([...seen?.headers ?? []]).includes(TOKEN));
    }
  });

  test("passes a document on unchanged", async () => {
    const text = ` ${JSON.stringify(it.document("a"), null, 1)}\n`;
    await using service = startUpstream(() => jsonReply(text));
    await using stage = stageFor(it, [service]);
    const response = await stage.gateway.fetch(requestFor(it));
    assertEquals(await response.text(), text);
    assertEquals(stage.pool.answers, [1]);
  });

  for (const name of ["quota", "auth", "broken"] as const) {
    const kind = name === "broken" ? "transient" : name;

    test(`asks the next account after the error reply "${name}"`, async () => {
      await using first = fails(it, name);
      await using second = answers(it, "b");
      await using stage = stageFor(it, [first, second]);
      const response = await stage.gateway.fetch(requestFor(it));
      assertEquals(await response.text(), answerOf(it, "b"));
      assertEquals(stage.pool.left, [{ account: 1, kind }]);
      assertEquals(stage.pool.answers, [2]);
      const [[asked], [next]] = [first.requests, second.requests];
      assertEquals(next?.body, asked?.body);
    });

    test(`asks the next account after the event "${name}" before content`, async () => {
      for (const before of ["", it.keepAlive, opening("a")]) {
        await using first = startUpstream(() =>
          eventStream([before, it.errorEvent(name)].filter((it) => it !== ""))
        );
        await using second = answers(it, "b");
        await using stage = stageFor(it, [first, second]);
        const response = await stage.gateway.fetch(requestFor(it));
        assertEquals(await response.text(), answerOf(it, "b"));
        assertEquals(stage.pool.left, [{ account: 1, kind }]);
      }
    });
  }

  test("asks the next account if a document with status 200 is an error", async () => {
    await using first = startUpstream(() =>
      jsonReply(JSON.stringify(errors.quota.body))
    );
    await using second = answers(it, "b");
    await using stage = stageFor(it, [first, second]);
    const response = await stage.gateway.fetch(requestFor(it));
    assertEquals(await response.text(), answerOf(it, "b"));
    assertEquals(stage.pool.left, [{ account: 1, kind: "quota" }]);
  });

  test("asks the next account if a stream breaks before content", async () => {
    await using first = streams([opening("a"), BREAK]);
    await using second = answers(it, "b");
    await using stage = stageFor(it, [first, second]);
    const response = await stage.gateway.fetch(requestFor(it));
    assertEquals(await response.text(), answerOf(it, "b"));
    assertEquals(stage.pool.left, [{ account: 1, kind: "transient" }]);
  });

  test("asks the next account if one cannot be reached", async () => {
    const gone = answers(it, "a");
    await gone[Symbol.asyncDispose]();
    await using second = answers(it, "b");
    await using stage = stageFor(it, [gone, second]);
    const response = await stage.gateway.fetch(requestFor(it));
    assertEquals(await response.text(), answerOf(it, "b"));
    assertEquals(stage.pool.left, [{ account: 1, kind: "transient" }]);
  });

  test("passes an error after content on, and leaves the account", async () => {
    const text = opening("a") + content("a") + it.errorEvent("quota");
    await using first = startUpstream(() => eventStream([text]));
    await using second = answers(it, "b");
    await using stage = stageFor(it, [first, second]);
    const response = await stage.gateway.fetch(requestFor(it));
    assertEquals(await response.text(), text);
    await stage.gateway[Symbol.asyncDispose]();
    assertEquals(second.requests, []);
    assertEquals(stage.pool.left, [{ account: 1, kind: "quota" }]);
  });

  test("passes an error of the request on unchanged", async () => {
    await using first = fails(it, "client");
    await using second = answers(it, "b");
    await using stage = stageFor(it, [first, second]);
    const response = await stage.gateway.fetch(requestFor(it));
    assertEquals(response.status, errors.client.status);
    assertEquals(await response.json(), errors.client.body);
    assertEquals([stage.pool.left, second.requests], [[], []]);
  });

  test("waits for a throttle if there is no other account", async () => {
    const { status, body } = errors.throttle;
    await using service = startUpstream((_, number) =>
      number === 0
        ? Response.json(body, { status })
        : eventStream([answerOf(it, "a")])
    );
    await using stage = stageFor(it, [service]);
    const response = await stage.gateway.fetch(requestFor(it));
    assertEquals(await response.text(), answerOf(it, "a"));
    assertEquals(stage.system.pauses, [8_000]);
  });

  test("says when an account will be ready if all are out", async () => {
    await using first = fails(it, "quota");
    await using second = fails(it, "quota");
    await using stage = stageFor(it, [first, second]);
    const response = await stage.gateway.fetch(requestFor(it));
    const text = await response.text();
    assertEquals(response.status, it.exhausted.status);
    assertEquals(it.typeOf(JSON.parse(text)), it.exhausted.type);
    assertStringIncludes(
      text,
      "No account is ready: account 2 (out of quota) will be ready at " +
        "2026-11-21 09:35 UTC; account 1 (out of quota)",
    );
    assert(KEYS.every((key) => !text.includes(key)));
  });

  test("refuses a foreign key without asking an account", async () => {
    await using service = answers(it, "a");
    await using stage = stageFor(it, [service]);
    const foreign = it.keyHeaders.flatMap((keyHeaders) => [
      keyHeaders("sk-foreign"),
      // A second key beside the right one may be that of a login.
      ...it.keyHeaders.filter((other) => other !== keyHeaders)
        .map((other) => ({ ...keyHeaders("sk-foreign"), ...other(TOKEN) })),
    ]);
    for (const headers of [{}, ...foreign]) {
      const response = await stage.gateway.fetch(requestFor(it, { headers }));
      assertEquals(response.status, it.refused);
      const text = await response.text();
      assert(it.typeOf(JSON.parse(text)) !== undefined, text);
      assert(!text.includes("sk-foreign"));
    }
    assertEquals(service.requests, []);
  });

  test("answers 404 at an unknown path, and 426 to a websocket", async () => {
    await using service = answers(it, "a");
    await using stage = stageFor(it, [service]);
    const key = it.keyHeaders[0]?.(TOKEN) ?? {};
    const unknown = new Request("http://localhost/v2/x", { headers: key });
    const socket = new Request(`http://localhost/v1${it.path}`, {
      headers: { ...key, connection: "upgrade", upgrade: "websocket" },
    });
    for (const [request, status] of [[unknown, 404], [socket, 426]] as const) {
      const response = await stage.gateway.fetch(request);
      assertEquals(response.status, status);
      assert(it.typeOf(await response.json()) !== undefined);
    }
    assertEquals(service.requests, []);
  });

  test("passes requests for other paths on", async () => {
    await using service = startUpstream(() => jsonReply('{"input_tokens":10}'));
    await using stage = stageFor(it, [service]);
    const path = `${it.path.replace(/\?.*/, "")}/count_tokens`;
    const response = await stage.gateway.fetch(requestFor(it, { path }));
    assertEquals(await response.text(), '{"input_tokens":10}');
    assertEquals(service.requests[0]?.path, `/compatible-mode/v1${path}`);
  });

  test("never passes the account's key back", async () => {
    const [key = ""] = KEYS;
    const body = JSON.stringify(errors.client.body).replace(
      /"message":"/,
      `$&${key} ${btoa(key)} `,
    );
    await using service = startUpstream(() =>
      new Response(body, {
        status: errors.client.status,
        headers: { "content-type": "application/json", "x-key": key },
      })
    );
    await using stage = stageFor(it, [service]);
    const response = await stage.gateway.fetch(requestFor(it));
    const text = JSON.stringify([...response.headers]) + await response.text();
    assert(!text.includes(key), text);
    assert(!text.includes(btoa(key).slice(0, 20)), text);
    assertStringIncludes(text, "[redacted]");
  });

  for (const form of ["a stream", "a document"] as const) {
    test(`reports the tokens that ${form} counts`, async () => {
      await using service = form === "a stream"
        ? answers(it, "a")
        : startUpstream(() => Response.json(it.document("a")));
      const used: AccountUsage[] = [];
      await using stage = stageFor(it, [service], {
        onUsage: (it) => void used.push(it),
      });
      const response = await stage.gateway.fetch(requestFor(it));
      await response.text();
      assertEquals(used, [{ account: 1, model: "coder", ...it.usage }]);
    });
  }

  testHeldReplies(it);
}
