import { assertEquals, assertThrows } from "@std/assert";
import { openBrowser } from "../../lib/cli/screen/login_screen.ts";
import type { ChildProcess, SpawnOptions } from "../../lib/system/mod.ts";

const PAGE = "https://login.example/authorize?user_code=A;$(id)&x='\"";
const HREF = "https://login.example/authorize?user_code=A;$(id)&x=%27%22";

Deno.test("openBrowser() passes the page as one argument, without a shell", () => {
  const { started, isAsked } = open({ env: { DISPLAY: ":0" } });
  assertEquals(isAsked, true);
  assertEquals(started.map(({ program, args }) => [program, args]), [
    ["xdg-open", [HREF]],
  ]);
});

Deno.test("openBrowser() detaches the browser from our streams and our end", () => {
  const { started } = open({ env: { DISPLAY: ":0" } });
  assertEquals(
    started.map(({ stdin, output, ownGroup }) => ({ stdin, output, ownGroup })),
    [{ stdin: "null", output: "null", ownGroup: true }],
  );
});

const PLACES: [env: Record<string, string>, os: string, program?: string][] = [
  [{ DISPLAY: ":0" }, "linux", "xdg-open"],
  [{ WAYLAND_DISPLAY: "wayland-0" }, "linux", "xdg-open"],
  [{ DISPLAY: ":0", CI: "", NO_BROWSER: "" }, "linux", "xdg-open"],
  [{ DISPLAY: ":0" }, "freebsd", "xdg-open"],
  [{}, "darwin", "open"],
  [{}, "linux"],
  [{ DISPLAY: "" }, "linux"],
  [{ DISPLAY: ":0", NO_BROWSER: "1" }, "linux"],
  [{ DISPLAY: ":0", CI: "true" }, "linux"],
  [{ DISPLAY: "localhost:10.0", SSH_CONNECTION: "10.0.0.1 1" }, "linux"],
  [{ DISPLAY: ":0", SSH_TTY: "/dev/pts/1" }, "linux"],
  [{ SSH_CONNECTION: "10.0.0.1 1" }, "darwin"],
  [{ NO_BROWSER: "1" }, "darwin"],
];

for (const [env, os, program] of PLACES) {
  Deno.test(`openBrowser() starts ${program ?? "nothing"} on ${os} with ${JSON.stringify(env)}`, () => {
    const { started, isAsked } = open({ env, os });
    assertEquals(started.map((it) => it.program), program ? [program] : []);
    assertEquals(isAsked, program !== undefined);
  });
}

Deno.test("openBrowser() returns false when the program is missing", () => {
  const system = {
    env: () => ":0",
    spawn: () => {
      throw new Deno.errors.NotFound("xdg-open");
    },
  };
  const env = (name: string) => name === "DISPLAY" ? ":0" : undefined;
  const options = { system: { ...system, env }, os: "linux" };
  assertEquals(openBrowser(PAGE, options), false);
});

for (const url of ["file:///etc/passwd", "javascript:alert(1)", "--help"]) {
  Deno.test(`openBrowser() refuses ${url}`, () => {
    assertThrows(() => open({ env: { DISPLAY: ":0" }, url }), TypeError);
  });
}

interface Started extends SpawnOptions {
  program: string;
}

function open(
  { env, os = "linux", url = PAGE }: {
    env: Record<string, string>;
    os?: string;
    url?: string;
  },
): { started: Started[]; isAsked: boolean } {
  const started: Started[] = [];
  const system = {
    env: (name: string) => env[name],
    spawn: (program: string, options: SpawnOptions): ChildProcess => {
      started.push({ program, ...options });
      const ended = Promise.resolve({ code: 0, signal: undefined });
      return {
        pid: 1,
        stdin: undefined,
        stdout: undefined,
        stderr: undefined,
        ended,
      };
    },
  };
  return { isAsked: openBrowser(url, { system, os }), started };
}
