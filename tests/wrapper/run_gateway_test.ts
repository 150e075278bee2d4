import { assertEquals } from "@std/assert";
import { basePathFor } from "../../lib/wrapper/run_gateway.ts";

const PATHS: Record<string, string> = {
  "https://dashscope.aliyuncs.com/compatible-mode/v1":
    "/dashscope.aliyuncs.com/compatible-mode/v1",
  "https://openrouter.ai/api/v1/": "/openrouter.ai/api/v1",
  "http://127.0.0.1:8080": "/127.0.0.1",
};

for (const [baseUrl, path] of Object.entries(PATHS)) {
  Deno.test(`basePathFor() keeps in the path what ${baseUrl} is known by`, () => {
    assertEquals(basePathFor(baseUrl), path);
  });
}
