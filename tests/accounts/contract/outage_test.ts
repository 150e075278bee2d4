import { assertEquals } from "@std/assert";
import { createGateway } from "../../../lib/gateway/gateway.ts";
import { poolScene } from "./account_pools.ts";
import { broken, chatRequest, ok, TOKEN } from "../../gateway/asking.ts";
import { chunk, event } from "../../support/replies.ts";
import { NOW } from "../../support/account_folder.ts";
import { gatewayClock } from "../../gateway/gateway_clock.ts";

/** Starts a gateway for accounts that reply as in `answers`. */
async function outage(
  keys: readonly number[],
  answerOf: (account: number) => Response,
) {
  await using owned = new AsyncDisposableStack();
  const scene = owned.use(await poolScene({ keys: [...keys] }));
  const pool = await scene.pool();
  const asked: number[] = [];
  const system = {
    ...gatewayClock(NOW),
    fetch(url: string | URL) {
      const account = Number(/provider-(\d+)/.exec(String(url))?.[1]);
      asked.push(account);
      return Promise.resolve(answerOf(account));
    },
  };
  const gateway = owned.use(createGateway({ token: TOKEN, pool, system }));
  const all = owned.move();
  return {
    scene,
    pool,
    /**
     * Sends one request; returns the status and the accounts that received it.
     */
    async ask() {
      asked.length = 0;
      const { status, body } = await gateway.fetch(chatRequest());
      await body?.cancel();
      return [status, ...asked];
    },
    /**
     * Sends one request and reads the answer; returns whether it broke, and the
     * accounts that received the request.
     */
    async askAndRead() {
      asked.length = 0;
      const response = await gateway.fetch(chatRequest());
      const end = await response.text().then(() => "whole", () => "broken");
      // The next request waits for the work that the break started.
      await pool.take();
      return [end, ...asked];
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

Deno.test("gateway.fetch() asks once for each request when all accounts are broken", async () => {
  await using gateway = await outage([1, 2, 3], broken);
  const { scene, pool } = gateway;
  assertEquals(await gateway.ask(), [503, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
  const { switches } = scene;
  assertEquals(switches, ["1 transient 2", "2 transient 3"]);
  assertEquals(await gateway.ask(), [503, 3]);
  assertEquals(await gateway.ask(), [503, 3]);
  assertEquals([switches.length, pool.account], [2, 3]);
  assertEquals(pool.mishaps.last?.account, 3);
  assertEquals(await scene.count("account_switch"), 2);
});

Deno.test("gateway.fetch() asks the only account once for each request when that is broken", async () => {
  await using gateway = await outage([1], broken);
  assertEquals(await gateway.ask(), [503, 1, 1, 1]);
  assertEquals(await gateway.ask(), [503, 1]);
});

Deno.test("gateway.fetch() is patient again when an account has answered", async () => {
  let isBroken = true;
  await using gateway = await outage([1, 2], () => isBroken ? broken() : ok());
  await gateway.ask();
  isBroken = false;
  assertEquals(await gateway.ask(), [200, 2]);
  isBroken = true;
  assertEquals(await gateway.ask(), [503, 2, 2, 2, 1, 1, 1]);
});

Deno.test("gateway.fetch() asks all accounts again when two minutes have passed", async () => {
  await using gateway = await outage([1, 2], broken);
  await gateway.ask();
  assertEquals(await gateway.ask(), [503, 2]);
  await gateway.scene.clock.sleep(120_000);
  assertEquals(await gateway.ask(), [503, 2, 2, 2, 1, 1, 1]);
});

/** Cuts off its answer in the middle. */
function cutOffReply(): Response {
  const texts = [event(chunk({ content: "Par" }))];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const text = texts.shift();
      if (text === undefined) throw new TypeError("the connection is gone");
      controller.enqueue(new TextEncoder().encode(text));
    },
  }, { highWaterMark: 0 });
  const headers = { "content-type": "text/event-stream" };
  return new Response(body, { headers });
}

Deno.test("gateway.fetch() asks the next account each time when the answers of all accounts are cut off", async () => {
  await using gateway = await outage([1, 2, 3], cutOffReply);
  const asked: unknown[] = [];
  for (let round = 0; round < 5; round++) {
    asked.push(await gateway.askAndRead());
  }
  assertEquals(asked, [["broken", 1], ["broken", 2], ["broken", 3], [
    "broken",
    1,
  ], ["broken", 2]]);
  assertEquals(await gateway.scene.count("account_cooldown"), 0);
});
