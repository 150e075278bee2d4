import { assertEquals, assertMatch } from "@std/assert";
import { RUN_VARIABLE } from "../../../lib/process/run_variables.ts";
import { text } from "../../support/account_folder.ts";
import { CHECKOUT } from "../../support/checkout.ts";
import {
  killedProcess,
  nextCommand,
  RUN_ID,
  userHome,
} from "./private_homes.ts";
import { spawn } from "../../support/deadline.ts";

Deno.test("the next command copies back what a run made that was killed with SIGKILL", async () => {
  await using user = await userHome();
  const fixture = `${CHECKOUT}/tests/vault/contract/make_private_home.ts`;
  const child = spawn(Deno.execPath(), {
    args: ["run", "--cached-only", "-A", fixture, user.path, RUN_ID],
    stdin: "piped",
    stdout: "piped",
  });
  const reader = child.stdout.getReader();
  assertEquals(text((await reader.read()).value ?? new Uint8Array()), "made\n");
  await nextCommand(user);
  assertEquals(await user.homes(), [RUN_ID]);
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  await child.stdin.abort();
  await nextCommand(user);
  assertEquals((await user.tree())["newfile"], "new");
  assertEquals(await user.homes(), []);
});

Deno.test("a process that outlives its run keeps its home until it ends", async () => {
  await using user = await userHome();
  const home = await user.make();
  const path = `${home.env.HOME}/newfile`;
  const child = spawn("sleep", {
    args: ["100"],
    env: { [RUN_VARIABLE]: RUN_ID },
  });
  try {
    await home[Symbol.asyncDispose]();
    await nextCommand(user);
    await Deno.writeTextFile(path, "late");
    assertEquals(await user.homes(), [RUN_ID]);
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
  await nextCommand(user);
  assertEquals((await user.tree())["newfile"], "late");
  assertEquals(await user.homes(), []);
});

Deno.test("the next command says that it has copied back what a killed process left", async () => {
  await using user = await userHome();
  using _ = killedProcess();
  const home = await user.make();
  await Deno.writeTextFile(`${home.env.HOME}/newfile`, "new");
  await nextCommand(user);
  assertEquals((await user.tree())["newfile"], "new");
  const log = await Deno.readTextFile(user.layout.log);
  assertMatch(log, /"recovered"/);
});
