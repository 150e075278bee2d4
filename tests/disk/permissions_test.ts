import { assertEquals, assertStringIncludes } from "@std/assert";
import { layoutAt } from "../../lib/disk/layout.ts";
import {
  findFault,
  secureFile,
  secureFolders,
} from "../../lib/disk/permissions.ts";
import {
  accountFolder,
  credential,
  modeOf,
  NOW,
} from "../support/account_folder.ts";
import { runDenoFixture } from "../support/runtimes.ts";
import { replaceFiles } from "../support/files.ts";
import { tempDir } from "../support/temp_dir.ts";
import { assertFails } from "../support/assert_fails.ts";

for (const umask of ["0000", "0022", "0277"]) {
  for (const kind of ["file", "folder"] as const) {
    const mode = kind === "file" ? "0600" : "0700";
    Deno.test(`every ${kind} that we create has mode ${mode} when the umask is ${umask}`, async () => {
      await using dir = await tempDir();
      const made = await makeEverything(dir.path, umask);
      const modes = Object.entries(made[kind]);
      assertEquals(modes.length, kind === "file" ? 14 : 5);
      assertEquals(modes.filter(([, it]) => it !== mode), []);
    });
  }
}

Deno.test("secureFolders() creates the missing folders without a notice", async () => {
  await using dir = await tempDir();
  const layout = layoutAt(`${dir.path}/not/there/yet`);
  const notices: string[] = [];
  await secureFolders(layout, (it) => notices.push(it));
  assertEquals(await modeOf(layout.root), "0700");
  assertEquals(await modeOf(layout.accounts), "0700");
  assertEquals(notices, []);
});

Deno.test("secureFolders() tightens a loose folder and says so once", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  await Deno.chmod(layout.accounts, 0o750);
  const notices: string[] = [];
  await secureFolders(layout, (it) => notices.push(it));
  await secureFolders(layout, (it) => notices.push(it));
  const path = await Deno.realPath(layout.accounts);
  assertEquals(notices, [`tightened ${path} from 0750 to 0700`]);
  assertEquals(await modeOf(layout.accounts), "0700");
});

Deno.test("secureFolders() does not change a folder that we may not write to", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  await Deno.mkdir(layout.runs);
  await Deno.chmod(layout.runs, 0o500);
  const notices: string[] = [];
  await secureFolders(layout, (it) => notices.push(it));
  assertEquals(notices, []);
  assertEquals(await modeOf(layout.runs), "0500");
});

Deno.test("secureFolders() tightens the target of a link", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(`${dir.path}/real`);
  await Deno.chmod(`${dir.path}/real`, 0o755);
  await Deno.symlink("real", `${dir.path}/link`);
  await secureFolders(layoutAt(`${dir.path}/link`), () => {});
  assertEquals(await modeOf(`${dir.path}/real`), "0700");
  assertEquals(await Deno.readLink(`${dir.path}/link`), "real");
});

Deno.test("secureFolders() throws when a file is in a folder's place", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/accounts`, "");
  const secure = () => secureFolders(layoutAt(dir.path), () => {});
  await assertFails(secure, "unsafe-file", "it is a file, not a directory");
});

Deno.test("secureFolders() throws when a folder belongs to another user", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  using _ = ownedByAnother();
  const secure = () => secureFolders(folder.layout, () => {});
  const { hint } = await assertFails(
    secure,
    "unsafe-file",
    "it belongs to user",
  );
  const owner = (Deno.uid() ?? 0) + 1;
  assertStringIncludes(hint ?? "", `run as user ${owner} `);
});

for (const mode of [0o644, 0o660, 0o666, 0o604, 0o700]) {
  const octal = `0${mode.toString(8)}`;
  Deno.test(`secureFile() tightens mode ${octal} and says so once`, async () => {
    await using dir = await tempDir();
    const path = `${dir.path}/file`;
    await Deno.writeTextFile(path, "content");
    await Deno.chmod(path, mode);
    const notices: string[] = [];
    await secureFile(path, (it) => notices.push(it));
    await secureFile(path, (it) => notices.push(it));
    assertEquals(notices, [`tightened ${path} from ${octal} to 0600`]);
    assertEquals(await modeOf(path), "0600");
  });
}

Deno.test("secureFile() does nothing when the file is missing", async () => {
  await using dir = await tempDir();
  await secureFile(`${dir.path}/missing`, () => {
    throw new Error("there is nothing to tell");
  });
});

Deno.test("secureFile() throws when the path is a link, and does not change the target", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/file`, "content");
  await Deno.chmod(`${dir.path}/file`, 0o644);
  await Deno.symlink("file", `${dir.path}/link`);
  const secure = () => secureFile(`${dir.path}/link`, () => {});
  await assertFails(
    secure,
    "unsafe-file",
    "it is a symbolic link, not a file",
  );
  assertEquals(await modeOf(`${dir.path}/file`), "0644");
});

