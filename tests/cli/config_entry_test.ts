import { assertEquals, assertThrows } from "@std/assert";
import { parseConfig } from "../../lib/cli/settings/config.ts";
import { withEntry } from "../../lib/cli/settings/config_entry.ts";
import { UsageError } from "../../lib/cli/line/usage_error.ts";

const PATH = "/x/account-qwen.yaml";

const FILE = `\
# my settings

strategy: sticky # the same account while it lasts

# a long run is a mistake
timeout: 2m
quota_patterns:
- 'no tokens' # as my proxy says it
- "429"
`;

type Value = string | number | string[] | undefined;

const CHANGES: Record<string, [string, string, Value, string]> = {
  "a value is replaced": [
    FILE,
    "strategy",
    "fill-first",
    FILE.replace("sticky", "fill-first"),
  ],
  "an entry is added at the end": [
    FILE,
    "max_retries",
    3,
    `${FILE}max_retries: 3\n`,
  ],
  "an entry is removed": [
    FILE,
    "timeout",
    undefined,
    FILE.replace("timeout: 2m\n", ""),
  ],
  "the first entry is removed": [
    FILE,
    "strategy",
    undefined,
    FILE.replace(/strategy.*\n/, ""),
  ],
  "the first entry has a comment directly above it": [
    "# why\nbin: q\nmode: link\n",
    "bin",
    undefined,
    "# why\nmode: link\n",
  ],
  "the last entry is a list": [
    `${FILE}\n# the end\n`,
    "quota_patterns",
    undefined,
    `${FILE.replace(/quota_patterns[^]*/, "")}\n# the end\n`,
  ],
  "the last entry is replaced": [
    `${FILE}\n# the end\n`,
    "quota_patterns",
    ["a"],
    `${FILE.replace(/(quota_patterns:\n)[^]*/, "$1- a\n")}\n# the end\n`,
  ],
  "blank lines and comments are all around": [
    "\n\n# a\n\nbin: q\n\n\n# b\n\nmode: link\n\n# c\n\n",
    "mode",
    "gateway",
    "\n\n# a\n\nbin: q\n\n\n# b\n\nmode: gateway\n\n# c\n\n",
  ],
  "the value is on a line of its own": [
    "bin: # mine\n  q\nmode: link\n",
    "bin",
    "r",
    "bin: r # mine\nmode: link\n",
  ],
  "the value is missing": ["bin:\n", "bin", "r", "bin: r\n"],
  "the value is quoted, with a comment": [
    'bin:   "a # b"  # mine\n',
    "bin",
    "r",
    "bin:   r  # mine\n",
  ],
  "the value is text of several lines": [
    "bin: |\n  a\n  # b\nmode: link\n",
    "mode",
    "auto",
    "bin: |\n  a\n  # b\nmode: auto\n",
  ],
  "the key is quoted": ['"bin": q\n', "bin", "r", '"bin": r\n'],
  "the mapping is indented": [
    "  bin: q # mine\n",
    "mode",
    "link",
    "  bin: q # mine\n  mode: link\n",
  ],
  "the last line has no line break": [
    "bin: q",
    "mode",
    "link",
    "bin: q\nmode: link\n",
  ],
  "a list in brackets becomes one value a line": [
    "quota_patterns: [a, b] # mine\nbin: q\n",
    "quota_patterns",
    ["c"],
    "quota_patterns: # mine\n  - c\nbin: q\n",
  ],
  "an entry to remove does not exist": [
    "mode:   link\n",
    "timeout",
    undefined,
    "mode:   link\n",
  ],
  "there is no file": ["", "strategy", "sticky", "strategy: sticky\n"],
  "there are only comments": ["# mine\n", "bin", "q", "# mine\n\nbin: q\n"],
  "the last entry is removed": [
    "# mine\n\nbin: q\n",
    "bin",
    undefined,
    "# mine\n\n",
  ],
  "the mapping is in brackets": [
    "{ bin: q }\n",
    "mode",
    "link",
    "bin: q\nmode: link\n",
  ],
  "the lines end as on Windows": [
    "# x\r\nbin: q\r\n",
    "mode",
    "link",
    "# x\r\nbin: q\r\nmode: link\r\n",
  ],
  "a text looks like a number": ["", "bin", "123", "bin: '123'\n"],
  "a text looks like YAML": ["", "bin", "a: b # c", "bin: 'a: b # c'\n"],
  "a text is long": [
    "",
    "bin",
    "a ".repeat(80) + "b",
    `bin: ${"a ".repeat(80)}b\n`,
  ],
  "a value is a list": [
    "bin: q\n",
    "quota_patterns",
    ["a", "429"],
    "bin: q\nquota_patterns:\n  - a\n  - '429'\n",
  ],
};

for (const [when, [text, key, value, expected]] of Object.entries(CHANGES)) {
  Deno.test(`withEntry() keeps the rest as it is when ${when}`, () => {
    const changed = withEntry(text, { path: PATH, key, value });
    assertEquals(changed, expected);
    const names = [...parseConfig(changed, PATH).keys()];
    const name = key.replaceAll("_", "-").replace(/patterns/, "pattern");
    assertEquals(names.some((it) => it === name), value !== undefined);
  });
}

const REFUSED: Record<string, [string, string]> = {
  "it is not YAML": ["a: [1\n", "line 2, column 1: "],
  "it has a key twice": ["bin: a\nbin: b\n", "line 2, column 1: "],
  "it holds several documents": ["bin: a\n---\nbin: b\n", "line 2, column 1: "],
  "another entry needs this one": [
    "bin: &a x\nmode: *a\n",
    "line 1, column 1: this form of YAML",
  ],
  "it is in brackets, with a comment": [
    "{ bin: r } # mine\n",
    "line 1, column 3: this form of YAML has to be edited by hand",
  ],
  "it is a list": ["- a\n", "line 1, column 1: the file is not a mapping"],
  "it is a text": [
    "root:x:0:0\n",
    "line 1, column 1: the file is not a mapping",
  ],
};

for (const [when, [text, problem]] of Object.entries(REFUSED)) {
  Deno.test(`withEntry() refuses a text when ${when}`, () => {
    const options = { path: PATH, key: "bin", value: "q" };
    const { message, hint } = assertThrows(
      () => withEntry(text, options),
      UsageError,
    );
    assertEquals(
      message.startsWith(`Cannot change "${PATH}": ${problem}`),
      true,
      message,
    );
    assertEquals(hint, "account-qwen config edit");
  });
}
