/**
 * What `exec` tells the user to do when every account is refused.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { AccountManager } from "../../../lib/mod.ts";
import { writeKeySlot } from "../../support/account_folder.ts";
import { runCli } from "../../support/cli.ts";
import { type TestHome, testHome } from "../../support/home.ts";

const REFUSES = `echo "[API Error: 401 Incorrect API key]" >&2; exit 1`;

interface Case {
  /** The number of logins. */
  logins: number;
  /** The labels of the accounts; those after the logins have keys. */
  labels: string[];
  /** The script of the agent. @default REFUSES */
  play?: string;
  env?: Record<string, string>;
  /** The result of the first run. */
  hint: string;
  /** The result of the second run, which finds no account ready. */
  next?: string;
}

const CASES: Record<string, Case> = {
  "a key is refused": {
    logins: 0,
    labels: ["work"],
    hint: "account-qwen add --replace work",
    next: "account-qwen add --replace work",
  },
  "two keys are refused": {
    logins: 0,
    labels: ["work", "at home"],
    hint:
      "account-qwen add --replace work, or account-qwen add --replace 'at home'",
  },
  "many keys are refused": {
    logins: 0,
    labels: ["a", "b", "c"],
    hint: "account-qwen add --replace a, or account-qwen add --replace b, " +
      "or see account-qwen status",
  },
  "a login is refused": {
    logins: 1,
    labels: ["mine"],
    hint: "account-qwen login mine",
    next: "account-qwen login mine",
  },
  "a login and a key are refused": {
    logins: 1,
    labels: ["mine", "work"],
    hint: "account-qwen login mine, or account-qwen add --replace work",
    next: "account-qwen login mine, or account-qwen add --replace work",
  },
  "qwen has ended the kind of the only account": {
    logins: 1,
    labels: ["mine"],
    play:
      "echo Qwen OAuth free tier was discontinued on 2026-04-15. >&2; exit 1",
    hint: "add an API key: account-qwen setup",
  },
  "the key of the environment is refused": {
    logins: 0,
    labels: ["work"],
    env: { QWEN_API_KEY: "sk-given-for-one-run" },
    hint: "correct QWEN_API_KEY or QWEN_ACCESS_TOKEN, or unset it to use " +
      "your accounts",
  },
};

for (const [when, it] of Object.entries(CASES)) {
  Deno.test(`exec says how to fix the accounts when ${when}`, async () => {
    await using home = await testHome({ accounts: it.logins, baseUrl: "" });
    const exec = await setUp(home, it);
    assertEquals(await exec(), { code: 4, hint: it.hint });
    if (it.next === undefined) return;
    assertEquals(await exec(), { code: 75, hint: it.next });
  });
}

async function setUp(
  home: TestHome,
  { logins, labels, play = REFUSES, env = {} }: Case,
): Promise<() => Promise<{ code: number; hint: string | undefined }>> {
  const accounts = new AccountManager({ dir: home.dir });
  if (logins === 0) await Deno.remove(`${home.dir}/oauth_creds.json`);
  for (const [at, label] of labels.entries()) {
    if (at >= logins) await writeKeySlot(home.dir, at + 1);
    await accounts.setLabel(at + 1, label);
  }
  const bin = `${home.path}/refuses`;
  await Deno.writeTextFile(bin, `#!/bin/sh\n${play}\n`, { mode: 0o700 });
  return async () => {
    const args = ["exec", "--bin", bin, "--mode=link", "--", "hello"];
    const { code, stderr } = await runCli(args, { home: home.path, env });
    const hint = /^account-qwen: hint: (.*)$/m.exec(stderr)?.[1];
    return { code, hint };
  };
}
