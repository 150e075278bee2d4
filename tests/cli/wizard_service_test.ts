import { assertEquals } from "@std/assert";
import { API_PRESETS } from "../../lib/agents/presets.ts";
import { hasRegions } from "../../lib/cli/setup/wizard_service.ts";

Deno.test("hasRegions() knows the services whose keys are for one region", () => {
  const found = API_PRESETS.filter((it) => hasRegions(it.baseUrl));
  assertEquals(found.map((it) => it.name), [
    "dashscope",
    "dashscope-intl",
    "coding-plan",
    "coding-plan-intl",
  ]);
  assertEquals(hasRegions("https://example.com/v1"), false);
});
