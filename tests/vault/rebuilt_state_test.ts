import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Doctor } from "../../lib/doctor/doctor.ts";
import { accountFolder, NOW } from "../support/account_folder.ts";
import { fakeClock } from "../support/clock.ts";

const HOUR_MS = 3_600_000;

async function labelledFolder() {
  const folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const said: string[] = [];
  const { path: dir } = folder;
  const notify = (text: string) => void said.push(text);
  const manager = new Doctor({ dir, notify, system: fakeClock(NOW) });
  await manager.setLabel(1, "work");
  await manager.setLabel(2, "home");
  await manager.setCooldown(2, HOUR_MS);
  const [, second] = await manager.listAccounts();
  const until = second?.cooldownUntil;
  const [first] = await manager.listAccounts();
  assertEquals([first?.label, second?.label], ["work", "home"]);
  return { folder, manager, said, until };
}

const SPOILED: Record<string, (text: string) => string> = {
  "is cut short": (text) => text.slice(0, text.indexOf("linked")),
  "is cut within a line of an account": (text) =>
    text.slice(0, text.indexOf("reason:") + 4),
  "has a line that is not YAML": (text) => `${text}: [\n`,
  "has a value of the wrong kind": (text) =>
    text.replace(/switches_total: \d+/, "switches_total: many"),
};

for (const [how, spoil] of Object.entries(SPOILED)) {
  Deno.test(`changeFolder() keeps labels and cooldowns of a state.yaml that ${how}`, async () => {
    const { folder, manager, said, until } = await labelledFolder();
    await using _folder = folder;
    const path = folder.layout.state;
    const text = spoil(await Deno.readTextFile(path));
    // A truncated text may still be valid YAML; the line added here is not.
    await Deno.writeTextFile(path, `${text}\n\t- {\n`);
    await manager.switchTo(2);
    const all = await manager.listAccounts();
    assertEquals(all.map((it) => it.label), ["work", "home"]);
    assertEquals(all[1]?.cooldownUntil, until);
    assertStringIncludes(said.join("\n"), "labels, cooldowns are kept");
  });
}

Deno.test("changeFolder() keeps the labels when state.yaml is unusable, and says what is lost", async () => {
  const { folder, manager, said } = await labelledFolder();
  await using _folder = folder;
  await Deno.writeTextFile(folder.layout.state, "\0\0\0");
  await manager.switchTo(2);
  const all = await manager.listAccounts();
  assertEquals(all.map((it) => it.label), ["work", "home"]);
  assertEquals(all[1]?.cooldownUntil, undefined);
  assertStringIncludes(
    said.join("\n"),
    "labels are kept; cooldowns, counters are lost",
  );
});

Deno.test("changeFolder() keeps the labels when state.yaml is removed, and says so", async () => {
  const { folder, manager, said } = await labelledFolder();
  await using _folder = folder;
  await manager.switchTo(2);
  await Deno.remove(folder.layout.state);
  const before = await manager.listAccounts();
  assertEquals(before.map((it) => it.label), ["work", "home"]);
  await manager.switchTo(1);
  const all = await manager.listAccounts();
  assertEquals(all.map((it) => it.label), ["work", "home"]);
  assertStringIncludes(said.join("\n"), "state.yaml is gone: rebuilt");
});

Deno.test("changeFolder() does not bring back a removed label", async () => {
  const { folder, manager } = await labelledFolder();
  await using _folder = folder;
  await manager.setLabel(1, undefined);
  await manager.removeAccount(2);
  await Deno.remove(folder.layout.state);
  await manager.switchTo(1);
  const all = await manager.listAccounts();
  assertEquals(all.map((it) => it.label), [undefined]);
});

Deno.test("changeFolder() moves a label with its account", async () => {
  const { folder, manager } = await labelledFolder();
  await using _folder = folder;
  await manager.moveAccount(2, 7);
  await Deno.remove(folder.layout.state);
  const all = await manager.listAccounts();
  assertEquals(all.map((it) => [it.index, it.label]), [
    [1, "work"],
    [7, "home"],
  ]);
});

Deno.test("changeFolder() keeps the comments at the head of an unusable state.yaml", async () => {
  const { folder, manager } = await labelledFolder();
  await using _folder = folder;
  await Deno.writeTextFile(folder.layout.state, "# kept by hand\n- 1\n");
  await manager.switchTo(2);
  const text = await Deno.readTextFile(folder.layout.state);
  assertEquals(text.startsWith("# kept by hand\nversion: 1\n"), true);
});

Deno.test("changeFolder() says nothing about a state.yaml that never existed", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const said: string[] = [];
  const notify = (text: string) => void said.push(text);
  const manager = new Doctor({ dir: folder.path, notify });
  await manager.switchTo(2);
  assertEquals(said, []);
});

Deno.test("changeFolder() counts accounts with keys when state.yaml is gone", async () => {
  await using folder = await accountFolder({ keys: [1, 2] });
  const said: string[] = [];
  const { path: dir } = folder;
  const notify = (text: string) => void said.push(text);
  const manager = new Doctor({ dir, notify, system: fakeClock(NOW) });
  await manager.switchTo(1);
  await Deno.remove(folder.layout.state);
  await manager.switchTo(2);
  assertMatch(said.join("\n"), /state\.yaml is gone.* 2 /);
});

Deno.test("changeFolder() ignores a field of the wrong kind, says so, and keeps the text", async () => {
  const { folder, manager, said, until } = await labelledFolder();
  await using _folder = folder;
  const { state } = folder.layout;
  const wrong = (await Deno.readTextFile(state))
    .replace("label: work", "label: [work]")
    .replace(/switches_total: .*/, "switches_total: many");
  await Deno.writeTextFile(state, wrong);
  const findings = await manager.examine();
  assertEquals(findings.map((it) => it.problem), [
    "state.yaml: account 1: label is not text, so it is ignored",
    "state.yaml: switches_total is not a count, so it is ignored",
  ]);
  await manager.switchTo(2);
  const all = await manager.listAccounts();
  assertEquals(all.map((it) => it.label), ["work", "home"]);
  assertEquals(all[1]?.cooldownUntil, until);
  const [kept = ""] = /state\.yaml\.set-aside-\w+/.exec(said.join("\n")) ?? [];
  assertEquals(await Deno.readTextFile(`${folder.path}/${kept}`), wrong);
  assertEquals(await manager.examine(), []);
});
