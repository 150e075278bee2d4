import { assertEquals } from "@std/assert";
import { labelOfService } from "../../lib/accounts/label.ts";
import { accountFolder, credential } from "../support/account_folder.ts";
import { refreshed } from "./agent_writes.ts";
import { findingsIn } from "../doctor/findings.ts";
import { managerOf } from "./managers.ts";
import { assertFails } from "../support/assert_fails.ts";

const SERVICES: Record<string, string> = {
  "https://dashscope.aliyuncs.com/compatible-mode/v1": "dashscope",
  "https://coding-intl.dashscope.aliyuncs.com/v1/": "coding-plan-intl",
  "https://openrouter.ai/api/v1": "openrouter",
  "https://api.example.com/v1": "example",
  "https://llm.team.example.co.uk/v1": "example",
  "https://example.org": "example",
  "https://42.example.org": "example",
  "https://42.com": "key",
  "http://localhost:8080/v1": "localhost",
  "http://127.0.0.1:8080/v1": "key",
  "http://[::1]:8080/v1": "key",
};

for (const [baseUrl, label] of Object.entries(SERVICES)) {
  Deno.test(`labelOfService("${baseUrl}") returns "${label}"`, () => {
    assertEquals(labelOfService(baseUrl), label);
  });
}

const KEY = { baseUrl: "https://openrouter.ai/api/v1", model: "m" };

Deno.test("addKey() names each new account after its service, with a number if that label is in use", async () => {
  await using folder = await accountFolder();
  const manager = managerOf(folder);
  const labels: (string | undefined)[] = [];
  for (const apiKey of ["sk-one", "sk-two", "sk-three"]) {
    labels.push((await manager.addKey({ ...KEY, apiKey })).label);
  }
  assertEquals(labels, ["openrouter", "openrouter-2", "openrouter-3"]);
});

Deno.test("addKey() does not label an existing account", async () => {
  await using folder = await accountFolder({ keys: [1] });
  const manager = managerOf(folder);
  const { label } = await manager.addKey(await manager.readKey(1));
  assertEquals(label, undefined);
});

Deno.test("addKey() does not reuse the label of a removed account", async () => {
  await using folder = await accountFolder();
  const manager = managerOf(folder);
  await manager.addKey({ ...KEY, apiKey: "sk-one" });
  await manager.removeAccount(1);
  const { label } = await manager.addKey({ ...KEY, apiKey: "sk-two" });
  assertEquals(label, "openrouter-2");
});

Deno.test("addLogin() calls new accounts qwen, qwen-2 ...", async () => {
  await using folder = await accountFolder();
  const manager = managerOf(folder);
  for (const index of [1, 2]) await manager.addLogin(credential(index));
  const names = (await manager.nameAccounts()).map((it) => it.label);
  assertEquals(names, ["qwen", "qwen-2"]);
});

Deno.test("addLogin() saves the login even if another account has the label, and says so", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const notices: string[] = [];
  const manager = managerOf(folder, { notices });
  await manager.setLabel(1, "work");
  const { index } = await manager.addLogin(credential(9), { label: "Work" });
  assertEquals(await folder.slot(index), credential(9));
  const names = (await manager.nameAccounts()).map((it) => it.label);
  assertEquals(names, ["work", "qwen"]);
  assertEquals(notices, [
    'Cannot use the label "Work": it is the label of account 1',
  ]);
});

const TAKEN = "choose another one, or first: account-qwen label 1 --unset";
const ANY = "a label is a name of your choice, such as work";

const REFUSED: Record<string, [label: string, hint: string]> = {
  "another account has it": ["work", TAKEN],
  "another account has it in another case": [" WORK ", TAKEN],
  "another account has it in another form": ["ｗork", TAKEN],
  "it is a number": ["12", ANY],
  "it is a number with full-width digits": ["１２", ANY],
  "it has a control character": ["a\x1bb", ANY],
};

for (const [when, [label, hint]] of Object.entries(REFUSED)) {
  Deno.test(`setLabel(), addKey() and addAccount() refuse a label when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2] });
    const manager = managerOf(folder);
    await manager.setLabel(1, "work");
    const path = `${folder.path}/import.json`;
    await folder.put(refreshed(9), path);
    const changes = [
      () => manager.setLabel(2, label),
      () => manager.addKey({ ...KEY, apiKey: "sk-one" }, { label }),
      () => manager.addAccount(path, { label }),
    ];
    for (const change of changes) {
      const error = await assertFails(change, "invalid-label");
      assertEquals(error.hint, hint);
    }
    assertEquals(await manager.nameAccounts(), [
      { index: 1, label: "work" },
      { index: 2, label: undefined },
    ]);
  });
}

Deno.test("setLabel() accepts an account's own label in another case, and one that a removed account had", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3] });
  const manager = managerOf(folder);
  await manager.setLabel(1, "work");
  await manager.setLabel(1, "Work");
  await manager.setLabel(2, "home");
  await manager.removeAccount(2);
  await manager.setLabel(3, "home");
  const labels = (await manager.nameAccounts()).map((it) => it.label);
  assertEquals(labels, ["Work", "home"]);
});

Deno.test("setLabel() refuses a label that differs from another one only invisibly", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const manager = managerOf(folder);
  await manager.setLabel(1, "work");
  for (const label of ["wo\u200brk", "\ufeffwork", "wor\u00adk"]) {
    await assertFails(() => manager.setLabel(2, label), "invalid-label");
  }
});

Deno.test("examine() names labels that are numbers or are used twice, and renames nothing", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2, 3],
    active: 1,
    state: {
      accounts: {
        account1: { label: "work" },
        account2: { label: "3" },
        account3: { label: "Work" },
      },
    },
  });
  await managerOf(folder).repair();
  const findings = (await findingsIn(folder)).filter((it) =>
    it.check === "labels"
  );
  assertEquals(findings, [
    {
      check: "labels",
      problem: "the label of account 2 is a number, 3: commands take it for " +
        "the account with that number",
      mend: "account-qwen label 2 account-2",
    },
    {
      check: "labels",
      problem: "accounts 1 and 3 have the label Work",
      mend: "account-qwen label 3 account-3",
    },
  ]);
});
