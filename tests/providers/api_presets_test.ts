import { assertEquals } from "@std/assert";
import { API_PRESETS, findPreset } from "../../lib/providers/api_presets.ts";
import { problemOfBaseUrl, problemOfModel } from "../../lib/store/api_key.ts";

for (const preset of API_PRESETS) {
  Deno.test(`${preset.name} is a preset that an account can have`, () => {
    assertEquals(problemOfBaseUrl(preset.baseUrl), undefined);
    assertEquals(problemOfModel(preset.model), undefined);
    assertEquals(findPreset(preset.baseUrl), preset);
  });
}

Deno.test("each preset has a name of its own", () => {
  const names = API_PRESETS.map((it) => it.name);
  assertEquals(new Set(names).size, names.length);
});

const WRITTEN: Record<string, string | undefined> = {
  "https://openrouter.ai/api/v1/": "openrouter",
  "HTTPS://OpenRouter.ai:443/api/v1": "openrouter",
  "https://openrouter.ai/api/v2": undefined,
  "https://openrouter.ai.example.com/api/v1": undefined,
  "http://openrouter.ai/api/v1": undefined,
  "no URL": undefined,
  "": undefined,
};

for (const [url, name] of Object.entries(WRITTEN)) {
  Deno.test(`findPreset() finds ${name ?? "none"} for "${url}"`, () => {
    assertEquals(findPreset(url)?.name, name);
  });
}
