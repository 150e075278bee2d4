import { assertEquals } from "@std/assert";
import { COMMAND_INDEX } from "../../lib/cli/line/command_index.ts";
import { didYouMean, nearest } from "../../lib/cli/line/nearest.ts";

const COMMANDS = COMMAND_INDEX.map((it) => it.name);

const GUESSES: Record<string, string | undefined> = {
  "a letter is missing: lst": "list",
  "two letters are swapped: swtich": "switch",
  "a letter is wrong: sefup": "setup",
  "there is a letter too many: excec": "exec",
  "the case differs: LIST": "list",
  "two letters of a long word are wrong: completon": "completion",
  "only one begins so: compl": "completion",
  "nothing is near: version": undefined,
  "nothing is near: status-of-all": undefined,
  "it is too short for a beginning: co": undefined,
  "several begin so: re": undefined,
  "it is empty: ": undefined,
};

for (const [name, guess] of Object.entries(GUESSES)) {
  Deno.test(`nearest() returns ${guess} when ${name}`, () => {
    assertEquals(nearest(name.split(": ")[1] ?? "", COMMANDS), guess);
  });
}

Deno.test("nearest() does not count the dashes of a flag", () => {
  assertEquals(nearest("--jso", ["--json", "--dir"]), "--json");
  assertEquals(nearest("--all", ["--dir", "--due"]), undefined);
});

Deno.test("nearest() has no guess for a letter that is another one", () => {
  assertEquals(nearest("-x", ["-h", "-V"]), undefined);
  assertEquals(nearest("-v", ["-h", "-V"]), "-V");
});

Deno.test("didYouMean() says nothing when nothing is near", () => {
  assertEquals(
    didYouMean("sefe", ["safe", "always"]),
    ' (did you mean "safe"?)',
  );
  assertEquals(didYouMean("maybe", ["safe", "always"]), "");
});
