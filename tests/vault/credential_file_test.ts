import { assertEquals, assertRejects } from "@std/assert";
import { DEFAULT_AGENT } from "../../lib/agents/registry.ts";
import { readCredential } from "../../lib/vault/logins/credential_file.ts";
import { accountFolder, credential, NOW } from "../support/account_folder.ts";
import { accessToken, refreshToken } from "../support/home.ts";
import { failing, replaceFiles } from "../support/files.ts";
import { makePipe } from "../support/pipe.ts";

const LAYOUT = { agent: DEFAULT_AGENT };

Deno.test("readCredential() reads the bytes and parses them", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const found = await readCredential(
    `${folder.layout.accounts}/oauth_creds_1.json`,
    LAYOUT,
  );
  assertEquals(found, {
    bytes: credential(1),
    credential: {
      accessToken: accessToken(1),
      refreshToken: refreshToken(1),
      expiresAt: NOW + 3_600_000,
    },
  });
});

type Make = (path: string) => Promise<unknown>;

const PROBLEMS: Record<string, { make: Make; problem: string }> = {
  "there is no such file": {
    make: () => Promise.resolve(),
    problem: "is not there",
  },
  "it is empty": {
    make: (path) => Deno.writeTextFile(path, ""),
    problem: "is empty",
  },
  "it is all NUL": {
    make: (path) => Deno.writeFile(path, new Uint8Array(300)),
    problem: "is not valid JSON",
  },
  "it is a list": {
    make: (path) => Deno.writeTextFile(path, "[]"),
    problem: "has no access_token",
  },
  "it is nested deeply": {
    make: (path) => Deno.writeTextFile(path, "[".repeat(60_000)),
    problem: "is not valid JSON",
  },
  "it is 1 GB large": {
    make: async (path) => {
      await Deno.writeTextFile(path, "");
      await Deno.truncate(path, 2 ** 30);
    },
    problem: "is too large",
  },
  "it is a folder": {
    make: (path) => Deno.mkdir(path),
    problem: "is a folder",
  },
  "it is a pipe": {
    make: makePipe,
    problem: "is not a file",
  },
  "it is a link to a device": {
    make: (path) => Deno.symlink("/dev/zero", path),
    problem: "is not a file",
  },
  "it is a broken link": {
    make: (path) => Deno.symlink("nothing", path),
    problem: "is not there",
  },
};

for (const [when, { make, problem }] of Object.entries(PROBLEMS)) {
  Deno.test(`readCredential() says why there is none when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1] });
    const path = `${folder.path}/it`;
    await make(path);
    assertEquals(await readCredential(path, LAYOUT), { problem });
  });
}

Deno.test("readCredential() rejects when the disk fails", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  using _ = failing("read");
  await assertRejects(
    () => readCredential(`${folder.path}/it`, LAYOUT),
    Error,
    "No space left",
  );
});

Deno.test("readCredential() says why there is none when it is a link to itself", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const path = `${folder.path}/it`;
  await Deno.symlink("it", path);
  assertEquals(Object.keys(await readCredential(path, LAYOUT)), ["problem"]);
});

for (const code of ["EACCES", "EPERM"]) {
  Deno.test(`readCredential() says why there is none when the system refuses it with ${code}`, async () => {
    using _ = replaceFiles(() => ({
      read: () => Promise.reject(Object.assign(new Error("no"), { code })),
    }));
    assertEquals(await readCredential("/it", LAYOUT), {
      problem: "cannot be read",
    });
  });
}
