import { assertEquals } from "@std/assert";
import {
  EndRequests,
  requestWhenTriggered,
} from "../../lib/process/process_group.ts";

Deno.test("requestWhenTriggered() does not count the time of a stop", async () => {
  const slept: number[] = [];
  let stoppedMs = 500; // before the program was started
  const requests = new EndRequests({ elapsed: () => 0 });
  using _triggers = requestWhenTriggered(requests, {
    timeoutMs: 10_000,
    stoppedMs: () => stoppedMs,
    endSignal: undefined,
    killDelayMs: 0,
    system: {
      sleep(ms) {
        slept.push(ms);
        stoppedMs += slept.length === 1 ? 7_000 : 0;
        return Promise.resolve();
      },
    },
  });
  assertEquals((await requests.first).cause, "timeout");
  assertEquals(slept, [10_000, 7_000]);
});
