import { CHECKOUT } from "./checkout.ts";
import { denoEnv } from "./deno_env.ts";
import { run } from "./cli.ts";
import { tempDir } from "./temp_dir.ts";

/** A package as a registry keeps it. */
interface PublishedPackage {
  /** The files by their path, which begins with a slash. */
  files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** The exports of its `deno.json`. */
  exports: Readonly<Record<string, string>>;
}

/** A registry on loopback that has this checkout as a package. */
export interface JsrRegistry extends AsyncDisposable {
  /** The variables that a Deno needs to get packages from here. */
  env: Readonly<Record<string, string>>;
  /** The paths of the files in the package, sorted. */
  files: readonly string[];
}

const PACKAGE = "/@x/qwen-rotate/";
const UPLOAD = /^\/api\/scopes\/x\/packages\/qwen-rotate\/versions\/([^/]+)$/;
const TAR_BLOCK = 512;

/** The variables that say how this machine reaches the npm registry. */
const NETWORK =
  /^(?:(?:https?|no|all)_proxy|npm_config_.*|.*_(?:cert|ca_certs)|ssl_cert_file)$/i;

/**
 * Starts a registry like JSR, and publishes this checkout to it with
 * `deno publish`.
 *
 * @throws {Error} If `deno publish` fails.
 */
export async function publishToRegistry(): Promise<JsrRegistry> {
  const versions = new Map<string, PublishedPackage>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => answer(request, versions),
  );
  await using stack = new AsyncDisposableStack();
  stack.defer(() => server.shutdown());
  const env = {
    ...networkEnv(),
    JSR_URL: `http://127.0.0.1:${server.addr.port}/`,
    NO_COLOR: "1",
  };
  await using home = await tempDir();
  const { code, stderr } = await run(
    Deno.execPath(),
    ["publish", "--allow-dirty", "--token", "any"],
    { home: home.path, cwd: CHECKOUT, env: { ...env, ...await denoEnv() } },
  );
  if (code !== 0) throw new Error(`Cannot publish: ${stderr}`);
  const [published] = versions.values();
  const disposables = stack.move();
  return {
    env,
    files: [...published?.files.keys() ?? []].sort(),
    [Symbol.asyncDispose]: () => disposables.disposeAsync(),
  };
}

/** Answers `deno publish`, and afterwards the users of the package. */
async function answer(
  request: Request,
  versions: Map<string, PublishedPackage>,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  const [, uploaded] = UPLOAD.exec(pathname) ?? [];
  if (request.method === "POST" && uploaded && request.body) {
    versions.set(uploaded, await unpack(request.body));
    return Response.json({ id: "1", status: "success", error: null });
  }
  if (pathname === "/api/scopes/x/packages/qwen-rotate") {
    return Response.json({ scope: "x", name: "qwen-rotate", versionCount: 0 });
  }
  if (pathname === `${PACKAGE}meta.json`) {
    const known = Object.fromEntries(versions.keys().map((it) => [it, {}]));
    const [latest] = versions.keys();
    return Response.json({
      ...{ scope: "x", name: "qwen-rotate", latest },
      versions: known,
    });
  }
  for (const [version, published] of versions) {
    if (pathname === `${PACKAGE}${version}_meta.json`) {
      return Response.json(await describe(published));
    }
    const path = pathname.replace(`${PACKAGE}${version}`, "");
    const bytes = published.files.get(path);
    if (bytes) return new Response(bytes, { headers: typeOf(path) });
  }
  const missing = { code: "notFound", message: "not found" };
  return Response.json(missing, { status: 404 });
}

async function describe({ files, exports }: PublishedPackage) {
  const manifest: Record<string, { size: number; checksum: string }> = {};
  for (const [path, bytes] of files) {
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    const checksum = `sha256-${new Uint8Array(digest).toHex()}`;
    manifest[path] = { size: bytes.length, checksum };
  }
  return { manifest, exports };
}

function typeOf(path: string): Record<string, string> {
  const type = path.endsWith(".ts") ? "text/typescript" : "application/json";
  return { "content-type": type };
}

/** Reads what `deno publish` sends: a tar archive, compressed by gzip. */
async function unpack(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<PublishedPackage> {
  const plain = body.pipeThrough(new DecompressionStream("gzip"));
  const archive = await new Response(plain).bytes();
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (let at = 0; archive[at];) {
    const field = (from: number, length: number) =>
      textOf(archive.subarray(at + from, at + from + length));
    const name = field(0, 100);
    const size = parseInt(field(124, 12), 8);
    if (!["", "0"].includes(field(156, 1))) {
      throw new Error(`"${name}" is not a plain file`);
    }
    const begin = at + TAR_BLOCK;
    files.set(name.replace(/^\.?\/?/, "/"), archive.slice(begin, begin + size));
    at = begin + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
  }
  const config = textOf(files.get("/deno.json") ?? new Uint8Array());
  return { files, exports: JSON.parse(config).exports };
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/\0.*$/s, "");
}

function networkEnv(): Record<string, string> {
  const all = Object.entries(Deno.env.toObject());
  return Object.fromEntries(all.filter(([name]) => NETWORK.test(name)));
}
