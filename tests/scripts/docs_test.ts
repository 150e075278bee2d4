import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { readChanges } from "../../scripts/changelog.ts";
import { filesBelow } from "../../scripts/files_below.ts";
import { CHECKOUT } from "../support/checkout.ts";

const FOLDER = `${CHECKOUT}/.github`;
const DOCUMENTS = ["ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];
const PAGES = (await Array.fromAsync(Deno.readDir(`${FOLDER}/docs`)))
  .map((it) => `.github/docs/${it.name}`).toSorted();

/** A path from the root of the checkout, in a document. */
const PATH = /`((?:\.github|\.ci|lib|tests|scripts)\/[\w./-]*|main\.ts)`/g;

for (const name of DOCUMENTS) {
  Deno.test(`${name} names only files that exist`, async () => {
    const text = await Deno.readTextFile(`${FOLDER}/${name}`);
    const paths = Array.from(text.matchAll(PATH), ([, path = ""]) => path)
      .filter((it) => !it.includes("NAME")); // the reader's own
    assert(paths.length > 0);
    assertEquals(await missing(paths.map((it) => `${CHECKOUT}/${it}`)), []);
  });

  Deno.test(`${name} links only to files that exist`, async () => {
    const text = await Deno.readTextFile(`${FOLDER}/${name}`);
    const links = Array.from(
      text.matchAll(/\]\(([^)]+)\)/g),
      ([, it = ""]) => it,
    )
      .filter((it) => !it.startsWith("https://"))
      .map((it) => `${FOLDER}/${it}`.replace(/#.*/, ""));
    assertEquals(await missing(links), []);
  });
}

for (const page of ["README.md", ...PAGES]) {
  Deno.test(`${page} links only to files that exist`, async () => {
    const text = await Deno.readTextFile(`${CHECKOUT}/${page}`);
    const folder = `${CHECKOUT}/${page}`.replace(/\/[^/]*$/, "");
    const links = Array.from(
      text.matchAll(/\]\(([^)]+)\)/g),
      ([, it = ""]) => it,
    ).filter((it) => !it.startsWith("https://") && !it.startsWith("#"))
      .map((it) => `${folder}/${it.replace(/#.*/, "")}`);
    assertEquals(await missing(links), []);
  });
}

for (const page of PAGES) {
  Deno.test(`README.md links to ${page}`, async () => {
    const text = await Deno.readTextFile(`${CHECKOUT}/README.md`);
    assert(text.includes(`](${page})`), page);
  });
}

Deno.test("each example in lib ends on a line of its own", async () => {
  const unended: string[] = [];
  for (const path of await filesBelow(CHECKOUT, "lib", ".ts")) {
    const text = await Deno.readTextFile(`${CHECKOUT}/${path}`);
    for (const [comment] of text.matchAll(/^\/\*\*$.*?\*\/$/gms)) {
      const fences = comment.match(/^ *\* ```/gm) ?? [];
      if (fences.length % 2 === 1) unended.push(path);
    }
  }
  assertEquals(unended, []);
});

Deno.test("README.md has at most 160 lines", async () => {
  const text = await Deno.readTextFile(`${CHECKOUT}/README.md`);
  assert(text.split("\n").length <= 160);
});

Deno.test("CONTRIBUTING.md names only tasks that exist", async () => {
  const text = await Deno.readTextFile(`${FOLDER}/CONTRIBUTING.md`);
  const tasks = Array.from(text.matchAll(/ task (\w+)/g), ([, it = ""]) => it);
  assert(tasks.length > 0);
  assertEquals(tasks.filter((it) => !(it in config.tasks)), []);
});

Deno.test("CHANGELOG.md has an entry for the version of the program, or changes has what becomes one", async () => {
  const text = await Deno.readTextFile(`${FOLDER}/CHANGELOG.md`);
  const changes = await readChanges(CHECKOUT);
  const isListed = text.includes(`\n## [${config.version}] - `);
  assert(isListed || changes.length > 0, config.version);
});

async function missing(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map((it) => Deno.lstat(it).then(() => true, () => false)),
  );
  return paths.filter((_, index) => !found[index]);
}
