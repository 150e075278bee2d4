import { assertEquals } from "@std/assert";
import { AccountManager } from "../../lib/mod.ts";
import { examine } from "../../lib/doctor/doctor.ts";
import { digestOf } from "../../lib/disk/bytes.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  NOW,
} from "../support/account_folder.ts";
import { fakeClock } from "../support/clock.ts";
import { run } from "../support/cli.ts";

const ACCOUNTS = {
  accounts: [1, 2],
  active: 1,
  state: { current_index: 1, linked: true },
};
const LATER = credential(2, { accessToken: "later", expiresAt: NOW + 9e6 });
const EARLIER = credential(2, { accessToken: "early", expiresAt: NOW - 9e6 });

const CASES: [string, Uint8Array, number | undefined, [string, string]][] = [
  ["tokens of an account that could not be saved", LATER, 2, [
    "new tokens of account 2 could not be saved and are in FILE",
    "mkdir -p -m 700 DIR/accounts/stash && mv FILE DIR/accounts/stash && " +
    "account-qwen restore 2 --stash NAME",
  ]],
  ["tokens that expire before those of the account", EARLIER, 2, [
    "new tokens of account 2 could not be saved and are in FILE; it has later ones",
    "mv FILE FILE.away",
  ]],
  ["tokens that were imported", credential(2), 2, [
    "account 2 has the login in FILE by now",
    "rm FILE",
  ]],
  ["a login that belongs to no account yet", LATER, undefined, [
    "a new login could not be saved and is in FILE",
    "account-qwen setup FILE && rm FILE",
  ]],
  ["a login of a removed account", LATER, 9, [
    "a new login could not be saved and is in FILE",
    "account-qwen setup FILE && rm FILE",
  ]],
];

for (const [what, bytes, index, [problem, mend]] of CASES) {
  Deno.test(`examine() finds ${what} outside of the folder`, async () => {
    await using folder = await accountFolder(ACCOUNTS);
    const path = await rescued(folder, bytes, index);
    const name = path.slice(path.lastIndexOf("/") + 1);
    const shown = (text: string) =>
      text.replaceAll(path, "FILE").replaceAll(name, "NAME")
        .replaceAll(folder.path, "DIR");
    const found = await findingsOf(folder, path);
    assertEquals(
      found.map((it) => [it.check, shown(it.problem), shown(it.mend)]),
      [["rescued", problem, mend]],
    );
  });
}

Deno.test("examine() names the command that puts the tokens back", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  const path = await rescued(folder, LATER, 2);
  const [finding] = await findingsOf(folder, path);
  const [move = "", name = ""] =
    finding?.mend.split(" && account-qwen restore 2 --stash ") ?? [];
  await run("sh", ["-c", move], { home: folder.path });
  await new AccountManager({ dir: folder.path }).restore(2, { stash: name });
  assertEquals(await folder.slot(2), LATER);
  assertEquals(await findingsOf(folder, path), []);
});

function homeOf({ path }: AccountFolder): string {
  return path.replace(/\/\.qwen$/, "");
}

async function rescued(
  folder: AccountFolder,
  bytes: Uint8Array,
  index: number | undefined,
): Promise<string> {
  const digest = await digestOf(
    new TextEncoder().encode(await Deno.realPath(folder.path)),
  );
  const of = index === undefined ? "" : `.of_${index}`;
  const name = `account-qwen-login-${digest.slice(0, 8)}-0123456789abcdef${of}`;
  const path = `${homeOf(folder)}/${name}.json`;
  await folder.put(bytes, path);
  return path;
}

async function findingsOf(folder: AccountFolder, path: string) {
  const system = { ...fakeClock(), env: () => homeOf(folder) };
  const findings = await examine(folder.layout, system);
  return findings.filter((it) =>
    it.problem.includes(path) || it.mend.includes(path)
  );
}
