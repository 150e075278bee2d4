import { assertEquals } from "@std/assert";
import { pathLine, profileLine } from "../../lib/cli/shell_profile.ts";

const ALIAS = "alias qwen='account-qwen exec --'";

const CASES: Record<string, [string, string]> = {
  "/bin/bash": ["~/.bashrc", ALIAS],
  "/usr/bin/zsh": ["~/.zshrc", ALIAS],
  "/bin/dash": ["~/.profile", ALIAS],
  "/usr/bin/fish": ["~/.config/fish/config.fish", ALIAS],
  "/usr/bin/pwsh": [
    "the file $PROFILE",
    "function qwen { account-qwen exec -- @args }",
  ],
};

for (const [SHELL, [file, line]] of Object.entries(CASES)) {
  Deno.test(`profileLine() names ${file} when the shell is ${SHELL}`, () => {
    assertEquals(profileLine({ SHELL }), { file, line });
  });
}

Deno.test("profileLine() names the folder when it is not the usual one", () => {
  const { line } = profileLine({ SHELL: "/bin/bash" }, "/it's here");
  assertEquals(
    line,
    String.raw`export ACCOUNT_QWEN_DIR='/it'\''s here'; ${ALIAS}`,
  );
});

const PATHS: Record<string, string> = {
  "/bin/bash": String.raw`export PATH='/it'\''s here':"$PATH"`,
  "/usr/bin/fish": String.raw`fish_add_path --path --move '/it\'s here'`,
  "/usr/bin/pwsh": "$env:PATH = '/it''s here:' + $env:PATH",
};

for (const [SHELL, line] of Object.entries(PATHS)) {
  Deno.test(`pathLine() puts a folder ahead on the PATH when the shell is ${SHELL}`, () => {
    assertEquals(pathLine({ SHELL }, "/it's here").line, line);
  });
}
