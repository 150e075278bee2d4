import { assert, assertEquals, assertRejects } from "@std/assert";
import { denoFiles } from "../../lib/system/deno/files.ts";
import { errorCode } from "../../lib/system/mod.ts";
import { withLock } from "../../lib/disk/lock.ts";
import { modeOf, namesIn } from "../support/account_folder.ts";
import { runDenoFixture } from "../support/runtimes.ts";
import { noSpace } from "../support/files.ts";
import { makePipe } from "../support/pipe.ts";
import { tempDir } from "../support/temp_dir.ts";
import { spawn } from "../support/deadline.ts";

const BYTES = new TextEncoder().encode("content");

Deno.test("denoFiles.info() describes a file", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/file`;
  await Deno.writeFile(path, BYTES, { mode: 0o640 });
  const { ino, mtime } = await Deno.lstat(path);
  assertEquals(await denoFiles.info(path), {
    kind: "file",
    size: BYTES.length,
    mode: 0o640,
    mtimeMs: mtime?.getTime(),
    uid: Deno.uid(),
    links: 1,
    inode: ino,
  });
});

Deno.test("denoFiles.info() returns the kind of a name without following a link", async () => {
  await using dir = await tempDir();
  await Deno.symlink(".", `${dir.path}/link`);
  const kinds = await Promise.all(
    [dir.path, `${dir.path}/link`, "/dev/null", `${dir.path}/missing`]
      .map(async (it) => (await denoFiles.info(it))?.kind),
  );
  assertEquals(kinds, ["folder", "link", "other", undefined]);
});

Deno.test("denoFiles.read() reads the target of a link", async () => {
  await using dir = await tempDir();
  await Deno.writeFile(`${dir.path}/file`, BYTES);
  await Deno.symlink("file", `${dir.path}/link`);
  assertEquals(await denoFiles.read(`${dir.path}/link`, 100), BYTES);
});

Deno.test("denoFiles.read() returns undefined when the file is missing", async () => {
  await using dir = await tempDir();
  await Deno.symlink("missing", `${dir.path}/link`);
  assertEquals(await denoFiles.read(`${dir.path}/missing`, 100), undefined);
  assertEquals(await denoFiles.read(`${dir.path}/link`, 100), undefined);
});

Deno.test("denoFiles.read() reads a file of exactly the allowed size", async () => {
  await using dir = await tempDir();
  await Deno.writeFile(`${dir.path}/file`, BYTES);
  assertEquals(
    await denoFiles.read(`${dir.path}/file`, BYTES.length),
    BYTES,
  );
});

Deno.test("denoFiles.read() rejects with EFBIG when the file is larger", async () => {
  await using dir = await tempDir();
  await Deno.writeFile(`${dir.path}/file`, BYTES);
  const read = () => denoFiles.read(`${dir.path}/file`, BYTES.length - 1);
  assertEquals(await codeOf(read), "EFBIG");
});

Deno.test("denoFiles.read() rejects with EISDIR when it is a folder", async () => {
  await using dir = await tempDir();
  assertEquals(await codeOf(() => denoFiles.read(dir.path, 100)), "EISDIR");
});

Deno.test("denoFiles.read() rejects with EINVAL when it is not a file", async () => {
  assertEquals(await codeOf(() => denoFiles.read("/dev/null", 100)), "EINVAL");
});

Deno.test("denoFiles.remove() removes a folder only when it is empty", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(`${dir.path}/full/empty`, { recursive: true });
  assertEquals(
    await codeOf(() => denoFiles.remove(`${dir.path}/full`)),
    "ENOTEMPTY",
  );
  assertEquals(await denoFiles.remove(`${dir.path}/full/empty`), true);
});

Deno.test("denoFiles.list() sorts the names", async () => {
  await using dir = await tempDir();
  for (const name of ["b", "a", "c"]) await Deno.mkdir(`${dir.path}/${name}`);
  assertEquals(await denoFiles.list(dir.path), ["a", "b", "c"]);
});

Deno.test("denoFiles.list() returns nothing when the folder is missing", async () => {
  await using dir = await tempDir();
  assertEquals(await denoFiles.list(`${dir.path}/missing`), []);
});

Deno.test("denoFiles.readLink() returns the target of a broken link", async () => {
  await using dir = await tempDir();
  await Deno.symlink("no/where", `${dir.path}/link`);
  assertEquals(await denoFiles.readLink(`${dir.path}/link`), "no/where");
});

Deno.test("denoFiles.readLink() returns undefined when it is not a link", async () => {
  await using dir = await tempDir();
  assertEquals(await denoFiles.readLink(dir.path), undefined);
  assertEquals(await denoFiles.readLink(`${dir.path}/missing`), undefined);
});

Deno.test("denoFiles.realPath() follows every link", async () => {
  await using dir = await tempDir();
  const root = await Deno.realPath(dir.path);
  await Deno.mkdir(`${root}/folder`);
  await Deno.symlink("folder", `${root}/first`);
  await Deno.symlink("first", `${root}/second`);
  assertEquals(await denoFiles.realPath(`${root}/second`), `${root}/folder`);
  assertEquals(await denoFiles.realPath(`${root}/missing`), undefined);
});

Deno.test("denoFiles.makeFolder() creates missing folders above with the same mode", async () => {
  await using dir = await tempDir();
  await denoFiles.makeFolder(`${dir.path}/a/b`, 0o700);
  assertEquals(await modeOf(`${dir.path}/a`), "0700");
  assertEquals(await modeOf(`${dir.path}/a/b`), "0700");
});

Deno.test("denoFiles.create() rejects with EEXIST when the name is taken", async () => {
  await using dir = await tempDir();
  await Deno.symlink("elsewhere", `${dir.path}/link`);
  await Deno.writeFile(`${dir.path}/file`, BYTES);
  const other = new TextEncoder().encode("other");
  for (const name of ["link", "file"]) {
    const create = () => denoFiles.create(`${dir.path}/${name}`, other, 0o600);
    assertEquals(await codeOf(create), "EEXIST");
  }
  assertEquals(await Deno.readFile(`${dir.path}/file`), BYTES);
  assertEquals(await namesIn(dir.path), ["file", "link"]);
});

Deno.test("denoFiles.read() does not block the process when the file has become a pipe", async () => {
  await using dir = await tempDir();
  const [file, pipe] = [`${dir.path}/file`, `${dir.path}/pipe`];
  await Deno.writeFile(file, BYTES);
  await makePipe(pipe);
  const writer = spawn("sh", {
    args: ["-c", 'sleep 0.3; echo late >"$1"', "sh", pipe],
  });
  let wentOn = false;
  const timer = setTimeout(() => wentOn = true);
  const { statSync } = Deno;
  Deno.statSync = () => statSync(file); // what it was a moment ago
  const reading = denoFiles.read(pipe, 100);
  Deno.statSync = statSync;
  assertEquals((await reading)?.length, 0);
  assertEquals(wentOn, true);
  clearTimeout(timer);
  await writer.status;
});

Deno.test("denoFiles.create() reports the first failure when the file cannot be removed", async () => {
  await using dir = await tempDir();
  const { removeSync } = Deno;
  const { writeSync } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.writeSync = () => {
    throw noSpace();
  };
  Deno.removeSync = () => {
    throw new Deno.errors.PermissionDenied("not yours");
  };
  try {
    const create = () => denoFiles.create(`${dir.path}/file`, BYTES, 0o600);
    assertEquals(await codeOf(create), "ENOSPC");
  } finally {
    Deno.FsFile.prototype.writeSync = writeSync;
    Deno.removeSync = removeSync;
  }
});

Deno.test("denoFiles.appendLine() ends a truncated line", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/log`;
  await Deno.writeTextFile(path, '{"a":1}\n{"a":2');
  await denoFiles.appendLine(path, '{"a":3}', 0o600);
  assertEquals(await Deno.readTextFile(path), '{"a":1}\n{"a":2\n{"a":3}\n');
});

