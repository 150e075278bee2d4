import { assert, assertEquals } from "@std/assert";
import {
  GroupReader,
  shareFiles,
  writeGroups,
} from "../../scripts/test_groups.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { run } from "../support/cli.ts";
import { tempDir } from "../support/temp_dir.ts";

const MANY = Array.from({ length: 100 }, (_, at) => `tests/${at}_test.ts`);

Deno.test("shareFiles() puts each file into one of a few groups", () => {
  const groups = shareFiles(MANY, { jobs: 4, durations: {} });
  assertEquals(groups.flat().toSorted(), MANY.toSorted());
  assertEquals(groups.length, 16);
});

Deno.test("shareFiles() makes no more groups than there are files", () => {
  const few = MANY.slice(0, 3);
  assertEquals(shareFiles(few, { jobs: 4, durations: {} }).length, 3);
});

Deno.test("shareFiles() puts the long groups first and none above its share", () => {
  const durations = Object.fromEntries(MANY.map((it, at) => [it, at / 10]));
  const costs = shareFiles(MANY, { jobs: 4, durations })
    .map((files) => files.reduce((sum, it) => sum + (durations[it] ?? 0), 0));
  const total = costs.reduce((a, b) => a + b);
  for (const [at, cost] of costs.entries()) {
    const share = at < 4 ? 1 / 8 : at < 8 ? 1 / 16 : 1 / 32;
    assert(cost < 1.2 * share * total, `group ${at} takes ${cost}`);
  }
});

const FILES = {
  "good_test.ts": 'Deno.test("f() is", () => {});',
  "bad_test.ts": 'Deno.test("g() is", () => { throw new Error("boom"); });',
  "broken_test.ts": 'import "./missing.ts";',
  "unreadable_test.ts": "const = 1;",
  "steps_test.ts":
    'Deno.test("h() is", (t) => t.step("a step", () => {}).then(() => {}));',
  "stray_test.ts": 'Deno.test("i() is", async () => {' +
    'setTimeout(() => { throw new Error("stray"); }, 0);' +
    "await new Promise(() => setTimeout(() => {}, 60_000)); });",
  "unreached_test.ts": 'Deno.test("j() is", () => {});',
};

Deno.test("GroupReader reports files as if each had run alone", async () => {
  await using dir = await tempDir();
  for (const [name, text] of Object.entries(FILES)) {
    await Deno.writeTextFile(`${dir.path}/${name}`, text);
  }
  const paths = await writeGroups([Object.keys(FILES)], {
    root: dir.path,
    folder: dir.path,
  });
  for (const colors of [{ NO_COLOR: "1" }, {}]) {
    const { stdout } = await run(
      Deno.execPath(),
      ["test", "--quiet", "--no-check", "--parallel", ...paths],
      { home: dir.path, cwd: CHECKOUT, env: colors },
    );
    let now = 0;
    const reader = new GroupReader(() => now += 1000);
    const lines = stdout.split("\n").map((it) => reader.read(it))
      .filter((it) => it !== undefined)
      .map((it) => withoutColors(it).replace(/ \([\dµm]+s\)$/, ""));
    assertEquals(lines.slice(0, 9), [
      "./good_test.ts => f() is ... ok",
      "./bad_test.ts => g() is ... FAILED",
      "./broken_test.ts => broken_test.ts can be loaded ... FAILED",
      "./unreadable_test.ts => unreadable_test.ts can be loaded ... FAILED",
      "./steps_test.ts => h() is ... a step ... ok",
      "./steps_test.ts => h() is ... ok",
      "Uncaught error from ./stray_test.ts FAILED",
      "./stray_test.ts => i() is ... cancelled",
      "./unreached_test.ts => j() is ... cancelled",
    ]);
    assert(lines.includes("./stray_test.ts (uncaught error)"));
    assert(lines.includes("FAILED | 2 passed (1 step) | 6 failed"));
    assertEquals(reader.durations, {
      "good_test.ts": 1,
      "bad_test.ts": 1,
      "broken_test.ts": 1,
      "unreadable_test.ts": 1,
      "steps_test.ts": 2,
      "stray_test.ts": 1,
      "unreached_test.ts": 1,
    });
  }
});

function withoutColors(line: string): string {
  // deno-lint-ignore no-control-regex
  return line.replace(/\x1b\[[\d;]*m/g, "");
}
