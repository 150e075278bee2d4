import { FileError } from "../../lib/errors.ts";
import { assertEquals, assertThrows } from "@std/assert";
import { DEFAULT_AGENT } from "../../lib/agents/registry.ts";
import { findLayout } from "../../lib/disk/layout.ts";

const CHOICES: Record<
  string,
  { dir?: string; env: Record<string, string>; root: string }
> = {
  "uses .qwen in HOME": {
    env: { HOME: "/home/user" },
    root: "/home/user/.qwen",
  },
  "prefers ACCOUNT_QWEN_DIR to HOME": {
    env: { HOME: "/home/user", ACCOUNT_QWEN_DIR: "/from/env" },
    root: "/from/env",
  },
  "prefers `dir` to everything": {
    dir: "/given",
    env: { HOME: "/home/user", ACCOUNT_QWEN_DIR: "/from/env" },
    root: "/given",
  },
  "needs no HOME when `dir` is given": {
    dir: "/given",
    env: {},
    root: "/given",
  },
  "needs no HOME when ACCOUNT_QWEN_DIR is set": {
    env: { ACCOUNT_QWEN_DIR: "/from/env" },
    root: "/from/env",
  },
  "prefers that of the enclosing run of its agent to HOME": {
    env: {
      HOME: "/home/user",
      ACCOUNT_QWEN_RUN_DIRS: '{"qwen":"/of/run","codex":"/other"}',
    },
    root: "/of/run",
  },
  "ignores the folder of an enclosing run of another agent": {
    env: {
      HOME: "/home/user",
      ACCOUNT_QWEN_RUN_DIRS: '{"codex":"/other"}',
    },
    root: "/home/user/.qwen",
  },
  "ignores folders of runs that are not ours": {
    env: { HOME: "/home/user", ACCOUNT_QWEN_RUN_DIRS: "/other" },
    root: "/home/user/.qwen",
  },
  "ignores empty settings": {
    dir: "",
    env: { HOME: "/home/user", ACCOUNT_QWEN_DIR: "" },
    root: "/home/user/.qwen",
  },
  "drops the slashes at the end": {
    dir: "/given//",
    env: {},
    root: "/given",
  },
  "starts in the working folder when the path is relative": {
    dir: "given/here",
    env: {},
    root: `${Deno.cwd()}/given/here`,
  },
  "drops a leading dot": {
    dir: ".//./given/",
    env: {},
    root: `${Deno.cwd()}/given`,
  },
};

for (const [does, { dir, env, root }] of Object.entries(CHOICES)) {
  Deno.test(`findLayout() ${does}`, () => {
    const system = { env: (name: string) => env[name] };
    assertEquals(findLayout({ dir, system }).root, root);
  });
}

for (const [state, home] of [["unset", undefined], ["empty", ""]]) {
  Deno.test(`findLayout() throws when HOME is ${state}`, () => {
    const system = {
      env: (name: string) => name === "HOME" ? home : undefined,
    };
    assertThrows(
      () => findLayout({ system }),
      FileError,
      "Cannot find the accounts: HOME is not set, and your user has no home",
    );
  });
}

Deno.test("findLayout() names the files in the folder", () => {
  assertEquals(findLayout({ dir: "/q" }), {
    root: "/q",
    agent: DEFAULT_AGENT,
    home: "/q",
    accounts: "/q/accounts",
    generations: "/q/accounts/generations",
    stash: "/q/accounts/stash",
    runs: "/q/accounts/runs",
    labels: "/q/accounts/labels.json",
    live: "/q/oauth_creds.json",
    agentLock: "/q/oauth_creds.lock",
    state: "/q/state.yaml",
    lock: "/q/state.yaml.lock",
    traffic: "/q/traffic.json",
    trafficLock: "/q/traffic.json.lock",
    usage: "/q/accounts/usage",
    log: "/q/rotation.log",
    outbox: "/q/outbox",
  });
});
