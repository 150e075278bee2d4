import { assertEquals } from "@std/assert";
import { keyUpstream } from "../../lib/accounts/pool/upstream.ts";

const KEY = {
  apiKey: "secret",
  baseUrl: "https://api.example.com/v1/",
  model: "Qwen/Qwen3",
};

const CASES = [
  {
    name: "the model of the run",
    models: "",
    asked: "qwen3",
    to: "Qwen/Qwen3",
  },
  { name: "another model", models: "", asked: "other", to: "other" },
  {
    name: "a model that the slot names",
    models: "other=Other/X, third=Third/Y",
    asked: "third",
    to: "Third/Y",
  },
  {
    name: "the model of the run when the slot names that",
    models: "qwen3=Qwen/Special",
    asked: "qwen3",
    to: "Qwen/Special",
  },
  {
    name: "a model of a slot that cannot be parsed",
    models: "other",
    asked: "other",
    to: "other",
  },
];

for (const { name, models, asked, to } of CASES) {
  Deno.test(`keyUpstream() uses the right name for ${name}`, () => {
    const key = { ...KEY, others: { ACCOUNT_QWEN_MODELS: models } };
    assertEquals(keyUpstream(1, key, "qwen3").modelFor(asked), to);
  });
}

Deno.test("keyUpstream() removes the slash at the end of the address", () => {
  const { baseUrl } = keyUpstream(1, KEY, "qwen3");
  assertEquals(baseUrl, "https://api.example.com/v1");
});
