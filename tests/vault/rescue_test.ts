import { assertEquals, assertMatch } from "@std/assert";
import { listRescued, rescue } from "../../lib/vault/settle/rescue.ts";
import { layoutAt } from "../../lib/disk/layout.ts";
import { credential, modeOf } from "../support/account_folder.ts";
import { noSpace, replaceFiles } from "../support/files.ts";
import { tempDir } from "../support/temp_dir.ts";

const LAYOUT = layoutAt("/nowhere/.qwen");

Deno.test("rescue() puts the tokens where listRescued() finds them with their account", async () => {
  await using home = await tempDir();
  const system = envOf({ HOME: `${home.path}/` });
  const path = await rescue(LAYOUT, credential(2), { index: 2, system });
  const another = await rescue(LAYOUT, credential(3), {
    index: undefined,
    system,
  });
  assertMatch(
    path ?? "",
    /account-qwen-login-[0-9a-f]{8}-[0-9a-f]{16}\.of_2\.json$/,
  );
  assertEquals(await modeOf(path ?? ""), "0600");
  assertEquals(await Deno.readFile(path ?? ""), credential(2));
  const found = await listRescued(LAYOUT, system);
  assertEquals(
    found.sort((a, b) => (a.index ?? 9) - (b.index ?? 9)),
    [{ path, index: 2 }, { path: another, index: undefined }],
  );
});

Deno.test("rescue() uses the folder for temporary files when the disk of the home is full", async () => {
  await using home = await tempDir();
  await using temporary = await tempDir();
  using _disk = replaceFiles((real) => ({
    create: async (path, bytes, mode) => {
      if (path.startsWith(home.path)) throw noSpace();
      await real.create(path, bytes, mode);
    },
  }));
  const system = envOf({ HOME: home.path, TMPDIR: temporary.path });
  const path = await rescue(LAYOUT, credential(1), { index: 1, system });
  assertEquals(path?.startsWith(temporary.path), true);
});

Deno.test("listRescued() leaves out links, folders and other names", async () => {
  await using home = await tempDir();
  const system = envOf({ HOME: home.path });
  const path = await rescue(LAYOUT, credential(1), { index: 1, system }) ?? "";
  await Deno.mkdir(path.replace(".of_1", "folder"));
  await Deno.symlink(path, path.replace(".of_1", "link"));
  await Deno.rename(path, `${path}.away`);
  assertEquals(await listRescued(LAYOUT, system), []);
});

Deno.test("listRescued() leaves out what belongs to the accounts of another folder", async () => {
  await using home = await tempDir();
  const system = envOf({ HOME: home.path });
  await rescue(layoutAt("/other"), credential(1), { index: 1, system });
  assertEquals(await listRescued(LAYOUT, system), []);
});

Deno.test("listRescued() continues when a folder cannot be read", async () => {
  await using home = await tempDir();
  const none = `${home.path}/file`;
  await Deno.writeTextFile(none, "");
  const system = envOf({ HOME: none, TMPDIR: home.path });
  const path = await rescue(LAYOUT, credential(1), { index: 1, system });
  const found = await listRescued(LAYOUT, system);
  assertEquals(found, [{ path, index: 1 }]);
});

function envOf(values: Record<string, string>) {
  return { env: (name: string): string | undefined => values[name] };
}
