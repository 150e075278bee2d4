import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { writeKeySlot } from "../support/account_folder.ts";
import { type FakeHome, fakeHome } from "../support/fake_qwen.ts";
import { wrapperFor } from "./fake_wrapper.ts";

const ENDED =
  "echo Qwen OAuth free tier was discontinued on 2026-04-15. >&2; exit 1";

Deno.test("call() waits for a key that cools down when the kind of the others has ended", async () => {
  await using home = await homeWithKey();
  const wrapper = wrapperFor(home);
  await wrapper.accounts.setCooldown(2, 1_000);
  const { output, accountsTried } = await wrapper.call("hello", {
    waitMs: 30_000,
  });
  assertEquals({ output, accountsTried }, {
    output: "Paris",
    accountsTried: [1, 2],
  });
});

Deno.test("run() says which kind may be of use yet when that of the others has ended", async () => {
  await using home = await homeWithKey();
  const wrapper = wrapperFor(home);
  await wrapper.accounts.setCooldown(2, 60_000);
  const { run, exhausted, kind } = await wrapper.run(["--prompt=hello"]);
  using _run = run;
  assertEquals({ exhausted, kind }, { exhausted: true, kind: "api-key" });
  const [first, ...others] = await wrapper.accounts.readiness({ kind });
  assertEquals([first?.index, others.length], [2, 0]);
  assert((first?.readyAt ?? 0) > Date.now());
});

Deno.test("call() says that the kind has ended when there is none of another", async () => {
  await using home = await fakeHome({ 1: ENDED, 2: ENDED });
  const { error, accountsTried } = await wrapperFor(home).call("hello", {
    waitMs: 30_000,
  });
  assertStringIncludes(error ?? "", "The provider has ended this kind");
  assertEquals(accountsTried, [1]);
});

/** Account 1 has a login of a kind that has ended, and account 2 a key. */
async function homeWithKey(): Promise<FakeHome> {
  const home = await fakeHome({
    1: `if [ -n "$OPENAI_API_KEY" ]; then printf Paris; else ${ENDED}; fi`,
  });
  await writeKeySlot(home.dir, 2);
  return home;
}
