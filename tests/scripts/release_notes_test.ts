import { assertEquals, assertStringIncludes } from "@std/assert";
import { type BuiltBinary, releaseNotes } from "../../scripts/release_notes.ts";

const LINUX: BuiltBinary = {
  file: "it-1.0.0-linux-x64",
  target: "linux-x64",
  engine: "bun",
  ranWith: "",
};
const MUSL: BuiltBinary = {
  ...LINUX,
  file: "it-1.0.0-linux-x64-musl",
  target: "linux-x64-musl",
  ranWith: "/x/run_in_alpine",
};
const MACOS: BuiltBinary = {
  file: "it-1.0.0-darwin-arm64",
  target: "darwin-arm64",
  engine: "deno",
};

Deno.test("releaseNotes() says which binaries were run, and how", () => {
  const text = releaseNotes("1.0.0", [LINUX, MUSL, MACOS]);
  const rows = text.split("\n").filter((it) => it.startsWith("| it-"));
  assertEquals(rows, [
    "| it-1.0.0-linux-x64 | linux-x64 | bun | run |",
    "| it-1.0.0-linux-x64-musl | linux-x64-musl | bun | run with run_in_alpine |",
    "| it-1.0.0-darwin-arm64 | darwin-arm64 | deno | not run |",
  ]);
  assertStringIncludes(text, "\nNot run: darwin-arm64. Only the format,");
});

Deno.test("releaseNotes() names the machines for which there is no binary", () => {
  const text = releaseNotes("1.0.0", [LINUX, MUSL, MACOS]);
  const missing = "linux-arm64, linux-arm64-musl, darwin-x64";
  assertStringIncludes(text, `\nNot in this release: ${missing}.\n`);
});

Deno.test("releaseNotes() mentions macOS only when there is a binary for it", () => {
  assertStringIncludes(releaseNotes("1.0.0", [MACOS]), "macOS asks");
  const text = releaseNotes("1.0.0", [LINUX]);
  assertEquals(/macOS|Not run/.test(text), false, text);
});
