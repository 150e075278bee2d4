import { assert, assertEquals } from "@std/assert";
import { serviceAt } from "../../lib/agents/presets.ts";

const ADDRESSES: Record<string, string[]> = {
  "https://coding.dashscope.aliyuncs.com/v1": [
    "5h requests 1200-6000",
    "week requests 9000-45000",
    "month requests 18000-90000",
  ],
  "https://dashscope.aliyuncs.com/compatible-mode/v1": [
    "minute requests unknown",
    "minute tokens unknown",
  ],
  "https://api-inference.modelscope.cn/v1": ["day requests 2000"],
  "https://openrouter.ai/api/v1": [
    "minute requests 20",
    "day requests 50-1000",
  ],
};

for (const [address, expected] of Object.entries(ADDRESSES)) {
  Deno.test(`serviceAt() knows the windows of ${address}, and their page`, () => {
    const windows = serviceAt(address)?.windows ?? [];
    assertEquals(
      windows.map(({ name, unit, limits = [] }) =>
        `${name} ${unit} ${limits.join("-") || "unknown"}`
      ),
      expected,
    );
    for (const { source } of windows) {
      assert(URL.canParse(source), `"${source}" is not a page`);
    }
  });
}