Deno.test("secureFile() throws when the path is a folder", async () => {
  await using dir = await tempDir();
  const secure = () => secureFile(dir.path, () => {});
  await assertFails(secure, "unsafe-file", "it is a directory, not a file");
});

Deno.test("secureFile() throws when the file belongs to another user, and does not change it", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/file`;
  await Deno.writeTextFile(path, "content");
  await Deno.chmod(path, 0o644);
  using _ = ownedByAnother();
  const secure = () => secureFile(path, () => {});
  await assertFails(secure, "unsafe-file", `Cannot use "${path}"`);
  assertEquals(await modeOf(path), "0644");
});

type Kind = "file" | "folder";

const FAULTS: [Kind, mode: number, fault: string | undefined][] = [
  ["folder", 0o700, undefined],
  ["folder", 0o701, "loose"],
  ["folder", 0o555, "loose"],
  ["folder", 0o500, "shut"],
  ["folder", 0o600, "shut"],
  ["folder", 0o300, "shut"],
  ["folder", 0o000, "shut"],
  ["file", 0o600, undefined],
  ["file", 0o400, undefined],
  ["file", 0o640, "loose"],
  ["file", 0o200, "shut"],
];

for (const [kind, mode, fault] of FAULTS) {
  const octal = mode.toString(8).padStart(4, "0");
  Deno.test(`findFault() returns ${fault ?? "nothing"} for ${kind} ${octal}`, async () => {
    await using dir = await tempDir();
    const path = `${dir.path}/it`;
    if (kind === "file") await Deno.writeTextFile(path, "");
    else await Deno.mkdir(path);
    await Deno.chmod(path, mode);
    const expected = kind === "file" ? 0o600 : 0o700;
    const found = await findFault(path, kind, expected);
    await Deno.chmod(path, expected); // so that it can be removed
    assertEquals(found?.kind, fault);
    assertEquals(found?.problem.endsWith(`(${octal})`), fault && true);
  });
}

if (Deno.uid() === 0) {
  Deno.test("secureFile() throws when root finds a file that belongs to a user", async () => {
    await using dir = await tempDir();
    const path = `${dir.path}/file`;
    await Deno.writeTextFile(path, "content");
    await Deno.chown(path, 1000, 1000);
    const secure = () => secureFile(path, () => {});
    await assertFails(secure, "unsafe-file", "it belongs to user 1000");
  });
}

/** Makes every path seem to belong to another user; only root could do it. */
function ownedByAnother(): Disposable {
  return replaceFiles((real) => ({
    async info(path) {
      const info = await real.info(path);
      return info && { ...info, uid: info.uid + 1 };
    },
  }));
}

/** Creates a file of each kind and returns the modes of all files. */
async function makeEverything(home: string, umask: string) {
  const sources: string[] = [];
  const credentials = [
    credential(1),
    credential(1, { accessToken: "next", expiresAt: NOW + 9_000_000 }),
    credential(2),
    credential(9),
  ];
  for (const bytes of credentials) {
    sources.push(`${home}/${sources.length}.json`);
    await Deno.writeFile(sources.at(-1) ?? "", bytes);
  }
  const { code, stderr } = await runDenoFixture(
    "make_everything.ts",
    [`${home}/.qwen`, ...sources],
    { home, before: `umask ${umask}` },
  );
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  return await modesIn(`${home}/.qwen`);
}

async function modesIn(folder: string) {
  const modes: Record<"file" | "folder", Record<string, string>> = {
    file: {},
    folder: { [folder]: await modeOf(folder) },
  };
  for await (const { name, isFile, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isFile) modes.file[path] = await modeOf(path);
    if (!isDirectory) continue;
    const { file, folder: inner } = await modesIn(path);
    Object.assign(modes.file, file);
    Object.assign(modes.folder, inner);
  }
  return modes;
}
