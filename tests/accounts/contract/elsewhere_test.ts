import { assertEquals } from "@std/assert";
import { apiKey } from "../../support/account_folder.ts";
import { startUpstream } from "../../support/upstream.ts";
import { poolScene } from "./account_pools.ts";
import { poolOf } from "../../gateway/accounts.ts";
import { ANSWER, askOnce, ok } from "../../gateway/asking.ts";

const OF_MODEL = { kind: "quota", evidence: "", model: "a-1" } as const;

Deno.test("pool.elsewhere() returns an account that is only resting for another model", async () => {
  await using scene = await poolScene({ keys: [1] });
  const pool = await scene.pool();
  const first = await pool.take();
  assertEquals(await pool.elsewhere(undefined, "b-1"), undefined); // it is ready
  await first.leave(OF_MODEL);
  const other = await pool.elsewhere(undefined, "b-1");
  assertEquals(other?.upstream.secret, apiKey(1));
  assertEquals(await pool.elsewhere(undefined, "a-1"), undefined);
  await pool.end();
});

Deno.test("pool.elsewhere() returns no account that would get the same request", async () => {
  await using scene = await poolScene({ keys: [1, 2] });
  const pool = await scene.pool();
  const first = await pool.take();
  const second = await pool.elsewhere(first, "a-1");
  assertEquals(second?.upstream.account, 2); // it has its own address
  const { baseUrl = "" } = second?.upstream ?? {};
  const upstream = { ...first.upstream, baseUrl };
  const same = await pool.elsewhere({ ...first, upstream }, "a-1");
  assertEquals(same, undefined);
  assertEquals(pool.account, 1);
  await pool.end();
});

Deno.test("gateway.fetch() asks an account that is resting for other models when none is left", async () => {
  await using server = startUpstream(ok);
  const asked: unknown[] = [];
  const pool = {
    ...poolOf([], { readiness: [] }),
    elsewhere: (...args: unknown[]) => {
      asked.push(args);
      return poolOf([server.url]).take();
    },
  };
  const { status, text } = await askOnce({ pool });
  assertEquals([status, text], [200, JSON.stringify(ANSWER)]);
  assertEquals(asked, [[undefined, "coder"]]);
});
