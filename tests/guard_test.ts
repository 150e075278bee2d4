import { assert, assertRejects } from "@std/assert";

Deno.test("the tests cannot reach the home of the person who runs them", async () => {
  const home = Deno.env.get("HOME");
  const folder = await Deno.stat(`${home}/.qwen`).catch(() => undefined);
  assert(
    folder?.isFile,
    "HOME is a real one: run the tests with `deno task test [path]`",
  );
  await assertRejects(() =>
    Deno.mkdir(`${home}/.qwen/accounts`, { recursive: true })
  );
});

Deno.test("the tests see no account of the person who runs them", () => {
  const names = Object.keys(Deno.env.toObject());
  const found = names.filter((it) =>
    /^(ACCOUNT_QWEN|QWEN|OPENAI|DASHSCOPE|BAILIAN)_/.test(it)
  );
  assert(
    found.length === 0,
    `${found} are set: run the tests with \`deno task test [path]\``,
  );
});
