import { assertEquals, assertStringIncludes } from "@std/assert";
import { releaseNotes } from "../../scripts/release_notes.ts";

const HERE = {
  file: "it-1.0.0-linux-x64",
  target: "linux-x64",
  engine: "bun",
  wasRun: true,
} as const;

const ELSEWHERE = {
  file: "it-1.0.0-darwin-arm64",
  target: "darwin-arm64",
  engine: "bun",
  wasRun: false,
} as const;

Deno.test("releaseNotes() tells what was run and what was not", () => {
  const text = releaseNotes("1.0.0", [HERE, ELSEWHERE]);
  assertStringIncludes(text, "Run where it was made: linux-x64.");
  assertStringIncludes(
    text,
    "Not run, for want of such a machine: darwin-arm64",
  );
  assertStringIncludes(text, "| it-1.0.0-linux-x64 | linux-x64 | bun | yes |");
});

Deno.test("releaseNotes() says so when nothing is made with Deno's engine", () => {
  assertStringIncludes(releaseNotes("1.0.0", [HERE]), "denort");
  const text = releaseNotes("1.0.0", [{ ...HERE, engine: "deno" }]);
  assertEquals(text.includes("denort"), false);
});
