import { assert, assertEquals } from "@std/assert";
import { apiKey } from "../support/account_folder.ts";
import { filesWith } from "../support/files_with.ts";
import { processTexts, variableIn } from "../support/process_texts.ts";
import { QUOTA_EXCEEDED, type Reply } from "../support/service.ts";
import { setScene } from "../support/scene.ts";

for (const version of ["0.12.0", "0.24.4"]) {
  Deno.test(`exec with qwen ${version} reveals its keys to no process and no file`, async () => {
    const processes: string[] = [];
    let path = "";
    const look = (reply: Reply) => () => {
      processes.push(...processTexts(path));
      return reply;
    };
    await using scene = await setScene(
      [look(QUOTA_EXCEEDED), look({ answer: "Paris" })],
      { version, keys: [1, 2] },
    );
    path = scene.home.path;
    const { code, stdout, stderr } = await scene.exec(["--", "hello"]);
    assertEquals(code, 0, stderr);

    const children = processes.filter((it) => it.includes("\0--prompt="));
    const tokens = children.map((it) => variableIn(it, "OPENAI_API_KEY"));
    assert(children.length >= 2, "seen with both accounts");
    assertEquals(new Set(tokens.map((it) => it?.length)), new Set([43]));
    const [token = ""] = tokens;
    for (const key of [apiKey(1), apiKey(2)]) {
      assertEquals(processes.filter((it) => it.includes(key)), []);
      assertEquals((stdout + stderr).includes(key), false);
    }
    assertEquals(await filesWith(path, apiKey(1)), [
      `${path}/.qwen/accounts/api_key_1.env`,
    ]);
    assertEquals(await filesWith(path, apiKey(2)), [
      `${path}/.qwen/accounts/api_key_2.env`,
    ]);
    assertEquals(await filesWith(path, token), []);
  });
}
