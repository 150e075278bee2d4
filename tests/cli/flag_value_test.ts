import { assertEquals } from "@std/assert";
import type { Flag } from "../../lib/cli/line/command.ts";
import { checkFlagValue } from "../../lib/cli/line/flag_value.ts";

const WORDS = ["safe", "always"];

const VALUES: [Partial<Flag> & Pick<Flag, "type">, string, unknown][] = [
  [{ type: "text" }, "a b", "a b"],
  [{ type: "text", mayBeEmpty: true }, "", ""],
  [{ type: "texts" }, "429", "429"],
  [{ type: "number" }, "0", 0],
  [{ type: "number" }, "999999999", 999_999_999],
  [{ type: "duration" }, "1.5m", 90_000],
  [{ type: "choice", words: WORDS }, "always", "always"],
  [{ type: "switch" }, "true", true],
  [{ type: "switch" }, "0", false],
];

for (const [flag, text, value] of VALUES) {
  Deno.test(`checkFlagValue() reads ${JSON.stringify(text)} as a ${flag.type}`, () => {
    assertEquals(checkFlagValue({ summary: "", ...flag }, text), { value });
  });
}

const PROBLEMS: [Partial<Flag> & Pick<Flag, "type">, string, string][] = [
  [{ type: "text" }, "", "it needs a value"],
  [{ type: "choice", words: WORDS }, "", "it needs a value"],
  [{ type: "number" }, "1.5", '"1.5" is not a whole number of 0 or more'],
  [
    { type: "number" },
    "9999999999",
    '"9999999999" is not a whole number of 0 or more',
  ],
  [
    { type: "duration" },
    "soon\n",
    '"soon\\n" is not a duration (examples: 45s, 2m, 1h30m)',
  ],
  [
    { type: "choice", words: WORDS },
    "Safe",
    '"Safe" is not one of safe, always (did you mean "safe"?)',
  ],
  [{ type: "choice", words: ["ok"] }, "no", '"no" is not "ok"'],
];

for (const [flag, text, problem] of PROBLEMS) {
  Deno.test(`checkFlagValue() says what is wrong with ${JSON.stringify(text)} as a ${flag.type}`, () => {
    assertEquals(checkFlagValue({ summary: "", ...flag }, text), { problem });
  });
}
