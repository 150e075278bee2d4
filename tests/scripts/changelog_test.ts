import { assertEquals, assertRejects } from "@std/assert";
import {
  type Change,
  readChanges,
  sectionOf,
  withSection,
} from "../../scripts/changelog.ts";
import { run } from "../support/cli.ts";
import { coveredDenoEnv } from "../support/deno_env.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { tempDir } from "../support/temp_dir.ts";

const CHANGES: Change[] = [
  { file: "a.md", kind: "Fixed", text: "`list` ends." },
  {
    file: "b.md",
    kind: "Added",
    text: "a long sentence that tells of many things, so that it takes more " +
      "than one line.",
  },
];

const SECTION = `## [0.2.0] - 2026-12-01

### Added

- A long sentence that tells of many things, so that it takes more than one
  line.

### Fixed

- \`list\` ends.
`;

Deno.test("sectionOf() groups the changes by kind and wraps them", () => {
  const section = sectionOf("0.2.0", { date: "2026-12-01", changes: CHANGES });
  assertEquals(section, SECTION);
});

Deno.test("sectionOf() keeps the rows of a table", () => {
  const table = "| before | now |\n| ------ | --- |\n| `a`    | `b` |";
  const text = `two names have changed:\n\n${table}\n\nThe rest stays.`;
  const changes: Change[] = [{ file: "a.md", kind: "Changed", text }];
  const section = sectionOf("0.2.0", { date: "2026-12-01", changes });
  assertEquals(
    section,
    `## [0.2.0] - 2026-12-01

### Changed

- Two names have changed:

  | before | now |
  | ------ | --- |
  | \`a\`    | \`b\` |

  The rest stays.
`,
  );
});

Deno.test("withSection() puts the new section first", () => {
  const before = "# Changelog\n\nThe form.\n\n";
  const old = "## [0.1.0] - 2026-11-01\n\nThe first version.\n";
  assertEquals(
    withSection(`${before}${old}`, SECTION),
    `${before}${SECTION}\n${old}`,
  );
  assertEquals(withSection(before, SECTION), `${before}${SECTION}`);
});

Deno.test("readChanges() reads each change of this checkout", async () => {
  for (const { text } of await readChanges(CHECKOUT)) {
    assertEquals(text.trim() === "", false);
  }
});

for (
  const [what, content] of Object.entries({
    "no kind": "`list` ends.\n",
    "an unknown kind": "Improved: `list` ends.\n",
    "no sentence": "Fixed: \n",
    "no period": "Fixed: `list` ends\n",
  })
) {
  Deno.test(`readChanges() refuses a file with ${what}`, async () => {
    await using root = await tempDir();
    await Deno.mkdir(`${root.path}/.github/changes`, { recursive: true });
    await Deno.writeTextFile(`${root.path}/.github/changes/a.md`, content);
    await assertRejects(
      () => readChanges(root.path),
      SyntaxError,
      "Cannot read .github/changes/a.md",
    );
  });
}

Deno.test("changelog.ts refuses a word that is not a version, and changes nothing", async () => {
  await using home = await tempDir();
  const { code, stderr } = await run(Deno.execPath(), [
    "run",
    "--cached-only",
    "--allow-read",
    `${CHECKOUT}/scripts/changelog.ts`,
    "--help",
  ], { home: home.path, env: await coveredDenoEnv() });
  assertEquals(
    [code, stderr],
    [2, 'Cannot write a section: "--help" is not a version\n'],
  );
});
