import { assertEquals, assertThrows } from "@std/assert";
import { EVERY_AGENT } from "../../lib/agents/every_agent.ts";
import { hintOf } from "../../lib/errors.ts";
import { AGENTS } from "../../lib/agents/registry.ts";
import { AccountManager, AgentWrapper, QwenWrapper } from "../../lib/mod.ts";
import { realSystem } from "../../lib/system/system.ts";
import { nest } from "../agents/nest/agent.ts";
import { loginFolders } from "../support/login_folders.ts";
import { tempDir } from "../support/temp_dir.ts";

import "../support/load_libc.ts";

const system = {
  ...realSystem,
  env: (name: string) => name === "HOME" ? "/home/me" : undefined,
};

Deno.test("AgentWrapper uses the accounts of the agent that is named", () => {
  const { accounts } = new AgentWrapper({ agent: "qwen", system });
  assertEquals(accounts.dir, new QwenWrapper({ system }).accounts.dir);
});

Deno.test("AgentWrapper runs the agent that is named", async () => {
  await using dir = await tempDir();
  const bin = `${dir.path}/qwen`;
  await Deno.writeTextFile(bin, "#!/bin/sh\necho Paris\n");
  await Deno.chmod(bin, 0o755);
  const key = { apiKey: "sk-1", baseUrl: "https://api.example/v1", model: "m" };
  const wrapper = new AgentWrapper({ agent: "qwen", bin, dir: dir.path });
  const { output, error } = await wrapper.call("Hello", { key, mode: "link" });
  assertEquals([output, error], ["Paris\n", undefined]);
});

Deno.test("AccountManager accepts an agent, and uses the folder in its home", () => {
  const { dir } = new AccountManager({ agent: nest, system });
  assertEquals(dir, "/home/me/.nest/accounts");
});

for (
  const [agent, command] of [
    ["codex", "account-qwen --cli codex login 1"],
    ["claude", "account-qwen --cli claude login 1"],
  ] as const
) {
  Deno.test(`hints of a library name ${agent} in their commands, also beside another agent`, async () => {
    await using it = await loginFolders(agent, {
      accounts: { 1: { owner: "anna", token: "token-anna" } },
      plain: 1,
    });
    await using empty = await tempDir();
    const wrapperIn = (dir: string, agent: string) =>
      new AgentWrapper({
        agent,
        dir,
        system: {
          ...realSystem,
          env: (name) => name === "HOME" ? it.home : undefined,
        },
      });
    const { accounts } = wrapperIn(`${it.dir}/accounts`, agent);
    const hints = await Promise.all([
      accounts.restore(1).catch(hintOf),
      wrapperIn(`${empty.path}/1`, agent).call("hi").then((it) =>
        hintOf(it.cause)
      ),
      wrapperIn(`${empty.path}/2`, "qwen").call("hi").then((it) =>
        hintOf(it.cause)
      ),
    ]);
    assertEquals(hints, [
      `log in again: ${command}`,
      command.replace("login 1", "setup"),
      "account-qwen setup",
    ]);
  });
}

for (
  const make of [
    () => new AgentWrapper({ agent: "qwne" }),
    () => new AccountManager({ agent: "qwne" }),
  ]
) {
  Deno.test(`${make.toString().slice(6)} throws a RangeError`, () => {
    assertThrows(make, RangeError, 'Cannot use the agent "qwne"');
  });
}

Deno.test("the registry and the list for the library have the same agents", () => {
  assertEquals(EVERY_AGENT.map((it) => it.program), [...AGENTS.keys()]);
});
