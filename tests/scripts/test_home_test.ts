import { assertEquals, assertRejects } from "@std/assert";
import { makeTestHome } from "../../scripts/test_home.ts";
import { run } from "../support/cli.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";

const namespaceTest = await testWith("namespace");

namespaceTest(
  "makeTestHome() hides ~/.qwen and the home in the user database",
  async () => {
    await using dir = await tempDir();
    const real = `${dir.path}/real`;
    await Deno.mkdir(`${real}/.qwen`, { recursive: true });
    await Deno.writeTextFile(`${real}/.qwen/state.yaml`, "real");
    const home = await makeTestHome(dir.path, real);
    assertEquals(await home.written(), []);

    const script = 'ls "$1/.qwen"; touch "$1/.qwen/new"; id -u; ' +
      'grep "^[^:]*:[^:]*:$(id -u):" /etc/passwd | cut -d : -f 6';
    const [program = "", ...args] = home.command;
    const { code, stdout, stderr } = await run(
      program,
      [...args, "sh", "-c", script, "sh", real],
      { home: dir.path },
    );
    assertEquals({ code, stdout, stderr }, {
      code: 0,
      stdout: `${Deno.uid()}\n${home.path}\n`,
      stderr: "",
    });
    assertEquals(await home.written(), ["~/.qwen/new"]);
    const left = await Array.fromAsync(Deno.readDir(`${real}/.qwen`));
    assertEquals(left.map((it) => it.name), ["state.yaml"]);
  },
);

Deno.test("makeTestHome() makes a home without accounts and notices what is written", async () => {
  await using dir = await tempDir();
  const home = await makeTestHome(dir.path, `${dir.path}/none`);
  await assertRejects(() => Deno.mkdir(`${home.path}/.qwen/accounts`));
  assertEquals(await home.written(), []);
  await Deno.writeTextFile(`${home.path}/.qwen`, "a login");
  await Deno.writeTextFile(`${home.path}/other`, "");
  assertEquals((await home.written()).toSorted(), ["~/.qwen", "~/other"]);
});
