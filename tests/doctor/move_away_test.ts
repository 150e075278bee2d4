import { assertEquals } from "@std/assert";
import { moveAway } from "../../lib/doctor/finding.ts";
import { runtime } from "../../lib/system/mod.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("moveAway() names a place that is not taken", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/it`;
  assertEquals(await moveAway(path), `mv ${path} ${path}.away`);
  await Deno.symlink("nowhere", `${path}.away`);
  await Deno.mkdir(`${path}.away2`);
  assertEquals(await moveAway(path), `mv ${path} ${path}.away3`);
  assertEquals(await moveAway(path, "/x"), `mv ${path} /x.away`);
});

Deno.test("moveAway() uses sudo when a folder of another user must move to another folder", async () => {
  await using dir = await tempDir();
  const { host } = runtime;
  const { uid } = host;
  using _ = { [Symbol.dispose]: () => void (host.uid = uid) };
  host.uid = uid + 1;
  await Deno.mkdir(`${dir.path}/it`);
  const moved = await moveAway(`${dir.path}/it`, "/x");
  assertEquals(moved, `sudo mv ${dir.path}/it /x.away`);
});
