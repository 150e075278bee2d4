import { assertEquals } from "@std/assert";
import {
  API_PRESETS,
  findPreset,
  serviceAt,
  serviceOfLogin,
} from "../../lib/agents/presets.ts";
import { problemOfBaseUrl, problemOfModel } from "../../lib/agents/api_key.ts";

for (const preset of API_PRESETS) {
  Deno.test(`${preset.name} is a valid preset for an account`, () => {
    assertEquals(problemOfBaseUrl(preset.baseUrl), undefined);
    assertEquals(problemOfModel(preset.model), undefined);
    assertEquals(findPreset(preset.baseUrl), preset);
  });
}

Deno.test("each preset has a unique name", () => {
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

const SERVICES: Record<string, [name: string | undefined, zone?: string]> = {
  "https://dashscope.aliyuncs.com/compatible-mode/v1": ["dashscope", "+08:00"],
  "https://coding.dashscope.aliyuncs.com/v1/": ["coding-plan", "+08:00"],
  "coding-intl.dashscope.aliyuncs.com": ["coding-plan-intl", "+08:00"],
  "https://openrouter.ai/api/v1": ["openrouter", "UTC"],
  "https://open.bigmodel.cn/api/paas/v4": ["glm", "+08:00"],
  "https://api.z.ai/api/coding/paas/v4": ["glm", "+08:00"],
  "https://any.example.cn/v1": ["any.example.cn", "+08:00"],
  "https://generativelanguage.googleapis.com/v1beta/openai": ["gemini", "UTC"],
  "http://127.0.0.1:8080/open.bigmodel.cn/api/paas/v4": ["glm", "+08:00"],
  "http://127.0.0.1:8080/v1": [undefined],
  "https://any.example/open.bigmodel.cn": [undefined],
  "https://z.ai.example/v1": [undefined],
  "no address": [undefined],
  "": [undefined],
};

for (const [baseUrl, [name, zone]] of Object.entries(SERVICES)) {
  Deno.test(`serviceAt() returns ${name} for "${baseUrl}"`, () => {
    const service = serviceAt(baseUrl);
    assertEquals([service?.name, service?.clock?.zone], [name, zone]);
  });
}

Deno.test("serviceOfLogin() knows that a login at DashScope has its own quota", () => {
  const { baseUrl = "" } = API_PRESETS[0] ?? {};
  assertEquals(serviceOfLogin(baseUrl).name, "qwen-login");
  assertEquals(serviceOfLogin("https://portal.qwen.ai/v1").name, "qwen-portal");
});
