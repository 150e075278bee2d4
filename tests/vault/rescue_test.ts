import { assertEquals, assertMatch } from "@std/assert";
import { Doctor } from "../../lib/doctor/doctor.ts";
import { basename } from "../../lib/disk/names.ts";
import { realSystem, type System } from "../../lib/system/system.ts";
import { refreshed } from "../accounts/agent_writes.ts";
import {
  type AccountFolder,
  accountFolder,
  modeOf,
  namesIn,
} from "../support/account_folder.ts";
import { assertFails } from "../support/assert_fails.ts";
import { noSpace, replaceFiles } from "../support/files.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

const ACCOUNTS = { accounts: [1, 2], active: 1 };

for (const index of [2, undefined]) {
  const end = index === undefined ? "" : "\\.of_2";
  Deno.test(`addLogin() keeps the login of ${index ? "account 2" : "a new account"} in the home when the folder has no room, and examine() finds it`, async () => {
    await using scene = await setScene();
    const path = await scene.rescue(index);
    const name = `^account-qwen-login-[0-9a-f]{8}-[0-9a-f]{16}${end}\\.json$`;
    assertMatch(basename(path), new RegExp(name));
    assertEquals(await namesIn(scene.home.path), [basename(path)]);
    assertEquals(await modeOf(path), "0600");
    assertEquals(await Deno.readFile(path), refreshed(7));
    assertEquals(await scene.found(path), true);
  });
}

Deno.test("addLogin() uses the folder for temporary files when the disk of the home is full", async () => {
  await using scene = await setScene();
  const { home, temporary } = scene;
  using _disk = replaceFiles((real) => ({
    create: (path, bytes, mode) =>
      path.startsWith(home.path)
        ? Promise.reject(noSpace())
        : real.create(path, bytes, mode),
  }));
  const path = await scene.rescue(1);
  assertEquals(path, `${temporary.path}/${basename(path)}`);
});

Deno.test("examine() ignores links, folders and other names beside rescued logins", async () => {
  await using scene = await setScene();
  const path = await scene.rescue(1);
  await Deno.mkdir(path.replace(".of_1", "folder"));
  await Deno.symlink(path, path.replace(".of_1", "link"));
  await Deno.rename(path, `${path}.away`);
  assertEquals(await scene.findings(), []);
});

Deno.test("examine() ignores rescued logins of another folder", async () => {
  await using scene = await setScene();
  await using other = await accountFolder(ACCOUNTS);
  await scene.rescue(1, other);
  assertEquals(await scene.findings(), []);
});

Deno.test("examine() continues when the home cannot be read", async () => {
  await using scene = await setScene();
  const { home, temporary } = scene;
  await Deno.remove(home.path, { recursive: true });
  await Deno.writeTextFile(home.path, "");
  const path = await scene.rescue(1);
  assertEquals(path, `${temporary.path}/${basename(path)}`);
  assertEquals(await scene.found(path), true);
});

/** Accounts, and a home and a folder for temporary files beside them. */
interface Scene extends AsyncDisposable {
  home: TempDir;
  temporary: TempDir;
  /** Adds a login while the folder has no room; returns where it is. */
  rescue(index: number | undefined, folder?: AccountFolder): Promise<string>;
  /** What examine() finds about such logins. */
  findings(): Promise<string[]>;
  /** Whether it finds the one at `path`. */
  found(path: string): Promise<boolean>;
}

async function setScene(): Promise<Scene> {
  await using owned = new AsyncDisposableStack();
  const own = owned.use(await accountFolder(ACCOUNTS));
  const home = owned.use(await tempDir());
  const temporary = owned.use(await tempDir());
  const values: Record<string, string> = {
    HOME: `${home.path}/`,
    TMPDIR: temporary.path,
  };
  const system: System = {
    ...realSystem,
    sleep: (ms, signal) => realSystem.sleep(ms === 1_000 ? 1 : ms, signal),
    env: (name) => values[name],
  };
  const doctorOf = ({ path }: AccountFolder) =>
    new Doctor({ dir: path, system });
  const findings = async () =>
    (await doctorOf(own).examine()).filter((it) => it.check === "rescued")
      .map((it) => it.problem + it.mend);
  const disposables = owned.move();
  return {
    home,
    temporary,
    async rescue(index, folder = own) {
      using _disk = replaceFiles((real) => ({
        create: (path, bytes, mode) =>
          path.includes("/accounts/")
            ? Promise.reject(noSpace())
            : real.create(path, bytes, mode),
      }));
      const error = await assertFails(
        () => doctorOf(folder).addLogin(refreshed(7), { index }),
        "unsaved-tokens",
      );
      return error.path ?? "";
    },
    findings,
    found: async (path) => (await findings()).some((it) => it.includes(path)),
    [Symbol.asyncDispose]: () => disposables.disposeAsync(),
  };
}
