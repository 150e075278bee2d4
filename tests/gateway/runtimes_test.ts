/**
 * Behavior that depends on the HTTP client of each runtime: the gateway has its
 * own process, and the service writes raw bytes.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { startFixture } from "../support/running_fixture.ts";
import { runFixtureWith, testRuntimes } from "../support/runtimes.ts";
import { fixture, lineReader } from "../process/programs.ts";
import { tempDir } from "../support/temp_dir.ts";
import { startRawUpstream } from "../support/upstream.ts";
import {
  CONTENT,
  fallsSilent,
  GOOD,
  says,
  STREAM_HEAD,
} from "./raw_gateway.ts";

const HEADERS = {
  authorization: "Bearer token-of-the-run",
  "content-type": "application/json",
};

/** Bodies without a length, cut off by a reset. */
const UNFINISHED = {
  "text/event-stream": CONTENT,
  "application/json": '{"id":"1","choices":[{"message":{"content":"Par',
};

const JSON_HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" +
  "content-length: 2\r\n\r\n";

/** What an account may send that does not begin its answer in time. */
const SLOW_STARTS = {
  "sends nothing": "",
  "sends only a header": JSON_HEAD,
  "sends only the header of a stream": STREAM_HEAD,
  "sends only the header of a compressed stream": STREAM_HEAD.replace(
    "\r\n",
    "\r\ncontent-encoding: gzip\r\n",
  ),
};

/** Many small chunks, such as the keep-alives of a service. */
const PINGS = 3_000;

for (const runtime of await testRuntimes()) {
  const name = `startGateway() with ${runtime.name}`;

  for (const [type, text] of Object.entries(UNFINISHED)) {
    Deno.test(`${name} breaks a body of ${type} without a length when the connection is reset`, async () => {
      await using upstream = await startResetting(type, text);
      await using gateway = await startFixture(runtime, "run_gateway.ts", [
        upstream.url,
      ]);
      const { body } = await fetch(`${gateway.said}/chat/completions`, {
        method: "POST",
        headers: HEADERS,
        body: "{}",
      });
      const reader = body?.getReader();
      const { value } = await reader?.read() ?? {};
      assertEquals(new TextDecoder().decode(value), text);
      await upstream.reset();
      await assertRejects(async () => {
        while (!(await reader?.read())?.done);
      }, TypeError);
    });
  }

  for (const fields of [99, 400, 30_000]) {
    Deno.test(`${name} asks once when a reply has ${fields} header fields, and passes it on or says why not`, async () => {
      const lines = Array.from({ length: fields - 1 }, (_, at) => `x-${at}: v`);
      const reply = GOOD.replace("\r\n", `\r\n${lines.join("\r\n")}\r\n`);
      await using upstream = startRawUpstream((it) => it.write(reply));
      await using gateway = await startFixture(runtime, "run_gateway.ts", [
        upstream.url,
      ]);
      const text = await askRaw(gateway.said);
      if (fields < 30_000) {
        assertStringIncludes(text, "HTTP/1.1 200 ");
        assertStringIncludes(text, `\r\nx-${fields - 2}: v\r\n`);
      } else {
        assertStringIncludes(text, "HTTP/1.1 400 ");
        assertStringIncludes(text, "its header has too many fields");
      }
      assertEquals(upstream.requests.length, 1);
    });
  }

  for (const [what, beginning] of Object.entries(SLOW_STARTS)) {
    Deno.test(`gateway.fetch() with ${runtime.name} asks the next account once when one ${what} in time`, async () => {
      await using first = fallsSilent(beginning);
      await using second = says(GOOD);
      await using home = await tempDir();
      const args = ["300", first.url, second.url];
      const { stdout } = await runFixtureWith(runtime, "slow_start.ts", args, {
        home: home.path,
      });
      assertEquals(JSON.parse(stdout), {
        text: "good",
        left: [{ account: 1, kind: "transient" }],
      });
      assertEquals(first.requests.length, 1);
    });
  }

  Deno.test(`${name} uses little memory for a stream that is held and arrives byte by byte`, async () => {
    await using upstream = startRawUpstream(async (connection) => {
      await connection.write(STREAM_HEAD);
      for (let at = 0; at < PINGS; at++) {
        await connection.write(`1\r\n${at % 2 ? "\n" : ":"}\r\n`);
        // The gateway must read each one separately.
        if (at % 10 === 0) await new Promise((done) => setTimeout(done));
      }
      await connection.write("0\r\n\r\n");
    });
    await using gateway = await startFixture(runtime, "run_gateway.ts", [
      upstream.url,
    ]);
    const before = Number(await gateway.ask());
    const response = await fetch(`${gateway.said}/chat/completions`, {
      method: "POST",
      headers: HEADERS,
      body: "{}",
    });
    assertEquals(await response.text(), ":\n".repeat(PINGS / 2));
    const growth = Number(await gateway.ask()) - before;
    assert(growth < 64 * 2 ** 20, `It took ${growth} bytes`);
  });
}

/**
 * Sends a request to a gateway and returns the raw reply: Deno reads at most
 * 100 fields.
 */
async function askRaw(url: string): Promise<string> {
  const { host, hostname, port, pathname } = new URL(url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const lines = [
    `POST ${pathname}/chat/completions HTTP/1.1`,
    `Host: ${host}`,
    ...Object.entries(HEADERS).map((it) => it.join(": ")),
    "Content-Length: 2",
    "Connection: close",
  ];
  const request = `${lines.join("\r\n")}\r\n\r\n{}`;
  await connection.write(new TextEncoder().encode(request));
  return await new Response(connection.readable).text();
}

/** Starts a service that answers with `body` and resets the connection. */
async function startResetting(type: string, body: string) {
  const child = new Deno.Command("python3", {
    args: [fixture("reset_body.py"), type, body],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const lines = lineReader(child.stdout);
  const input = child.stdin.getWriter();
  const port = await lines.next();
  return {
    url: `http://127.0.0.1:${port}/v1`,
    async reset() {
      await input.write(new TextEncoder().encode("\n"));
      await lines.next();
    },
    async [Symbol.asyncDispose]() {
      await input.close();
      await lines.cancel();
      await child.status;
    },
  };
}
