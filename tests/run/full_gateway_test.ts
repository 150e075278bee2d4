import { assertEquals, assertStringIncludes } from "@std/assert";
import { accountQwen, runCli } from "../support/cli.ts";
import { keyScene } from "./key_scene.ts";

/** Asks with 17 connections, keeps them open, and tries to open two more. */
const CROWD = `#!/usr/bin/env python3
import os, socket, sys
from urllib.parse import urlsplit
if "--version" in sys.argv:
    print("0.24.4")
    sys.exit()
url = urlsplit(os.environ["OPENAI_BASE_URL"])
head = "POST %s/chat/completions HTTP/1.1\\r\\nHost: %s\\r\\n" % (url.path, url.netloc)
head += "Authorization: Bearer %s\\r\\n" % os.environ["OPENAI_API_KEY"]
body = '{"model":"m","messages":[{"role":"user","content":"Go"}]}'
head += "Content-Length: %d\\r\\n\\r\\n" % len(body)
held = []
for _ in range(19):
    try:
        connection = socket.create_connection((url.hostname, url.port), 60)
        held.append(connection)
        connection.sendall((head + body).encode())
        print("answered" if connection.recv(65536) else "refused")
    except (BrokenPipeError, ConnectionResetError):
        print("refused")
`;

Deno.test("exec says once that its gateway refuses clients, and how to raise the limit", async () => {
  await using scene = await keyScene([{ answer: "Paris" }]);
  const { home } = scene;
  const bin = `${home.path}/crowd`;
  await Deno.writeTextFile(bin, CROWD, { mode: 0o755 });
  // (100 - 48) / 3 clients
  const limited = ["sh", "-c", 'ulimit -n 100; exec "$@"', "sh"];
  const { code, stdout, stderr } = await runCli(
    ["exec", "--bin", bin, "--", "Go"],
    { home: home.path, command: [...limited, ...accountQwen()] },
  );
  assertEquals([code, stderr.match(/refuses more/g)?.length], [0, 1]);
  assertEquals(stdout, "answered\n".repeat(17) + "refused\n".repeat(2));
  assertStringIncludes(stderr, "the gateway has 17 clients and refuses more");
  const hint = Deno.build.os === "linux" ? "--nofile=12336" : "";
  assertStringIncludes(stderr, hint);
});
