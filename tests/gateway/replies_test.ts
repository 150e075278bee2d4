import { assertEquals, assertStringIncludes } from "@std/assert";
import { constants, createGzip, gzipSync } from "node:zlib";
import { startRawUpstream } from "../support/upstream.ts";
import {
  ask,
  CONTENT,
  CONTENT_CHUNK,
  gatewayTo,
  GOOD,
  says,
  STREAM_HEAD,
} from "./raw_gateway.ts";
import { signalFor } from "../support/deadline.ts";

const PASSED_ON: Record<string, {
  parts: readonly string[];
  method?: string;
  status: number;
  text: string;
  headers?: Record<string, string | null>;
}> = {
  "after 100 and 103": {
    parts: [
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n",
      GOOD,
    ],
    status: 200,
    text: "good",
    headers: { link: null },
  },
  "of status 204": {
    parts: ["HTTP/1.1 204 No Content\r\nx-own: 1\r\n\r\n"],
    status: 204,
    text: "",
    headers: { "x-own": "1" },
  },
  "of status 304": {
    parts: ['HTTP/1.1 304 Not Modified\r\netag: "1"\r\n\r\n'],
    status: 304,
    text: "",
    headers: { etag: '"1"' },
  },
  "to HEAD": {
    parts: ["HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n"],
    method: "HEAD",
    status: 200,
    text: "",
    headers: { "content-length": "99" },
  },
  "that is a redirect": {
    parts: [
      "HTTP/1.1 307 Temporary Redirect\r\nlocation: https://else.test/\r\ncontent-length: 0\r\n\r\n",
    ],
    status: 307,
    text: "",
    headers: { location: "https://else.test/" },
  },
  "that is a page": {
    parts: [
      "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>",
    ],
    status: 200,
    text: "<html>",
  },
  "with a huge header": {
    parts: [
      `HTTP/1.1 200 OK\r\nx-own: ${
        "a".repeat(200_000)
      }\r\ncontent-length: 4\r\n\r\ngood`,
    ],
    status: 200,
    text: "good",
    headers: { "x-own": "a".repeat(200_000) },
  },
  "with two cookies, and without the headers of the connection": {
    parts: [
      "HTTP/1.1 200 OK\r\nset-cookie: a=1\r\nset-cookie: b=2\r\nconnection: close, x-hop\r\nx-hop: 1\r\nkeep-alive: timeout=1\r\n\r\ngood",
    ],
    status: 200,
    text: "good",
    headers: {
      "set-cookie": "a=1, b=2",
      connection: null,
      "x-hop": null,
      "keep-alive": null,
    },
  },
};

for (const [what, wanted] of Object.entries(PASSED_ON)) {
  Deno.test(`gateway.fetch() passes on a reply ${what}`, async () => {
    await using first = says(...wanted.parts);
    const { gateway } = gatewayTo([first]);
    await using _ = gateway;
    const response = await gateway.fetch(ask(wanted.method));
    const { status, headers } = response;
    assertEquals([status, await response.text()], [wanted.status, wanted.text]);
    for (const [name, value] of Object.entries(wanted.headers ?? {})) {
      assertEquals(headers.get(name), value);
    }
    assertEquals(first.requests.length, 1);
  });
}

Deno.test("gateway.fetch() answers 502 when the upstream switches protocols", async () => {
  await using first = says(
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
  );
  const { gateway } = gatewayTo([first]);
  await using _ = gateway;
  const response = await gateway.fetch(ask());
  assertEquals(response.status, 502);
  assertStringIncludes(await response.text(), "status is 101");
});

Deno.test("gateway.fetch() passes a stream on unchanged when it arrives byte by byte", async () => {
  const bytes = new TextEncoder().encode(CONTENT.repeat(3));
  await using first = startRawUpstream(async (connection) => {
    await connection.write(STREAM_HEAD);
    for (const byte of bytes) {
      await connection.write(`1\r\n`);
      await connection.write(new Uint8Array([byte]));
      await connection.write("\r\n");
    }
    await connection.write("0\r\n\r\n");
  });
  const { gateway } = gatewayTo([first]);
  await using _ = gateway;
  const response = await gateway.fetch(ask());
  assertEquals(await response.bytes(), bytes);
});

Deno.test("gateway.fetch() passes each event on as it arrives", async () => {
  const next = [0, 1].map(() => signalFor("the reader to have an event"));
  await using first = startRawUpstream(async (connection) => {
    await connection.write(STREAM_HEAD);
    for (const signal of next) {
      await connection.write(CONTENT_CHUNK);
      await signal.promise;
    }
    await connection.write("0\r\n\r\n");
  });
  const { gateway } = gatewayTo([first]);
  await using _ = gateway;
  const { body } = await gateway.fetch(ask());
  const seen: string[] = [];
  for await (const chunk of body ?? []) {
    seen.push(new TextDecoder().decode(chunk));
    next[seen.length - 1]?.resolve(); // the second comes after the first has arrived
  }
  assertEquals(seen, [CONTENT, CONTENT]);
});

Deno.test("gateway.fetch() decodes a compressed stream and says so", async () => {
  const packed = gzipSync(CONTENT);
  await using first = says(
    STREAM_HEAD.replace("\r\n\r\n", "\r\ncontent-encoding: gzip\r\n\r\n"),
    `${packed.length.toString(16)}\r\n`,
    packed,
    "\r\n0\r\n\r\n",
  );
  const { gateway } = gatewayTo([first]);
  await using _ = gateway;
  const response = await gateway.fetch(ask());
  assertEquals(response.headers.get("content-encoding"), null);
  assertEquals(await response.text(), CONTENT);
});

Deno.test("gateway.fetch() passes each event of a compressed stream on as it arrives", async () => {
  const next = [0, 1].map(() => signalFor("the reader to have an event"));
  await using first = startRawUpstream(async (connection) => {
    await connection.write(
      STREAM_HEAD.replace("\r\n\r\n", "\r\ncontent-encoding: gzip\r\n\r\n"),
    );
    const packer = createGzip({ flush: constants.Z_SYNC_FLUSH });
    const packed = packer[Symbol.asyncIterator]();
    for (const signal of next) {
      packer.write(CONTENT);
      const { value } = await packed.next();
      await connection.write(`${value.length.toString(16)}\r\n`);
      await connection.write(value);
      await connection.write("\r\n");
      await signal.promise;
    }
    packer.destroy();
  });
  const { gateway } = gatewayTo([first]);
  await using _ = gateway;
  const { body } = await gateway.fetch(ask());
  let text = "";
  let seen = 0;
  const decoder = new TextDecoder();
  const reader = body?.getReader();
  while (seen < 2) {
    const { value } = await reader?.read() ?? {};
    text += decoder.decode(value, { stream: true });
    if (text.length < CONTENT.length * (seen + 1)) continue;
    next[seen++]?.resolve(); // the second comes after the first has arrived
  }
  assertEquals(text, CONTENT.repeat(2));
  await reader?.cancel().catch(() => {}); // it was cut off
});

Deno.test("gateway.fetch() passes a body on unchanged when it cannot decode it", async () => {
  const body = new Uint8Array([1, 2, 3, 255]);
  await using first = says(
    "HTTP/1.1 200 OK\r\ncontent-encoding: zstd\r\ncontent-length: 4\r\n\r\n",
    body,
  );
  const { gateway } = gatewayTo([first]);
  await using _ = gateway;
  const response = await gateway.fetch(ask());
  assertEquals(response.headers.get("content-encoding"), "zstd");
  assertEquals(response.headers.get("content-length"), "4");
  assertEquals(await response.bytes(), body);
});