Deno.test("denoFiles.create() leaves no file behind when the disk is full", async () => {
  await using dir = await tempDir();
  const { writeSync } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.writeSync = () => {
    throw noSpace();
  };
  try {
    const create = () => denoFiles.create(`${dir.path}/file`, BYTES, 0o600);
    assertEquals(await codeOf(create), "ENOSPC");
  } finally {
    Deno.FsFile.prototype.writeSync = writeSync;
  }
  assertEquals(await namesIn(dir.path), []);
});

Deno.test("denoFiles.create() does not change an existing file", async () => {
  await using dir = await tempDir();
  await Deno.writeFile(`${dir.path}/file`, BYTES);
  const create = () => denoFiles.create(`${dir.path}/file`, BYTES, 0o600);
  assertEquals(await codeOf(create), "EEXIST");
  assertEquals(await Deno.readFile(`${dir.path}/file`), BYTES);
});

Deno.test("denoFiles.appendLine() creates the file", async () => {
  await using dir = await tempDir();
  await denoFiles.appendLine(`${dir.path}/log`, "ü", 0o600);
  assertEquals(await Deno.readTextFile(`${dir.path}/log`), "ü\n");
  assertEquals(await modeOf(`${dir.path}/log`), "0600");
});

const LAST_LINES = { whole: "first line\n", torn: "first line" };

