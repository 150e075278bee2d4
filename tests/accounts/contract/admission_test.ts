import { assertEquals, assertRejects } from "@std/assert";
import { Admission } from "../../../lib/accounts/pool/admission.ts";
import type { Pass } from "../../../lib/accounts/pool/waiting_requests.ts";
import { runtime } from "../../../lib/system/mod.ts";
import { realSystem } from "../../../lib/system/system.ts";
import { accountFolder } from "../../support/account_folder.ts";
import { until } from "../../support/deadline.ts";

/** A folder, and parties that use its accounts. */
async function scene() {
  await using owned = new AsyncDisposableStack();
  const { layout } = owned.use(await accountFolder({ keys: [1] }));
  const all = owned.move();
  return {
    layout,
    party: (maxInFlight = 0) =>
      all.use(new Admission(layout, { maxInFlight, system: realSystem })),
    waiting: async () =>
      JSON.parse(await Deno.readTextFile(layout.traffic)).queue.length,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

async function enter(party: Admission, signal?: AbortSignal): Promise<Pass> {
  const asOf = Date.now();
  const given = { accounts: [1], asOf, timeoutMs: 20_000, signal };
  const pass = await party.enter(given);
  if (typeof pass === "string") throw new Error(pass);
  return pass;
}

Deno.test("enter() gives up its place in the queue when the client leaves", async () => {
  await using folder = await scene();
  const first = await enter(folder.party(1));
  const client = new AbortController();
  const second = enter(folder.party(1), client.signal);
  await until(async () => await folder.waiting() === 1, { what: "the ticket" });
  client.abort(new Error("The client has left"));
  await assertRejects(() => second, Error, "The client has left");
  await until(async () => await folder.waiting() === 0, { what: "its end" });
  first[Symbol.dispose]();
});

Deno.test("enter() serves the parties of a process in the order of arrival", async () => {
  await using folder = await scene();
  const first = await enter(folder.party(1));
  const order: string[] = [];
  const later: Promise<void>[] = [];
  for (const name of ["second", "third", "fourth"]) {
    later.push(
      enter(folder.party(1)).then((pass) => {
        order.push(name);
        pass.tell("answered");
        pass[Symbol.dispose]();
      }),
    );
    const count = later.length;
    await until(async () => await folder.waiting() === count, { what: name });
  }
  first.tell("answered");
  first[Symbol.dispose]();
  await Promise.all(later);
  assertEquals(order, ["second", "third", "fourth"]);
});

for (
  const [what, content] of [
    ["is torn", '{"accounts":{"1":{"uses":[{"par'],
    ["is something else", '["accounts"]'],
    ["has other members", '{"accounts":{"1":{"uses":"x"}},"queue":[{"id":1}]}'],
  ] as const
) {
  Deno.test(`enter() begins anew when the file ${what}`, async () => {
    await using folder = await scene();
    await Deno.writeTextFile(folder.layout.traffic, content);
    const pass = await enter(folder.party(1));
    const { accounts } = JSON.parse(
      await Deno.readTextFile(folder.layout.traffic),
    );
    assertEquals(accounts["1"].uses.length, 1);
    pass[Symbol.dispose]();
  });
}

Deno.test("enter() counts for itself when the file cannot be written", async () => {
  await using folder = await scene();
  await Deno.mkdir(folder.layout.trafficLock); // so that nobody can lock it
  const party = folder.party(1);
  const first = await enter(party);
  let hasEntered = false;
  const second = enter(party).then((pass) => {
    hasEntered = true;
    return pass;
  });
  await realSystem.sleep(200);
  assertEquals(hasEntered, false);
  first.tell("answered");
  first[Symbol.dispose]();
  (await second)[Symbol.dispose]();
});

Deno.test("enter() does not wait for a process that holds the lock for long", async () => {
  await using folder = await scene();
  using lock = await runtime.files.tryLock(folder.layout.trafficLock, 0o600);
  assertEquals(lock !== undefined, true);
  (await enter(folder.party()))[Symbol.dispose]();
});

Deno.test("hasLimit() reads the file once for requests that begin at once", async () => {
  await using folder = await scene();
  const party = folder.party();
  const { files } = runtime;
  let reads = 0;
  runtime.files = {
    ...files,
    read(path, mostBytes) {
      if (path === folder.layout.traffic) reads++;
      return files.read(path, mostBytes);
    },
  };
  try {
    await Promise.all(Array.from({ length: 100 }, () => party.hasLimit(1)));
  } finally {
    runtime.files = files;
  }
  assertEquals(reads, 1);
});
