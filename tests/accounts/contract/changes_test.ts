import { assertEquals, assertRejects } from "@std/assert";
import { Changes } from "../../../lib/accounts/pool/changes.ts";

Deno.test("take() makes a change once when many callers want it at the same time", async () => {
  const changes = new Changes();
  let made = 0;
  const want = () =>
    changes.take(() => made === 0, async () => {
      await Promise.resolve();
      made++;
    });
  await Promise.all(Array.from({ length: 100 }, want));
  assertEquals(made, 1);
});

Deno.test("take() makes different changes one after another", async () => {
  const changes = new Changes();
  const seen: string[] = [];
  const change = (name: string) =>
    changes.take(() => true, async () => {
      seen.push(`${name} begins`);
      await Promise.resolve();
      seen.push(`${name} ends`);
    });
  await Promise.all([change("a"), change("b")]);
  assertEquals(seen, ["a begins", "a ends", "b begins", "b ends"]);
});

Deno.test("take() rejects for all waiting callers when a change fails, and continues", async () => {
  const changes = new Changes();
  const fail = () => Promise.reject(new RangeError("full"));
  const first = assertRejects(() => changes.take(() => true, fail), RangeError);
  const second = assertRejects(
    () => changes.take(() => true, () => Promise.resolve()),
    RangeError,
  );
  await Promise.all([first, second]);
  await changes.take(() => true, () => Promise.resolve());
});

Deno.test("end() waits for what is in flight, even if that fails", async () => {
  const changes = new Changes();
  const failed = assertRejects(() =>
    changes.take(() => true, async () => {
      await Promise.resolve();
      throw new RangeError("full");
    }), RangeError);
  await changes.end();
  await failed;
});
