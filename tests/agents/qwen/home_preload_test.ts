import { assert, assertEquals } from "@std/assert";
import { preloadOption } from "../../../lib/agents/formats.ts";
import { homeModule } from "../../../lib/agents/qwen/preloads.ts";

Deno.test("preloadOption() quotes a path as Node reads it", () => {
  const option = preloadOption('/home/a b/"c"\\d/preload.cjs');
  assertEquals(option, '--require "/home/a b/\\"c\\"\\\\d/preload.cjs"');
});

Deno.test("homeModule() knows the option by which it is loaded", () => {
  const path = '/home/a "b"/preload.cjs';
  const text = homeModule({
    path,
    home: "/home/private",
    realHome: "/home/a",
  });
  assert(text.includes(JSON.stringify(preloadOption(path))), text);
});
