import { assert, assertEquals } from "@std/assert";
import { KINDS, OTHER_ID, userHome } from "./private_homes.ts";

for (const [kind, version] of Object.entries(KINDS)) {
  Deno.test(`two runs at once in ${kind} keep what both have changed`, async () => {
    await using user = await userHome();
    const one = await user.make(version);
    const two = await user.make(version, OTHER_ID);
    for (const [name, { env }] of Object.entries({ one, two })) {
      const qwen = env.QWEN_HOME;
      await Deno.writeTextFile(`${qwen}/settings.tmp`, name);
      await Deno.rename(`${qwen}/settings.tmp`, `${qwen}/settings.json`);
      await Deno.writeTextFile(`${qwen}/same`, "same");
      await Deno.mkdir(`${qwen}/agents/of`, { recursive: true });
      await Deno.writeTextFile(`${qwen}/agents/of/${name}.md`, name);
    }
    const laterMs = Date.now() / 1_000 + 60;
    await Deno.utime(`${two.env.QWEN_HOME}/settings.json`, laterMs, laterMs);
    await two[Symbol.asyncDispose]();
    await one[Symbol.asyncDispose]();
    const tree = await user.tree();
    assertEquals(tree[".qwen/settings.json"], "two");
    assertEquals(tree[".qwen/same"], "same");
    assertEquals(tree[".qwen/agents/of/one.md"], "one");
    assertEquals(tree[".qwen/agents/of/two.md"], "two");
    const kept = Object.keys(tree).filter((it) => it.includes(".kept-"));
    assertEquals(kept.map((it) => tree[it]), ["one"]);
    assertEquals(await user.homes(), []);
  });
}

Deno.test("a file that each of two runs creates because it is missing is kept once", async () => {
  await using user = await userHome();
  const homes = [
    await user.make("0.24.4"),
    await user.make("0.24.4", OTHER_ID),
  ];
  for (const [at, { env }] of homes.entries()) {
    const qwen = env.QWEN_HOME;
    await Deno.writeTextFile(`${qwen}/installation_id`, `${at}`);
    await Deno.writeTextFile(`${qwen}/.openai-logs-cleanup-0f`, `${at}`);
    const options = { append: true };
    await Deno.writeTextFile(`${qwen}/usage_record.jsonl`, `${at}\n`, options);
  }
  for (const it of homes) await it[Symbol.asyncDispose]();
  const tree = await user.tree();
  assertEquals(tree[".qwen/installation_id"], "0");
  assertEquals(tree[".qwen/.openai-logs-cleanup-0f"], "0");
  assertEquals(tree[".qwen/usage_record.jsonl"], "0\n1\n");
  assertEquals(Object.keys(tree).filter((it) => it.includes(".kept-")), []);
});

Deno.test("names that a run has swapped, and a chain of new names, lose nothing", async () => {
  await using user = await userHome();
  const contents = (tree: Record<string, string>) =>
    Object.values(tree).filter((it) => it.length === 1).sort();
  for (const name of ["a", "b", "c", "d", "e"]) {
    await Deno.writeTextFile(`${user.path}/${name}`, name);
  }
  const home = await user.make();
  const move = (from: string, to: string) =>
    Deno.rename(`${home.env.HOME}/${from}`, `${home.env.HOME}/${to}`);
  await move("a", "t"), await move("b", "a"), await move("t", "b");
  await move("d", "f"), await move("c", "d");
  await Deno.writeTextFile(`${home.env.HOME}/c`, "C");
  await home[Symbol.asyncDispose]();
  const tree = await user.tree();
  assertEquals(contents(tree), ["C", "a", "b", "c", "d", "e"]);
  assertEquals([tree.f, tree.d, tree.c, tree.e], ["d", "c", "C", "e"]);
});

Deno.test("a user's file that has changed since is not treated as the one that a run replaced", async () => {
  await using user = await userHome();
  const home = await user.make();
  const qwen = home.env.QWEN_HOME;
  await Deno.writeTextFile(`${qwen}/new.tmp`, "by the run");
  await Deno.rename(`${qwen}/new.tmp`, `${qwen}/QWEN.md`);
  await Deno.writeTextFile(`${user.layout.root}/QWEN.md`, "by the user");
  const later = Date.now() / 1_000 + 60;
  await Deno.utime(`${user.layout.root}/QWEN.md`, later, later);
  await home[Symbol.asyncDispose]();
  const tree = await user.tree();
  assertEquals(tree[".qwen/QWEN.md"], "by the user");
  assert(Object.values(tree).includes("by the run"));
});

Deno.test("a file that the user has replaced meanwhile does not get the new name of the old one", async () => {
  await using user = await userHome();
  const home = await user.make();
  const qwen = home.env.QWEN_HOME;
  await Deno.rename(`${qwen}/settings.json`, `${qwen}/settings.json.orig`);
  const real = `${user.layout.root}/settings.json`;
  await Deno.writeTextFile(`${real}.tmp`, "by the user");
  await Deno.rename(`${real}.tmp`, real);
  await home[Symbol.asyncDispose]();
  const tree = await user.tree();
  assertEquals(tree[".qwen/settings.json"], "by the user");
  assertEquals(tree[".qwen/settings.json.orig"], undefined);
});

Deno.test("a link to something deep in a private folder points there after the run", async () => {
  await using user = await userHome();
  const home = await user.make();
  const { HOME, QWEN_HOME } = home.env;
  await Deno.symlink(`${HOME}/papers/a.txt`, `${HOME}/one`);
  await Deno.symlink(`${HOME}/.qwen/projects/p`, `${HOME}/two`);
  await Deno.symlink(`${QWEN_HOME}/projects/p`, `${HOME}/three`);
  await Deno.symlink(`${HOME}`, `${QWEN_HOME}/four`);
  await home[Symbol.asyncDispose]();
  const tree = await user.tree();
  const { path } = user;
  assertEquals(
    [tree.one, tree.two, tree.three, tree[".qwen/four"]],
    [
      `-> ${path}/papers/a.txt`,
      `-> ${path}/.qwen/projects/p`,
      `-> ${path}/.qwen/projects/p`,
      `-> ${path}`,
    ],
  );
});

Deno.test("a file that a run has written to and then replaced is kept once when nothing of it is lost", async () => {
  await using user = await userHome();
  const home = await user.make();
  const path = `${home.env.HOME}/notes.txt`;
  await Deno.writeTextFile(path, "more\n", { append: true });
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(`${path}.new`, `first\n${text}last\n`);
  const later = Date.now() / 1_000 + 60;
  await Deno.utime(`${path}.new`, later, later);
  await Deno.rename(`${path}.new`, path);
  await home[Symbol.asyncDispose]();
  const tree = await user.tree();
  assertEquals(tree["notes.txt"], "first\nnotes\nmore\nlast\n");
  assertEquals(Object.keys(tree).filter((it) => it.includes(".kept-")), []);
});

Deno.test("an older version is dropped when the user's file contains all of it", async () => {
  await using user = await userHome();
  const home = await user.make();
  const name = "notes.txt";
  const own = `${home.env.HOME}/${name}`;
  await Deno.remove(own);
  await Deno.writeTextFile(own, "by the run\n");
  await Deno.writeTextFile(`${user.path}/${name}`, "by the run\nand me\n");
  const later = Date.now() / 1_000 + 60;
  await Deno.utime(`${user.path}/${name}`, later, later);
  await home[Symbol.asyncDispose]();
  const tree = await user.tree();
  assertEquals(tree[name], "by the run\nand me\n");
  assertEquals(Object.keys(tree).filter((it) => it.includes(".kept-")), []);
});
