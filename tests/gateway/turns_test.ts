import { assertEquals, assertRejects } from "@std/assert";
import { Turns } from "../../lib/gateway/account_pool.ts";

Deno.test("take() makes a change once when many callers want it at the same time", async () => {
  const turns = new Turns();
  let made = 0;
  const want = () =>
    turns.take(() => made === 0, async () => {
      await Promise.resolve();
      made++;
    });
  await Promise.all(Array.from({ length: 100 }, want));
  assertEquals(made, 1);
});

Deno.test("take() makes different changes one after another", async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const change = (name: string) =>
    turns.take(() => true, async () => {
      seen.push(`${name} begins`);
      await Promise.resolve();
      seen.push(`${name} ends`);
    });
  await Promise.all([change("a"), change("b")]);
  assertEquals(seen, ["a begins", "a ends", "b begins", "b ends"]);
});

Deno.test("take() rejects for all waiting callers when a change fails, and continues", async () => {
  const turns = new Turns();
  const fail = () => Promise.reject(new RangeError("full"));
  const first = assertRejects(() => turns.take(() => true, fail), RangeError);
  const second = assertRejects(
    () => turns.take(() => true, () => Promise.resolve()),
    RangeError,
  );
  await Promise.all([first, second]);
  await turns.take(() => true, () => Promise.resolve());
});

Deno.test("end() waits for what is in flight, even if that fails", async () => {
  const turns = new Turns();
  const failed = assertRejects(() =>
    turns.take(() => true, async () => {
      await Promise.resolve();
      throw new RangeError("full");
    }), RangeError);
  await turns.end();
  await failed;
});
