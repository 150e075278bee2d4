/**
 * What the gateway does in every wire format once it has held a reply for as long
 * as it may.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { until } from "../support/until.ts";
import { HOLD, streams } from "./opened_streams.ts";
import {
  answerOf,
  answers,
  passingHold,
  requestFor,
  stageFor,
} from "./wire_stage.ts";
import type { WireCase } from "./wires/case.ts";

/** Registers the tests of one wire format. */
export function testHeldReplies(it: WireCase): void {
  const test = (what: string, run: () => Promise<void>) =>
    Deno.test(`${it.name} ${what}`, run);
  const { opening, content, ending } = it;

  test("continues a held reply with another account, under one head", async () => {
    await using first = streams([
      it.keepAlive,
      opening("a"),
      HOLD,
      it.errorEvent("quota"),
    ]);
    await using second = answers(it, "b");
    await using stage = stageFor(it, [first, second]);
    const response = await passingHold(
      stage,
      stage.gateway.fetch(requestFor(it)),
    );
    assertEquals(response.status, 200);
    first.goOn();
    const text = await response.text();
    assertStringIncludes(text, "text of b");
    assertEquals(text.match(it.head)?.length, 1, text);
    assertEquals(stage.pool.left, [{ account: 1, kind: "quota" }]);
    assertEquals(stage.pool.answers, [2]);
  });

  test("continues a reply with another account that arrives byte by byte", async () => {
    const bytes = new TextEncoder().encode(
      opening("a") + it.errorEvent("auth"),
    );
    await using first = streams(Array.from(bytes, (it) => Uint8Array.of(it)));
    await using second = answers(it, "b");
    await using stage = stageFor(it, [first, second]);
    const response = await stage.gateway.fetch(requestFor(it));
    assertEquals(await response.text(), answerOf(it, "b"));
    assertEquals(stage.pool.left, [{ account: 1, kind: "auth" }]);
  });

  test("continues with a second held reply, under one head", async () => {
    await using first = streams([opening("a"), HOLD, it.errorEvent("quota")]);
    await using second = streams([
      opening("b"),
      HOLD,
      content("b"),
      ending("b"),
    ]);
    await using stage = stageFor(it, [first, second]);
    const response = await passingHold(
      stage,
      stage.gateway.fetch(requestFor(it)),
    );
    first.goOn();
    const text = passingHold(stage, response.text());
    await until("account 2 is asked", () => second.requests.length > 0);
    second.goOn();
    assertStringIncludes(await text, "text of b");
    assertEquals((await text).match(it.head)?.length, 1, await text);
    assertEquals(stage.pool.answers, [2]);
  });

  test("passes a held reply on unchanged when it ends without content", async () => {
    await using service = streams([it.keepAlive, HOLD, opening("a")]);
    await using stage = stageFor(it, [service]);
    const response = await passingHold(
      stage,
      stage.gateway.fetch(requestFor(it)),
    );
    service.goOn();
    assertEquals(await response.text(), it.keepAlive + opening("a"));
  });

  test("sends the error as an event when nobody can continue a held reply", async () => {
    await using first = streams([opening("a"), HOLD, it.errorEvent("quota")]);
    await using stage = stageFor(it, [first]);
    const response = await passingHold(
      stage,
      stage.gateway.fetch(requestFor(it)),
    );
    first.goOn();
    const text = await response.text();
    const data = text.trim().split("\n").at(-1)?.replace(/^data: /, "") ?? "";
    assertEquals(it.typeOf(JSON.parse(data)), it.exhausted.type);
    assertStringIncludes(data, "No account is ready");
  });
}
