import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "@std/yaml";
import { CHECKOUT } from "../support/checkout.ts";
import { run } from "../support/cli.ts";
import { tempDir } from "../support/temp_dir.ts";

const FOLDER = `${CHECKOUT}/.docker`;

interface Service {
  build: { context: string; dockerfile: string };
  user: string;
  init: boolean;
  volumes: { target: string; read_only?: boolean }[];
}

async function readService(): Promise<Service> {
  const text = await Deno.readTextFile(`${FOLDER}/compose.yaml`);
  const { services } = parse(text) as { services: Record<string, Service> };
  return services["account-qwen"]!;
}

/** The stages of the Dockerfile, each a list of instructions. */
async function readStages(): Promise<string[][]> {
  const text = await Deno.readTextFile(`${FOLDER}/Dockerfile`);
  const lines = text.replaceAll(/^#.*\n/gm, "").replaceAll(/\\\n\s*/g, "")
    .split("\n").filter((it) => it);
  const stages: string[][] = [];
  for (const line of lines) {
    if (line.startsWith("FROM ")) stages.push([]);
    stages.at(-1)?.push(line);
  }
  return stages;
}

Deno.test("compose.yaml mounts the accounts writable, at a path that each qwen finds", async () => {
  const { volumes, user, init } = await readService();
  const [accounts] = volumes;
  assertEquals(accounts?.target, "/accounts/.qwen");
  assertEquals(accounts?.read_only, undefined);
  assertEquals(user, "${HOST_UID:-1000}:${HOST_GID:-1000}");
  assert(init);
});

Deno.test("compose.yaml builds from a Dockerfile that exists", async () => {
  const { context, dockerfile } = (await readService()).build;
  const path = `${FOLDER}/${context}/${dockerfile}`;
  assertEquals(await Deno.realPath(path), `${FOLDER}/Dockerfile`);
});

Deno.test("each image of the Dockerfile runs as a user other than root, in a home above the mount", async () => {
  const [, ...images] = await readStages();
  assertEquals(images.length, 2);
  for (const image of images) {
    assertMatch(image.find((it) => it.startsWith("USER ")) ?? "", /1000:1000$/);
    assert(image.includes("ENV HOME=/accounts"));
    assert(image.includes('ENTRYPOINT ["account-qwen"]'));
  }
});

const MACHINES = [["amd64", "linux-x64"], ["arm64", "linux-arm64"]] as const;

for (const [machine, target] of MACHINES) {
  debianTest(
    `the Dockerfile uses the binary ${target} when the machine is ${machine}`,
    async () => {
      await using dist = await distFolder();
      const { code, stderr } = await pick(dist.path, machine);
      assertEquals(code, 0, stderr);
      assertEquals(await Deno.readTextFile(`${dist.path}/picked`), target);
    },
  );
}

debianTest(
  "the Dockerfile refuses a binary that was tampered with",
  async () => {
    await using dist = await distFolder();
    const path = `${dist.path}/account-qwen-0.1.0-linux-x64`;
    await Deno.writeTextFile(path, "something else");
    const { code } = await pick(dist.path, "amd64");
    assertEquals(code, 1);
    const picked = await Deno.stat(`${dist.path}/picked`).catch(() =>
      undefined
    );
    assertEquals(picked, undefined);
  },
);

/** The image is Debian's: elsewhere sha256sum has other options. */
function debianTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, ignore: Deno.build.os !== "linux" });
}

/** Does what the first stage does, but puts the binary into the same folder. */
async function pick(folder: string, machine: string) {
  const [[...instructions] = []] = await readStages();
  const line = instructions.find((it) => it.startsWith("RUN ")) ?? "";
  const script = line.slice("RUN ".length)
    .replace("/usr/local/bin/account-qwen", "picked");
  return await run("sh", ["-c", script], {
    home: folder,
    env: { VERSION: "*", TARGETARCH: machine },
  });
}

async function distFolder() {
  const dir = await tempDir();
  const script = `
    for target in linux-x64 linux-arm64 darwin-x64; do
      printf %s "$target" >"account-qwen-0.1.0-$target"
    done
    sha256sum account-qwen-* >SHA256SUMS
    rm account-qwen-0.1.0-darwin-x64`;
  const { code } = await run("sh", ["-c", script], { home: dir.path });
  assertEquals(code, 0);
  return dir;
}
