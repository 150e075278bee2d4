import { assertEquals, assertThrows } from "@std/assert";
import { formatModelMap, parseModelMap } from "../../lib/agents/api_key.ts";

const TEXT = "qwen3-max=Qwen/Qwen3-Max,coder=qwen3:free";

Deno.test("parseModelMap() reads what formatModelMap() writes", () => {
  const models = parseModelMap(` ${TEXT.replace(",", " , ")},`);
  assertEquals([...models], [
    ["qwen3-max", "Qwen/Qwen3-Max"],
    ["coder", "qwen3:free"],
  ]);
  assertEquals(formatModelMap(models), TEXT);
});

for (const text of ["coder", "=x", "x=", "a=b=c"]) {
  Deno.test(`parseModelMap() throws when it reads "${text}"`, () => {
    assertThrows(() => parseModelMap(text), SyntaxError, "FROM=TO");
  });
}
