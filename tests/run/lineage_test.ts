import { assertEquals, assertMatch } from "@std/assert";
import { qwen } from "../../lib/agents/qwen/agent.ts";
import { RUN_VARIABLE } from "../../lib/process/run_variables.ts";
import { modeOf } from "../support/account_folder.ts";
import { fakeHome } from "../support/fake_qwen.ts";
import { noSpace, replaceFiles } from "../support/files.ts";
import { wrapperFor } from "./fake_wrapper.ts";

const SAYS_OPTIONS = 'printf "%s" "$NODE_OPTIONS"';

Deno.test("call() lets the agent load the module that notes the origin of logins", async () => {
  await using home = await fakeHome({ 1: SAYS_OPTIONS });
  const { output } = await wrapperFor(home).call("hi");
  const [, path = ""] = /--require "(\S*)"/.exec(output) ?? [];
  assertMatch(path, /\/accounts\/cli_lineage_[0-9a-f]{16}\.cjs$/);
  assertEquals(await modeOf(path), "0600");
  const names = { runVariable: RUN_VARIABLE, tokenDigits: 32 };
  const module = qwen.preload.lineageModule(names);
  assertEquals(await Deno.readTextFile(path), module);
});

Deno.test("call() runs the agent without that module when it cannot be written", async () => {
  await using home = await fakeHome({ 1: SAYS_OPTIONS });
  using _ = replaceFiles((real) => ({
    create: (path, bytes, mode) =>
      path.includes("cli_lineage")
        ? Promise.reject(noSpace())
        : real.create(path, bytes, mode),
  }));
  const { success, output } = await wrapperFor(home).call("hi");
  assertEquals([success, output.includes("--require")], [true, false]);
});
