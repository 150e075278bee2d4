import { assertEquals } from "@std/assert";
import { openPipe } from "../support/pipe.ts";
import {
  answers,
  fakeHome,
  GO_ON,
  OUT_OF_QUOTA,
} from "../support/fake_qwen.ts";
import { realSystem } from "../../lib/system/system.ts";
import { wrapperFor } from "./fake_wrapper.ts";

const ENDINGS = {
  "answers": { play: answers("Paris"), tried: [1] },
  "is out of quota": { play: OUT_OF_QUOTA, tried: [1, 2] },
};

for (const [how, { play, tried }] of Object.entries(ENDINGS)) {
  Deno.test(`call() does not end a run whose account is disabled, which ${how}`, async () => {
    const gate = 'read -r _ <"$HOME/gate"';
    await using home = await fakeHome({
      1: `${gate}; ${play}`,
      2: answers("Paris"),
    });
    const path = await home.addPipe("gate");
    const wrapper = wrapperFor(home);
    const calling = wrapper.call("hello");
    const pipe = await openPipe(path, calling);
    await wrapper.accounts.disable(1);
    await pipe.write(GO_ON);
    pipe.close();
    const { output, accountsTried } = await calling;
    assertEquals([output, accountsTried], ["Paris", tried]);
    const [first] = await wrapper.accounts.listAccounts();
    assertEquals(first?.state, "disabled");
    assertEquals(await home.link(), "accounts/oauth_creds_2.json");
  });
}

Deno.test("call() continues with another account when its own is disabled during a pause", async () => {
  await using home = await fakeHome({
    1: 'echo "[API Error: 503 Unavailable]" >&2; exit 1',
    2: answers("Paris"),
  });
  const paused = Promise.withResolvers<void>();
  const disabled = Promise.withResolvers<void>();
  const wrapper = wrapperFor(home, {
    system: {
      ...realSystem,
      async sleep(ms, signal) {
        if (ms !== PAUSE_MS) return await realSystem.sleep(ms, signal);
        paused.resolve();
        await disabled.promise;
      },
    },
  });
  const backoff = {
    name: "constant",
    baseMs: PAUSE_MS,
    capMs: PAUSE_MS,
    attempts: 1,
  } as const;
  const calling = wrapper.call("hello", { backoff });
  await Promise.race([paused.promise, calling]);
  await wrapper.accounts.disable(1);
  disabled.resolve();
  const { output, accountsTried } = await calling;
  assertEquals([output, accountsTried], ["Paris", [1, 2]]);
});

const PAUSE_MS = 12_345;
