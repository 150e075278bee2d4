import { assertEquals, assertMatch } from "@std/assert";
import { messageOf, reasonOf } from "../../lib/system/message_of.ts";
import { denoFiles } from "../../lib/system/deno/files.ts";
import { runDenoFixture } from "../support/runtimes.ts";
import { tempDir } from "../support/temp_dir.ts";

const UNTRUSTED =
  "its certificate is not trusted; NODE_EXTRA_CA_CERTS=FILE adds an authority";
const NO_FOLDER = "a part of that path is not a directory";

/** Calls that fail at a path below a file. */
const CALLS: Record<string, (path: string) => Promise<unknown>> = {
  "read": (path) => denoFiles.info(path),
  "open": (path) => denoFiles.create(path, new Uint8Array(), 0o600),
  "make": (path) => denoFiles.makeFolder(path, 0o700),
  "remove": (path) => denoFiles.remove(path),
  "write": (path) => denoFiles.rename("/dev/null", path),
  "change the mode of": (path) => denoFiles.chmod(path, 0o600),
  "change the time of": (path) => denoFiles.setModified(path, 0),
};

for (const [action, call] of Object.entries(CALLS)) {
  Deno.test(`messageOf() names the path when the system cannot ${action} it`, async () => {
    const path = "/dev/null/it's here";
    const error = await call(path).catch((error) => error);
    assertEquals(
      messageOf(error),
      `Cannot ${action} "${path}": ${NO_FOLDER}`,
    );
  });
}

for (const call of ["list", "readLink", "realPath", "read"] as const) {
  Deno.test(`messageOf() names the path when ${call}() fails`, async () => {
    const path = "/dev/null/x";
    const error = await denoFiles[call](path, 9).catch((error) => error);
    assertEquals(messageOf(error), `Cannot read "${path}": ${NO_FOLDER}`);
  });
}

Deno.test("messageOf() names the link when it cannot be created", async () => {
  const link = denoFiles.link("it's -> there", "/dev/null/x");
  const error = await link.catch((error) => error);
  assertEquals(messageOf(error), `Cannot make "/dev/null/x": ${NO_FOLDER}`);
});

Deno.test("messageOf() names the file when a write to an open one fails", async () => {
  await using dir = await tempDir();
  const limit = 2 ** 31; // before it come the files that Deno itself may write
  const { stdout } = await runDenoFixture(
    "write_scratch.ts",
    [String(limit)],
    { home: dir.path, before: `trap "" XFSZ; ulimit -f ${limit / 512}` },
  );
  assertMatch(stdout, /^Cannot write ".*\/account-qwen-.+": file too large\n$/);
});

const IN_USE = "it is a mount point, or in use";

const MESSAGES: [unknown, string][] = [
  [
    new Error(
      "Device or resource busy (os error 16): rename '/q/oauth_creds.json' -> " +
        "'/q/.oauth_creds.json.0123456789abcdef.tmp'",
    ),
    `Cannot write "/q/oauth_creds.json": ${IN_USE}`,
  ],
  [
    new Error(
      "EBUSY: resource busy or locked, rename '/q/a/slot' -> '/q/a/stash/x'",
    ),
    `Cannot write "/q/a/slot": ${IN_USE}`,
  ],
  [
    new Error(
      "EBUSY: resource busy or locked, rename " +
        "'/q/.state.yaml.0123456789abcdef.tmp' -> '/q/state.yaml'",
    ),
    `Cannot write "/q/state.yaml": ${IN_USE}`,
  ],
  [
    new Error(
      "Operation not permitted (os error 1): symlink 'accounts/x' -> " +
        "'/q/.oauth_creds.json.0123456789abcdef.tmp'",
    ),
    'Cannot make "/q/oauth_creds.json": operation not permitted',
  ],
  [
    new Error("Permission denied (os error 13): open '/x/y'"),
    'Cannot open "/x/y": permission denied',
  ],
  [
    new Error("No space left on device (os error 28)"),
    "Cannot go on: no space left on device",
  ],
  [
    new Error("Read-only file system (os error 30): copyfile '/a' -> '/b'"),
    'Cannot use "/b": read-only file system',
  ],
  [
    new Error("Permission denied (os error 13): tmpfile"),
    "Cannot make a temporary file: permission denied",
  ],
  [
    new Error("Failed to spawn 'x': Exec format error (os error 8)"),
    "Failed to spawn 'x': Exec format error",
  ],
  [
    new Error("EACCES: permission denied, open '/x/y'"),
    'Cannot open "/x/y": permission denied',
  ],
  [
    new Error("ENOSPC: no space left on device, write"),
    "Cannot write: no space left on device",
  ],
  [
    new Error("ENOTDIR: not a directory, rename '/a' -> '/b/it's, here'"),
    `Cannot write "/b/it's, here": ${NO_FOLDER}`,
  ],
  [
    new Error("EEXIST: file already exists, symlink 'x' -> '/y'"),
    'Cannot make "/y": file exists',
  ],
  [
    new Error("ENOEXEC: unknown error, posix_spawn '/x'"),
    'Cannot start "/x": unknown error',
  ],
  [
    new Error("Cannot switch: it is the only one"),
    "Cannot switch: it is the only one",
  ],
  ["broken", "broken"],
];

for (const [error, message] of MESSAGES) {
  Deno.test(`messageOf() says "${message}" for "${error}"`, () => {
    assertEquals(messageOf(error), message);
  });
}

/** What the runtimes say when a service is not who it should be. */
const REASONS: readonly [message: string, reason: string][] = [
  [
    "invalid peer certificate: certificate expired: verification time 1796130836 " +
    "(UNIX), but certificate is not valid after 1793491200 (2639636 seconds ago)",
    "its certificate has expired",
  ],
  ["certificate has expired", "its certificate has expired"],
  [
    'invalid peer certificate: certificate not valid for name "localhost"; ' +
    'certificate is only valid for DnsName("other.example")',
    "its certificate is for another name",
  ],
  [
    "Hostname/IP does not match certificate's altnames: Host: localhost. is not " +
    "in the cert's altnames: DNS:other.example",
    "its certificate is for another name",
  ],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID fetching "https://localhost:41465/"',
    "its certificate is for another name",
  ],
  [
    "received fatal alert: CertificateRequired",
    "it asks for a certificate of the client",
  ],
  [
    "error:1000045c:SSL routines:OPENSSL_internal:TLSV1_ALERT_CERTIFICATE_REQUIRED",
    "it asks for a certificate of the client",
  ],
  ["invalid peer certificate: UnknownIssuer", UNTRUSTED],
  ["self signed certificate", UNTRUSTED],
  ["unable to verify the first certificate", UNTRUSTED],
];

for (const [message, reason] of REASONS) {
  Deno.test(`reasonOf() says "${reason}" for "${message}"`, () => {
    assertEquals(reasonOf(new TypeError(message)), reason);
  });
}
