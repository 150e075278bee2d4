import { assert, assertEquals } from "@std/assert";
import { classify } from "../../lib/agents/qwen/output.ts";
import { parseErrorReply } from "../../lib/verdict/api_error.ts";

const UNITS = ["a-", "1.", "/a", "[a:", "x.js:1 ", "eyJ", "bearer ", "a_key:"];

for (const unit of UNITS) {
  Deno.test(`classify() is fast with a line of 4 MB of ${JSON.stringify(unit)}`, () => {
    const words = `${unit.repeat(4_000_000 / unit.length)} quota exceeded`;
    const stderr = `${words}\n[API Error: ${words}]\n`;
    const start = performance.now();
    const { kind, evidence } = classify({
      exitCode: 1,
      timedOut: false,
      stdout: "",
      stderr,
    });
    assertEquals(kind, "quota");
    assert(evidence.length <= 160);
    assert(performance.now() - start < 60_000); // a quadratic search takes hours
  });
}

for (const unit of [...UNITS, "a.", "a_", "429 ", "'a", "a b/"]) {
  Deno.test(`classify() is fast with a last error of 4 MB of ${JSON.stringify(unit)}`, () => {
    const start = performance.now();
    classify({
      exitCode: 1,
      timedOut: false,
      stdout: "",
      stderr: unit.repeat(4_000_000 / unit.length),
    });
    assert(performance.now() - start < 20_000); // a quadratic search takes hours
  });
}

for (const quote of ["'", '"']) {
  Deno.test(`parseErrorReply() is fast with 250 KB of escaped ${quote}`, () => {
    const body = `{${quote}${`\\${quote}`.repeat(125_000)}}`;
    const start = performance.now();
    assertEquals(parseErrorReply(429, body).message, body);
    assert(performance.now() - start < 20_000); // a quadratic search takes minutes
  });
}
