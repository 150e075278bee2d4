import { assertEquals } from "@std/assert";
import { pathLine } from "../../lib/cli/shim/shell_env.ts";

const FILES: Record<string, string> = {
  "/bin/bash": "~/.bashrc",
  "/usr/bin/zsh": "~/.zshrc",
  "/bin/dash": "~/.profile",
  "/usr/bin/fish": "~/.config/fish/config.fish",
  "/usr/bin/pwsh": "the file $PROFILE",
};

for (const [SHELL, file] of Object.entries(FILES)) {
  Deno.test(`pathLine() names ${file} when the shell is ${SHELL}`, () => {
    assertEquals(pathLine({ SHELL }, "/here").file, file);
  });
}

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
