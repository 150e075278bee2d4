import { assertEquals } from "@std/assert";
import { runLoad } from "../../scripts/gateway_load.ts";

Deno.test("startGateway() breaks none of 200 streams at the same time", async () => {
  const load = { streams: 200, seconds: 2, events: 5 };
  const { whole, broken } = await runLoad(load, { probes: 0 });
  assertEquals([whole, broken], [200, []]);
});
