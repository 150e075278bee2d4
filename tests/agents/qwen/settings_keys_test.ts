import { assertEquals } from "@std/assert";
import {
  readKeySettings,
  STORED_KEY,
} from "../../../lib/agents/qwen/settings.ts";

const URL = "https://example.com/v1";

Deno.test("readKeySettings() reads what /auth of qwen writes", () => {
  const variable = "BAILIAN_CODING_PLAN_API_KEY";
  const models = ["qwen3.5-plus", "qwen3-coder-plus"].map((id) => ({
    id,
    name: `[Bailian Coding Plan] ${id}`,
    baseUrl: URL,
    envKey: variable,
  }));
  const found = readKeySettings({
    env: { [variable]: "sk-sp-1", other: 1, A: "$B", C: "${D}" },
    modelProviders: { openai: models },
    security: { auth: { selectedType: "openai" } },
    codingPlan: { region: "china" },
    model: { name: "qwen3-coder-plus" },
  });
  assertEquals(found, {
    variables: { [variable]: "sk-sp-1" },
    routes: [{
      variable,
      baseUrl: URL,
      model: "qwen3-coder-plus",
      isOfProject: false,
    }],
  });
});

Deno.test("readKeySettings() uses the first model when none is chosen", () => {
  const openai = ["a", "b"].map((id) => ({ id, envKey: "KEY", baseUrl: URL }));
  const { routes } = readKeySettings({ modelProviders: { openai } });
  assertEquals(routes.map((it) => it.model), ["a"]);
});

Deno.test("readKeySettings() uses the chosen address when one variable has two", () => {
  const openai = ["https://a.example/v1", "https://b.example/v1"]
    .map((baseUrl) => ({ id: "m", envKey: "KEY", baseUrl }));
  const model = { name: "m", baseUrl: "https://b.example/v1" };
  const { routes } = readKeySettings({ modelProviders: { openai }, model });
  assertEquals(routes.map((it) => it.baseUrl), ["https://b.example/v1"]);
});

Deno.test("readKeySettings() reads the key that older versions stored", () => {
  const auth = { apiKey: "sk-1", baseUrl: URL, selectedType: "openai" };
  const model = { name: "m" };
  assertEquals(readKeySettings({ security: { auth }, model }), {
    variables: { [STORED_KEY]: "sk-1" },
    routes: [{
      variable: STORED_KEY,
      baseUrl: URL,
      model: "m",
      isOfProject: false,
    }],
  });
});

Deno.test("readKeySettings() ignores keys for another protocol", () => {
  const model = { id: "m", envKey: "KEY", baseUrl: URL };
  const found = readKeySettings({
    modelProviders: {
      anthropic: [model],
      gemini: [model],
      mine: [model],
      openai: [{ ...model, wireApi: "responses" }],
    },
    security: { auth: { apiKey: "secret", selectedType: "gemini" } },
  });
  assertEquals(found, { variables: {}, routes: [] });
});

Deno.test("readKeySettings() reads a service of the user's own that is mapped to openai", () => {
  const { routes } = readKeySettings({
    modelProviders: { mine: [{ id: "m", envKey: "KEY", baseUrl: URL }] },
    providerProtocol: { mine: "openai" },
  });
  assertEquals(routes.map((it) => it.variable), ["KEY"]);
});

Deno.test("readKeySettings() limits the number of variables that it reads", () => {
  const openai = Array.from({ length: 9_999 }, (_, at) => ({
    id: "m",
    envKey: `KEY_${at}`,
    baseUrl: URL,
  }));
  assertEquals(
    readKeySettings({ modelProviders: { openai } }).routes.length,
    32,
  );
});
