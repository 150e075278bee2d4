import { assert, assertEquals, assertMatch } from "@std/assert";
import { runCli } from "../support/cli.ts";
import { until } from "../support/deadline.ts";
import { trafficScene } from "../support/traffic_scene.ts";
import { layoutAt } from "../../lib/disk/layout.ts";
import { runtime } from "../../lib/system/mod.ts";
import { ok, quota } from "./asking.ts";

/** Answers after `ms`. */
const slow = (ms: number) => async () => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return ok();
};

/** Never answers. */
const never = () => Promise.withResolvers<Response>().promise;

function times(status: number, count: number): string {
  return Array.from({ length: count }, () => status).join(" ");
}

Deno.test("100 requests at once send one each to two accounts that are out", async () => {
  await using scene = await trafficScene([quota, quota, ok]);
  await using process = await scene.start();
  await process.send(100);
  assertEquals(await process.statuses(), times(200, 100));
  assertEquals([1, 2, 3].map(scene.asked), [1, 1, 100]);
});

Deno.test("requests of several processes send one to an account that is out", async () => {
  await using scene = await trafficScene([quota, ok]);
  await using owned = new AsyncDisposableStack();
  const processes = [];
  for (let count = 0; count < 4; count++) {
    processes.push(owned.use(await scene.start()));
  }
  await Promise.all(processes.map((it) => it.send(5)));
  for (const it of processes) assertEquals(await it.statuses(), times(200, 5));
  assertEquals(scene.asked(2), 20);
  // One, unless the machine is so busy that its sign takes five seconds; each
  // process by itself would send one.
  const asked = scene.asked(1);
  assert(asked >= 1 && asked <= 3, `${asked} requests`);
});

Deno.test("the requests of other processes go on when the one that went ahead is killed", async () => {
  let isFirst = true;
  await using scene = await trafficScene([() => {
    if (!isFirst) return ok();
    isFirst = false;
    return never();
  }]);
  // A start may take longer than the others wait for the first sign.
  await using first = await scene.start();
  await using other = await scene.start();
  await first.send(1);
  await until(() => scene.asked(1) === 1, { what: "the first request" });
  await other.send(10);
  // On a busy machine, the account may have opened slowly before all ten wait.
  const isOpening = () => scene.asked(1) > 1;
  await until(
    async () => isOpening() || (await scene.traffic()).waiting === 10,
    { what: "ten that wait" },
  );
  const before = isOpening() ? undefined : performance.now();
  await first.kill();
  await until(isOpening, { what: "the second request" });
  const waitedMs = performance.now() - (before ?? performance.now());
  assertEquals(await other.statuses(), times(200, 10));
  assert(waitedMs < 4_000, "it waited for the dead one");
});

Deno.test("an account that does not answer takes more requests after five seconds", async () => {
  await using scene = await trafficScene([never]);
  await using process = await scene.start();
  await process.send(5);
  await until(() => scene.asked(1) === 1, { what: "the first request" });
  const before = performance.now();
  await until(() => scene.asked(1) === 5, { what: "all requests" });
  assert(performance.now() - before >= 4_500, "they did not wait");
  await process.kill();
});

Deno.test("maxInFlight limits the requests of all processes, and each is answered", async () => {
  await using scene = await trafficScene([slow(20)]);
  await using owned = new AsyncDisposableStack();
  const processes = [];
  for (let count = 0; count < 3; count++) {
    processes.push(owned.use(await scene.start({ maxInFlight: 2 })));
  }
  await Promise.all(processes.map((it) => it.send(10)));
  for (const it of processes) assertEquals(await it.statuses(), times(200, 10));
  assertEquals([scene.most(1), scene.asked(1)], [2, 30]);
  await until(async () => (await scene.traffic()).underWay["1"] === 0, {
    what: "no request under way",
  });
  await until(async () => (await scene.traffic()).waiting === 0, {
    what: "an empty queue",
  });
});

Deno.test("maxInFlight sends the requests for which an account has no room to others", async () => {
  await using scene = await trafficScene([slow(50), slow(50), slow(50)]);
  await using process = await scene.start({ maxInFlight: 2 });
  await process.send(12);
  assertEquals(await process.statuses(), times(200, 12));
  for (const index of [1, 2, 3]) {
    assertEquals(scene.most(index) <= 2, true);
    assert(scene.asked(index) > 0, `account ${index} was not asked`);
  }
});

Deno.test("a request that finds no room in time gets the reply for no account", async () => {
  await using scene = await trafficScene([never]);
  const options = { maxInFlight: 1, queueTimeoutMs: 300 };
  await using first = await scene.start(options);
  await first.send(1);
  await until(() => scene.asked(1) === 1, { what: "the first request" });
  await using second = await scene.start(options);
  await second.send(2);
  assertEquals(await second.statuses(), times(402, 2));
  await until(async () => (await scene.traffic()).waiting === 0, {
    what: "an empty queue",
  });
  await first.kill();
});

