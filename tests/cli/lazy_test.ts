import { assertEquals } from "@std/assert";
import { CHECKOUT } from "../support/checkout.ts";

/** A module in the output of `deno info --json`. */
interface Module {
  specifier: string;
  dependencies?: { code?: { specifier: string }; isDynamic?: boolean }[];
}

const { stdout } = await new Deno.Command(Deno.execPath(), {
  args: ["info", "--json", `${CHECKOUT}/main.ts`],
  stderr: "null",
}).output();
const { modules }: { modules: Module[] } = JSON.parse(
  new TextDecoder().decode(stdout),
);

const NOT_NEEDED = [
  /\/oauth\//,
  /\/gateway\//,
  /\/lib\/run\/(?!next_step\.ts)/, // what errors say
  /\/process\/(?!(?:find_program|run_variables)\.ts)/,
  /\/cli\/(?:setup|complete)\//,
  /\/cli\/(?:shim\/shim_|line\/man_page|schemas)/,
  /\/system\/http_server/,
  /\/uqr@|^npm:uqr/,
  /^node:/,
];

const STARTS: Record<string, readonly string[]> = {
  "--version": ["main.ts"],
  "--list": [
    "main.ts",
    "lib/cli/commands/list.ts",
    "lib/cli/line/run_command.ts",
  ],
  "status": [
    "main.ts",
    "lib/cli/commands/status.ts",
    "lib/cli/line/run_command.ts",
  ],
  "status --short": [
    "main.ts",
    "lib/cli/commands/status.ts",
    "lib/cli/screen/quick_status.ts",
  ],
};

for (const [flag, files] of Object.entries(STARTS)) {
  Deno.test(`${flag} loads no code of a login, the gateway, the dialog or a run`, () => {
    const loaded = loadedBy(files);
    assertEquals(loaded.some((it) => it.endsWith("lib/cli/run.ts")), true);
    const others = loaded.filter((it) => NOT_NEEDED.some((no) => no.test(it)));
    assertEquals(others, []);
  });
}

Deno.test("--version loads no code for accounts", () => {
  const loaded = loadedBy(STARTS["--version"] ?? []);
  assertEquals(
    loaded.filter((it) => /lib\/(ledger|vault|accounts)\//.test(it)),
    [],
  );
});

const NOT_TO_LIST = [
  /accounts\/(?:account_manager|update)\.ts/,
  /vault\/settle\/(?:settle|adopt)\.ts/,
  /doctor\/doctor/,
  /cli\/settings\/settings\.ts/,
];

Deno.test("--list loads no code that changes accounts, and no settings", () => {
  const loaded = loadedBy(STARTS["--list"] ?? []);
  const others = loaded.filter((it) => NOT_TO_LIST.some((no) => no.test(it)));
  assertEquals(others, []);
});

const NOT_TO_COUNT = [
  /\/accounts\/(?:account|account_reader|credential_reader)\.ts/,
  /\/vault\/settle\/settle\.ts/,
  /\/doctor\/doctor\.ts/,
  /\/vault\/logins\/(?:doubt|stash|slots|generations)\.ts/,
  /\/vault\/settle\/leftovers\.ts/,
  /\/disk\/permissions\.ts/,
  /\/cli\/(?:line\/run_command|settings\/settings)\.ts/,
  /\/cli\/screen\/(?:overview_json|paint|table|status_screen|status_watch)\.ts/,
  /dotenv/,
  /yaml\/mod/,
];

Deno.test("status --short loads only what it takes to read accounts with keys", () => {
  const loaded = loadedBy(STARTS["status --short"] ?? []);
  const others = loaded.filter((it) => NOT_TO_COUNT.some((no) => no.test(it)));
  assertEquals(others, []);
  // A third of the program.
  assertEquals(loaded.length < 100, true, `${loaded.length} modules`);
});

Deno.test("each of these is a module of the program", () => {
  const all = modules.map((it) => it.specifier);
  const missed = [...NOT_TO_LIST, ...NOT_TO_COUNT]
    .filter((it) => !all.some((path) => it.test(path)));
  assertEquals(missed, []);
});

Deno.test("login and exec do load what the others do not", () => {
  const files = ["login", "setup", "exec", "completion", "man", "shim"]
    .map((it) => `lib/cli/commands/${it}.ts`);
  const later = ["lib/run/by_gateway.ts", "lib/system/http_server.ts"];
  const loaded = loadedBy([...files, ...later]);
  const missed = NOT_NEEDED.slice(0, -1)
    .filter((it) => !loaded.some((path) => it.test(path)));
  assertEquals(missed, []);
});

Deno.test("main.ts contains nothing of the package's entry point", () => {
  const ofLibrary = /^file:\/\/\/(?:lib\/)?(?:mod|file_url)\.ts$/;
  const found = modules.map((it) =>
    decodeURI(it.specifier).replace(`${CHECKOUT}/`, "/")
  );
  assertEquals(found.filter((it) => ofLibrary.test(it)), []);
});

/**
 * The modules that load with `files`, without those that are imported later.
 */
function loadedBy(files: readonly string[]): string[] {
  const found = new Set<string>();
  const waiting = files.map((it) => new URL(`file://${CHECKOUT}/${it}`).href);
  for (let it = waiting.pop(); it !== undefined; it = waiting.pop()) {
    if (found.has(it)) continue;
    found.add(it);
    const { dependencies = [] } = modules.find((m) => m.specifier === it) ?? {};
    for (const { code, isDynamic } of dependencies) {
      if (code?.specifier && !isDynamic) waiting.push(code.specifier);
    }
  }
  return [...found];
}
