/**
 * Many processes that share accounts. `TRAFFIC_PROCESSES=50 TRAFFIC_SECONDS=60`
 * makes the test with kills as long as it should be after a change in
 * `lib/ledger/settle_traffic.ts` or `lib/accounts/pool/admission.ts`.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { runCli } from "../support/cli.ts";
import { until } from "../support/deadline.ts";
import { type AskingProcess, trafficScene } from "../support/traffic_scene.ts";
import { ok, quota } from "./asking.ts";

const PROCESSES = Number(Deno.env.get("TRAFFIC_PROCESSES") ?? 8);
const SECONDS = Number(Deno.env.get("TRAFFIC_SECONDS") ?? 6);

/** The share of rounds in which a process is killed. */
const KILLED_SHARE = 0.05;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

Deno.test("20 processes that start at once send three requests at most to an account that is out", async () => {
  await using scene = await trafficScene([quota, ok]);
  await using owned = new AsyncDisposableStack();
  const statuses = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const process = owned.use(await scene.start());
      await process.send(1);
      return await process.statuses();
    }),
  );
  assertEquals(new Set(statuses), new Set(["200"]));
  assert(scene.asked(1) <= 3, `${scene.asked(1)} requests`);
  assertEquals(scene.asked(2), 20);
});

Deno.test("no place leaks when processes are killed at random", async () => {
  const slow = async () => {
    await pause(20 * Math.random());
    return ok();
  };
  await using scene = await trafficScene([slow, slow, slow]);
  let requests = 0;
  let kills = 0;
  const start = () => scene.start({ maxInFlight: 3 });
  const begun: AskingProcess[] = [];
  for (let count = 0; count < PROCESSES; count++) begun.push(await start());
  const end = performance.now() + SECONDS * 1_000;
  const lives = begun.map(async (first) => {
    let process = first;
    while (performance.now() < end) {
      const count = 1 + Math.floor(3 * Math.random());
      await process.send(count);
      if (Math.random() < KILLED_SHARE) {
        await pause(50 * Math.random());
        await process.kill();
        kills++;
        await process[Symbol.asyncDispose]();
        process = await start();
        continue;
      }
      const statuses = (await process.statuses()).split(" ");
      assertEquals(statuses, Array.from({ length: count }, () => "200"));
      requests += count;
    }
    await process[Symbol.asyncDispose]();
  });
  // All have ended before one of them may fail the test.
  for (const it of await Promise.allSettled(lives)) {
    if (it.status === "rejected") throw it.reason;
  }
  assert(requests > 0 && kills > 0, `${requests} requests, ${kills} kills`);
  await using last = await scene.start({ maxInFlight: 3 });
  await last.send(9);
  assertEquals(await last.statuses(), "200 200 200 200 200 200 200 200 200");
  await until(async () => {
    const { underWay, waiting } = await scene.traffic();
    return waiting === 0 && Object.values(underWay).every((it) => it === 0);
  }, { what: "no request under way" });
  await last[Symbol.asyncDispose]();
  const args = ["--dir", scene.dir, "status", "--json"];
  const { accounts } = JSON.parse(
    (await runCli(args, { home: scene.dir })).stdout,
  );
  for (const { runs, in_flight, waiting } of accounts) {
    assertEquals([runs, in_flight, waiting], [0, 0, 0]);
  }
});
