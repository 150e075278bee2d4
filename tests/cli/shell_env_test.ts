import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  detectShell,
  formatShellEnv,
  type Shell,
} from "../../lib/cli/shim/shell_env.ts";
import { run } from "../support/cli.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";

const HOSTILE: Record<string, string> = {
  A_QUOTE: "it's",
  BACKSLASHES: "a\\b\\\\c\\n\\'d",
  BACKTICKS: "`touch pwned`",
  COMMAND: "$(touch pwned); touch pwned # & | > <",
  DOUBLE_QUOTE: 'say "hi" $HOME ${HOME} %PATH% !!',
  EMPTY: "",
  ENDS_IN_BACKSLASH: "c:\\",
  LINES: "\none\ntwo\r\n\tthree\n",
  NAMES: "Größe 名前 🦕 \u2018typographic\u2019 \u201b",
  ONLY_QUOTES: "'''",
  RANGE: Array.from({ length: 0x24f }, (_, it) => String.fromCharCode(it + 1))
    .join(""),
};

const REAL_SHELLS: Record<string, { shell: Shell; script: string }> = {
  sh: { shell: "sh", script: 'eval "$(cat "$1")"' },
  dash: { shell: "sh", script: 'set -eu; eval "$(cat "$1")"' },
  bash: { shell: "sh", script: 'set -eu; eval "$(cat "$1")"' },
  fish: { shell: "fish", script: 'eval "$(cat $argv[1])"' },
  "fish, piped": { shell: "fish", script: "cat $argv[1] | source" },
};

for (const [name, { shell, script }] of Object.entries(REAL_SHELLS)) {
  const test = await testWith(shell === "fish" ? "fish" : "bash");

  test(`formatShellEnv() sets each variable unchanged in ${name}`, async () => {
    const text = formatShellEnv(shell, { set: HOSTILE });
    const { env, created } = await evaluate(shell, name, script, text);
    assertEquals(pick(env, Object.keys(HOSTILE)), HOSTILE);
    assertEquals(created, []);
  });

  test(`formatShellEnv() removes a variable in ${name}`, async () => {
    const changes = {
      unset: ["GIVEN", "NEVER_THERE", "AGAIN"],
      set: { AGAIN: "2" },
    };
    const text = formatShellEnv(shell, changes);
    const { env } = await evaluate(shell, name, script, text);
    assert(!("GIVEN" in env), "it is still there");
    assertEquals(env.AGAIN, "2");
  });
}

// about_Quoting_Rules: within single quotes only the quote has a meaning. It is
// doubled; the typographic quotes U+2018 to U+201B count as well.
const POWERSHELL: Record<string, { value: string; text: string }> = {
  "a quote": { value: "it's", text: "'it''s'" },
  "text that would be expanded": { value: '$x`n"%"\\', text: "'$x`n\"%\"\\'" },
  "a line break": { value: "a\nb", text: "'a' + [char]0xa + 'b'" },
  "line breaks only": { value: "\r\n", text: "'' + [char]0xd + [char]0xa" },
  "a typographic quote": {
    value: "\u2019; rm",
    text: "'' + [char]0x2019 + '; rm'",
  },
  "a letter of two units": {
    value: "🦕",
    text: "'' + [char]0xd83e + [char]0xdd95",
  },
  "nothing": { value: "", text: "''" },
};

for (const [what, { value, text }] of Object.entries(POWERSHELL)) {
  Deno.test(`formatShellEnv() writes ${what} for PowerShell in one line of ASCII`, () => {
    const line = formatShellEnv("powershell", { set: { NAME: value } });
    assertEquals(line, `$env:NAME = ${text};`);
  });
}

Deno.test("formatShellEnv() removes a variable in PowerShell", () => {
  const text = formatShellEnv("powershell", { unset: ["A"], set: { B: "1" } });
  assertEquals(text, "$env:A = $null;\n$env:B = '1';");
});

for (const name of ["", "1A", "A-B", "A=B", "A B", "A;rm", "Ä", "A\n"]) {
  Deno.test(`formatShellEnv() throws when a name is ${JSON.stringify(name)}`, () => {
    for (const changes of [{ set: { [name]: "1" } }, { unset: [name] }]) {
      assertThrows(
        () => formatShellEnv("sh", changes),
        TypeError,
        "it is not a valid variable name",
      );
    }
  });
}

Deno.test("formatShellEnv() throws when a value has a NUL, and does not show it", () => {
  const set = { KEY: "secret\0" };
  const error = assertThrows(() => formatShellEnv("sh", { set }), TypeError);
  assertEquals(error.message, 'Cannot set "KEY": its value has a NUL');
});

const DETECTED: [Record<string, string>, Shell][] = [
  [{ SHELL: "/bin/bash" }, "sh"],
  [{ SHELL: "/usr/bin/zsh" }, "sh"],
  [{ SHELL: "/usr/bin/fish" }, "fish"],
  [{ SHELL: "/bin/bash", FISH_VERSION: "3.6.0" }, "fish"],
  [{ SHELL: "/usr/bin/pwsh" }, "powershell"],
  [{ SHELL: "C:\\Program Files\\PowerShell\\pwsh.exe" }, "powershell"],
  [{ PSModulePath: "C:\\Modules" }, "powershell"],
  [{ SHELL: "/bin/bash", PSModulePath: "/opt/microsoft" }, "sh"],
  [{}, "sh"],
];

for (const [env, shell] of DETECTED) {
  Deno.test(`detectShell() returns ${shell} for ${JSON.stringify(env)}`, () => {
    assertEquals(detectShell(env), shell);
  });
}

/** The environment after `text`, and the files that were created. */
async function evaluate(
  shell: Shell,
  name: string,
  script: string,
  text: string,
): Promise<{ env: Record<string, string>; created: string[] }> {
  await using dir = await tempDir();
  const file = `${dir.path}/changes`;
  await Deno.writeTextFile(file, text);
  const args = shell === "fish" ? ["--no-config", "-c"] : ["-c"];
  const names = shell === "fish" ? [file] : [name, file];
  const { code, stdout, stderr } = await run(
    shell === "fish" ? "fish" : name,
    [...args, `${script}; env -0`, ...names],
    { home: dir.path, env: { GIVEN: "1", LC_ALL: "C.UTF-8" } },
  );
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const variables = stdout.split("\0").map((it) => it.split(/=(.*)/s));
  const found = await Array.fromAsync(Deno.readDir(dir.path), (it) => it.name);
  return {
    env: Object.fromEntries(variables),
    created: found.filter((it) => it === "pwned"),
  };
}

function pick(env: Record<string, string>, names: readonly string[]) {
  return Object.fromEntries(names.map((it) => [it, env[it]]));
}