Deno.test("the places of a killed process are free again", async () => {
  let isFirst = true;
  await using scene = await trafficScene([() => isFirst ? never() : ok()]);
  await using first = await scene.start({ maxInFlight: 1 });
  await first.send(1);
  await until(() => scene.asked(1) === 1, { what: "the first request" });
  isFirst = false;
  await using second = await scene.start({ maxInFlight: 1 });
  await second.send(3);
  await until(async () => (await scene.traffic()).waiting === 3, {
    what: "three that wait",
  });
  await first.kill();
  assertEquals(await second.statuses(), times(200, 3));
});

Deno.test("status shows the requests of a process until it is killed", async () => {
  await using scene = await trafficScene([never]);
  await using process = await scene.start({ maxInFlight: 2 });
  await process.send(5);
  await until(() => scene.asked(1) === 1, { what: "the first request" });
  await until(async () => (await scene.traffic()).waiting === 4, {
    what: "four that wait",
  });
  const status = async () =>
    (await runCli(["--dir", scene.dir, "status"], { home: scene.dir })).stdout;
  assertMatch(
    await status(),
    /ready, 1 run since \d\d:\d\d, 1 in flight, 4 waiting\n/,
  );
  await process.kill();
  assertMatch(await status(), /ready *\n/);
});

Deno.test("an account that refuses requests at the same time gets fewer of them", async () => {
  let underWay = 0;
  let isRefusing = true;
  const crowded = Response.json({
    error: { message: "Too many concurrent requests, please retry" },
  }, { status: 429, headers: { "retry-after": "1" } });
  await using scene = await trafficScene([async () => {
    if (isRefusing && underWay >= 2) return crowded.clone();
    underWay++;
    await new Promise((resolve) => setTimeout(resolve, 50));
    underWay--;
    return ok();
  }]);
  await using process = await scene.start();
  await process.send(1);
  assertEquals(await process.statuses(), "200");
  await process.send(4);
  assertEquals(await process.statuses(), times(200, 4));
  isRefusing = false;
  await process.send(12);
  const before = scene.most(1);
  assertEquals(await process.statuses(), times(200, 12));
  assert(scene.most(1) <= before, `${scene.most(1)} requests at a time`);
});

Deno.test("another process sends a request elsewhere when the service has shown that an account has no room", async () => {
  const release = Promise.withResolvers<Response>();
  const crowded = Response.json({
    error: { message: "Too many concurrent requests, please retry" },
  }, { status: 429, headers: { "retry-after": "1" } });
  const replies = [ok, () => release.promise, () => crowded.clone()];
  await using scene = await trafficScene([
    () => replies.shift()?.() ?? ok(),
    ok,
  ]);
  await using process = await scene.start();
  await process.send(1);
  assertEquals(await process.statuses(), "200");
  await process.send(2);
  await until(() => scene.asked(2) === 1, { what: "the one that was refused" });
  await using other = await scene.start({ queueTimeoutMs: 5_000 });
  await other.send(1);
  const statuses = await other.statuses();
  release.resolve(ok());
  assertEquals(statuses, "200");
  assertEquals([1, 2].map(scene.asked), [3, 2]);
  assertEquals(await process.statuses(), times(200, 2));
});

Deno.test("maxInFlight limits all processes again after one could not lock the file", async () => {
  const answer = Promise.withResolvers<void>();
  await using scene = await trafficScene([async () => {
    await answer.promise;
    return ok();
  }]);
  const path = layoutAt(scene.dir).trafficLock;
  const lock = await runtime.files.tryLock(path, 0o600);
  await using alone = await scene.start({ maxInFlight: 1 });
  await alone.send(2);
  await until(() => scene.asked(1) === 1, {
    what: "a request without the file",
  });
  assertEquals(await exists(`${scene.dir}/traffic.json`), false);
  lock?.[Symbol.dispose]();
  await until(() => exists(`${scene.dir}/traffic.json`), { what: "the file" });
  assertEquals(await scene.traffic(), { underWay: { 1: 1 }, waiting: 1 });
  await using other = await scene.start({ maxInFlight: 1 });
  await other.send(1);
  await until(async () => (await scene.traffic()).waiting === 2, {
    what: "the request of the other process",
  });
  answer.resolve();
  assertEquals(await alone.statuses(), times(200, 2));
  assertEquals(await other.statuses(), times(200, 1));
  assertEquals(scene.most(1), 1);
});

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
