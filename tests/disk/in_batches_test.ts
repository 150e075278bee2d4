import { assertEquals, assertRejects } from "@std/assert";
import { inBatches } from "../../lib/disk/files.ts";

const NUMBERS = Array.from({ length: 200 }, (_, at) => at);

Deno.test("inBatches() returns the result of each item, in order", async () => {
  const slowFirst = async (it: number) => {
    for (let turns = 200 - it; turns > 0; turns--) await Promise.resolve();
    return it * 2;
  };
  const doubled = await inBatches(NUMBERS, slowFirst);
  assertEquals(doubled, NUMBERS.map((it) => it * 2));
});

Deno.test("inBatches() handles a limited number of items at a time, and starts no more after a failure", async () => {
  let underWay = 0;
  let most = 0;
  let begun = 0;
  const action = async (it: number) => {
    begun++;
    most = Math.max(most, ++underWay);
    await Promise.resolve();
    underWay--;
    if (it === 70) throw new Error("no room");
  };
  await assertRejects(() => inBatches(NUMBERS, action), Error, "no room");
  assertEquals([most, begun, underWay], [64, 128, 0]);
});