for (const [end, before] of Object.entries(LAST_LINES)) {
  Deno.test(`denoFiles.appendLine() adds nothing when only a part fits and the last line is ${end}`, async () => {
    await using dir = await tempDir();
    const path = `${dir.path}/log`;
    // A limit on the size of files makes the kernel write a part, as a full
    // disk does. Files of Deno itself are smaller.
    const limit = 2 ** 31;
    await Deno.writeTextFile(path, before);
    await padBefore(path, limit - before.length - 4);
    const { stdout } = await runDenoFixture(
      "append_line.ts",
      [path, "more than four bytes"],
      { home: dir.path, before: `trap "" XFSZ; ulimit -f ${limit / 512}` },
    );
    assertEquals(stdout, "ENOSPC\n");
    assertEquals((await Deno.stat(path)).size, limit - 4);
    assertEquals(await lastBytes(path, before.length), before);
  });
}

Deno.test("denoFiles.exchange() swaps a link and a file", async () => {
  await using dir = await tempDir();
  const [a, b] = [`${dir.path}/a`, `${dir.path}/b`];
  await Deno.writeFile(a, BYTES);
  await Deno.symlink("elsewhere", b);
  assertEquals(await denoFiles.exchange(a, b), true);
  assertEquals(await Deno.readLink(a), "elsewhere");
  assertEquals(await Deno.readFile(b), BYTES);
});

Deno.test("denoFiles.remove() removes a link and not its target", async () => {
  await using dir = await tempDir();
  await Deno.writeFile(`${dir.path}/file`, BYTES);
  await Deno.symlink("file", `${dir.path}/link`);
  assertEquals(await denoFiles.remove(`${dir.path}/link`), true);
  assertEquals(await namesIn(dir.path), ["file"]);
});

Deno.test("denoFiles.remove() returns false when the name does not exist", async () => {
  await using dir = await tempDir();
  assertEquals(await denoFiles.remove(`${dir.path}/missing`), false);
});

Deno.test("denoFiles.tryLock() returns undefined while another process holds the lock", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/lock`;
  {
    using first = await denoFiles.tryLock(path, 0o600);
    assert(first);
    assertEquals(await denoFiles.tryLock(path, 0o600), undefined);
  }
  // A child that another test is starting may hold it for a moment.
  await withLock(path, () => Promise.resolve(), { timeoutMs: 1_000 });
});

Deno.test("denoFiles.tryLock() does not change the mode of a lock file", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/lock`;
  await Deno.writeTextFile(path, "", { mode: 0o640 });
  using lock = await denoFiles.tryLock(path, 0o600);
  assert(lock);
  assertEquals(await modeOf(path), "0640");
});

Deno.test("denoFiles.setModified() sets the time of the last change", async () => {
  await using dir = await tempDir();
  await Deno.writeFile(`${dir.path}/file`, BYTES);
  const timeMs = Date.UTC(2000, 0);
  await denoFiles.setModified(`${dir.path}/file`, timeMs);
  const info = await denoFiles.info(`${dir.path}/file`);
  assertEquals(info?.mtimeMs, timeMs);
});

Deno.test("denoFiles.scratch() reads and writes anywhere in any order", async () => {
  using file = await denoFiles.scratch();
  const write = (text: string, offset: number) =>
    file.write(new TextEncoder().encode(text), offset);
  const read = (offset: number, length: number) =>
    file.read(new Uint8Array(length), offset);
  const [, , middle] = await Promise.all([
    write("world", 6),
    write("hello ", 0),
    read(3, 5),
  ]);
  assertEquals(new TextDecoder().decode(middle), "lo wo");
  assertEquals((await read(9, 100)).length, 2);
});

async function codeOf(action: () => Promise<unknown>) {
  return errorCode(await assertRejects(action, Error));
}

/** Inserts a hole before the content of a file. */
async function padBefore(path: string, size: number): Promise<void> {
  const content = await Deno.readFile(path);
  await Deno.truncate(path);
  await Deno.truncate(path, size);
  await Deno.writeFile(path, content, { append: true });
}

async function lastBytes(path: string, count: number): Promise<string> {
  using file = await Deno.open(path);
  await file.seek(-count, Deno.SeekMode.End);
  return await new Response(file.readable).text();
}
