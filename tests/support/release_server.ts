/** The version that the test server offers. */
export const VERSION = "0.1.0";

/** The content of a release. */
export interface Release {
  /** The program, the same for every machine; a function may send less. */
  program?: string | (() => ReadableStream<Uint8Array>);
  /** The text of SHA256SUMS; `undefined` if there is no such file. */
  sums?: string | undefined;
}

/** A server on loopback that offers a release. */
export interface ReleaseServer extends AsyncDisposable {
  /** For `ACCOUNT_QWEN_RELEASES`. */
  url: string;
  /** The requested paths, in order. */
  requests: string[];
}

const TARGETS = [
  ...["linux-x64", "linux-arm64", "linux-x64-musl", "linux-arm64-musl"],
  ...["darwin-x64", "darwin-arm64"],
];

/**
 * A program that prints its version, and logs its other arguments in its home.
 */
export const PROGRAM = `#!/bin/sh
[ "$*" = --version ] || { echo "$*" >>"$HOME/told"; exit; }
echo ${VERSION}
${"# as long as a program is\n".repeat(20_000)}`;

/** The text of SHA256SUMS for `program`, as in the release. */
export async function checksums(program = PROGRAM): Promise<string> {
  const bytes = new TextEncoder().encode(program);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  const sum = new Uint8Array(digest).toHex();
  const names = TARGETS.map((it) => `account-qwen-${VERSION}-${it}`);
  return ["account-qwen.js", `account-qwen-${VERSION}.cdx.json`, ...names]
    .map((it) => `${sum}  ${it}\n`).join("");
}

/** Starts a server for `release` that answers like GitHub. */
export async function startReleases(
  { program = PROGRAM, ...release }: Release = {},
): Promise<ReleaseServer> {
  const sums = "sums" in release ? release.sums : await checksums();
  const requests: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const { pathname } = new URL(request.url);
      requests.push(pathname);
      const [, place, file = ""] =
        /^\/x\/(latest\/download|download\/v0\.1\.0)\/(.*)$/.exec(pathname) ??
          [];
      if (file === "SHA256SUMS" && sums !== undefined) {
        return new Response(sums);
      }
      const isProgram = file.startsWith(`account-qwen-${VERSION}-`);
      if (isProgram && place?.startsWith("download")) {
        // The length tells the client that something is missing.
        const headers = { "content-length": `${PROGRAM.length}` };
        return typeof program === "string"
          ? new Response(program)
          : new Response(program(), { headers });
      }
      return new Response("not found", { status: 404 });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/x`,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
