import { assert, assertEquals } from "@std/assert";
import { AccountManager } from "../../lib/mod.ts";
import { runtime } from "../../lib/system/mod.ts";
import {
  answers,
  fakeHome,
  GO_ON,
  letGoOn,
  OUT_OF_QUOTA,
} from "../support/fake_qwen.ts";
import { signalFor } from "../support/deadline.ts";
import { openPipe } from "../support/pipe.ts";
import { wrapperFor } from "./fake_wrapper.ts";
import { assertCode } from "../support/assert_fails.ts";

Deno.test("call() takes the account that another process has switched to", async () => {
  await using home = await fakeHome({
    1: `read -r _ <"$HOME/gate"; ${OUT_OF_QUOTA}`,
    2: answers("no"),
    3: answers("Paris"),
  });
  const gate = await home.addPipe("gate");
  const call = wrapperFor(home).call("hello");
  using opened = await openPipe(gate, call);
  await new AccountManager({ dir: home.dir }).switchTo(3);
  await opened.write(GO_ON);
  const { output, accountsTried } = await call;
  assertEquals({ output, accountsTried }, {
    output: "Paris",
    accountsTried: [1, 3],
  });
  assertEquals((await home.events("account_switch")).length, 1);
});

Deno.test("call() does not try an account again when another process switches to it", async () => {
  await using home = await fakeHome({
    1: OUT_OF_QUOTA,
    2: `read -r _ <"$HOME/gate"; ${OUT_OF_QUOTA}`,
    3: answers("Paris"),
  });
  const gate = await home.addPipe("gate");
  const call = wrapperFor(home).call("hello");
  using opened = await openPipe(gate, call);
  await new AccountManager({ dir: home.dir }).switchTo(1);
  await opened.write(GO_ON);
  assertEquals((await call).accountsTried, [1, 2, 3]);
});

Deno.test("call() does not return to its first account when another call finds the second out of quota", async () => {
  await using home = await fakeHome({
    1: OUT_OF_QUOTA,
    2: `read -r _ <"$HOME/gate"; ${OUT_OF_QUOTA}`,
    3: answers("Paris"),
  });
  const gate = await home.addPipe("gate");
  const other = wrapperFor(home).call("hello", { account: 2 });
  using opened = await openPipe(gate, other);
  const waits = signalFor("the call to wait for the other one");
  const notify = (text: string) => {
    if (text.startsWith("waiting for ")) waits.resolve();
  };
  const call = wrapperFor(home, { notify }).call("hello", { account: 1 });
  await waits.promise;
  await opened.write(GO_ON);
  assertEquals((await call).accountsTried, [1, 3]);
  assertEquals((await other).accountsTried, [2, 3]);
});

Deno.test("call() switches once when two calls see the same account run out", async () => {
  await using home = await fakeHome({
    1: `read -r _ <"$HOME/gate$1"; ${OUT_OF_QUOTA}`,
    2: answers("Paris"),
    3: answers("no"),
  });
  const gates = await Promise.all([
    home.addPipe("gate--prompt=one"),
    home.addPipe("gate--prompt=two"),
  ]);
  const calls = ["one", "two"].map((it) => wrapperFor(home).call(it));
  await letGoOn(gates, Promise.race(calls));
  for (const { output, accountsTried } of await Promise.all(calls)) {
    assertEquals({ output, accountsTried }, {
      output: "Paris",
      accountsTried: [1, 2],
    });
  }
  const { switchesTotal, currentIndex } = await wrapperFor(home).accounts
    .getStats();
  assertEquals({ switchesTotal, currentIndex }, {
    switchesTotal: 1,
    currentIndex: 2,
  });
  assertEquals((await home.events("account_switch")).length, 1);
});

Deno.test("call() throws and keeps nothing open when it cannot switch", async () => {
  await using home = await fakeHome({
    1: `head -c 2000000 /dev/zero; read -r _ <"$HOME/gate"; ${OUT_OF_QUOTA}`,
    2: answers("no"),
  });
  const gate = await home.addPipe("gate");
  const call = wrapperFor(home, { lockTimeoutMs: 0 }).call("hello");
  using opened = await openPipe(gate, call);
  using lock = await runtime.files.tryLock(
    `${home.dir}/state.yaml.lock`,
    0o600,
  );
  assert(lock);
  await opened.write(GO_ON);
  assertCode((await call).cause, "locked");
  assertEquals(await home.asked(), [1]);
});
