import { assert, assertEquals, assertRejects } from "@std/assert";
import { QwenWrapper } from "../../lib/mod.ts";
import { answers, FAKE_QWEN, fakeHome } from "../support/fake_qwen.ts";
import { readPipe } from "../support/pipe.ts";
import { processesOf } from "../support/processes.ts";

/** Closes the named pipe `started` to say that it runs, and stays. */
const STAYS = ': >"$HOME/started"; for _ in $(seq 600); do sleep 0.1; done';

Deno.test("call() runs the agent in the folder of cwd, and follows the pin of that folder", async () => {
  await using home = await fakeHome({
    1: answers("no"),
    2: 'printf "%s %s" "$(pwd)" "$PWD"',
  });
  const cwd = await Deno.realPath(home.dir);
  const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
  await wrapper.accounts.pin(cwd, 2);
  const { output } = await wrapper.call("hello", { cwd });
  assertEquals(output, `${cwd} ${cwd}`);
});

Deno.test("call() follows the pin of a folder that cwd names through a link", async () => {
  await using home = await fakeHome({ 1: answers("no"), 2: answers("yes") });
  await Deno.mkdir(`${home.path}/real`);
  await Deno.symlink("real", `${home.path}/link`);
  const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
  await wrapper.accounts.pin(`${home.path}/real`, 2);
  const { output } = await wrapper.call("hello", { cwd: `${home.path}/link` });
  assertEquals(output, "yes");
});

Deno.test("call() ends the agent when its signal aborts, and uses no other account", async () => {
  await using home = await fakeHome({ 1: STAYS, 2: answers("no") });
  const started = await home.addPipe("started");
  const stop = new AbortController();
  const { signal } = stop;
  const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
  const call = wrapper.call("hello", { signal });
  await readPipe(started, call);
  stop.abort();
  assertEquals((await call).success, false);
  assertEquals(await home.asked(), [1]);
  assertEquals(await processesOf(home.path), []);
});

Deno.test("call() and run() start nothing after their signal has aborted", async () => {
  await using home = await fakeHome({ 1: answers("no") });
  const signal = AbortSignal.abort(new Error("enough"));
  const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
  const { success, error } = await wrapper.call("hello", { signal });
  assertEquals([success, error], [false, "enough"]);
  await assertRejects(
    () => wrapper.run(["-p", "x"], { signal }),
    Error,
    "enough",
  );
  assertEquals(await home.asked(), []);
});

Deno.test("call() does not wait for an account after its signal has aborted", async () => {
  await using home = await fakeHome({ 1: answers("no") });
  const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
  await wrapper.accounts.setCooldown(1, 3_600_000);
  const stop = new AbortController();
  const call = wrapper.call("hello", {
    signal: stop.signal,
    waitMs: 2 * 3_600_000,
    onWait: () => stop.abort(new Error("enough")),
  });
  const { success, error } = await call;
  assert(!success);
  assertEquals(error, "enough");
});
