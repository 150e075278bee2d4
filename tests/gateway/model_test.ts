import { assertEquals, assertStrictEquals } from "@std/assert";
import { modelIn, withModel } from "../../lib/gateway/model.ts";
import { random } from "../support/cut.ts";

/** The model in the body, and the body with `new` in its place. */
const NAMED: Record<string, [body: string, model: string, changed: string]> = {
  "first": [
    '{"model":"a","stream":true}',
    "a",
    '{"model":"new","stream":true}',
  ],
  "last": [
    '{"messages":[{"model":"b"}],"model":"a"}',
    "a",
    '{"messages":[{"model":"b"}],"model":"new"}',
  ],
  "between blanks": [
    ' \t\r\n{ "model" : "a" , "n" : 1 }\n',
    "a",
    ' \t\r\n{ "model" : "new" , "n" : 1 }\n',
  ],
  "after numbers and words": [
    '{"a":1.5e-3,"b":true,"c":null,"d":{},"e":[],"model":"a"}',
    "a",
    '{"a":1.5e-3,"b":true,"c":null,"d":{},"e":[],"model":"new"}',
  ],
  "after texts with brackets and quotes": [
    String.raw`{"x":"}]\"model\":\"b\",\\","y":["{\"",{"z":"]"}],"model":"a"}`,
    "a",
    String
      .raw`{"x":"}]\"model\":\"b\",\\","y":["{\"",{"z":"]"}],"model":"new"}`,
  ],
  "with escapes": [
    String.raw`{"mo\u0064el":"a\/\"b\\"}`,
    'a/"b\\',
    String.raw`{"mo\u0064el":"new"}`,
  ],
  "in other letters": [
    '{"user":"额度 🙂","model":"通义"}',
    "通义",
    '{"user":"额度 🙂","model":"new"}',
  ],
  "of a body that is cut off": [
    '{"model":"a","messages":[{"content":"th',
    "a",
    '{"model":"new","messages":[{"content":"th',
  ],
  "twice, the first time": [
    '{"model":"a","model":"b"}',
    "a",
    '{"model":"new","model":"b"}',
  ],
};

for (const [what, [body, model, changed]] of Object.entries(NAMED)) {
  Deno.test(`modelIn() finds a model ${what}`, () => {
    assertEquals(modelIn(encode(body)), model);
  });

  Deno.test(`withModel() replaces a model ${what}`, () => {
    assertEquals(decode(withModel(encode(body), "new")), changed);
  });
}

const UNNAMED = [
  "",
  " ",
  "null",
  '"model"',
  "[]",
  '[{"model":"a"}]',
  "{}",
  "{",
  '{"model"',
  '{"model":',
  '{"model":"a',
  '{"model":null}',
  '{"model":{"model":"a"}}',
  '{"model" "a"}',
  '{"x":{"model":"a"}}',
  '{"x":"a" "model":"b"}',
  '{"x":"model","y":"model"}',
  '{"x":"cut',
  '{model:"a"}',
  '--boundary\r\nname="model"\r\n\r\na',
  '{"model":"a\nb"}',
];

for (const body of UNNAMED) {
  Deno.test(`modelIn() finds no model in ${JSON.stringify(body)}`, () => {
    assertEquals(modelIn(encode(body)), undefined);
  });
}

Deno.test("withModel() returns a body that names no model itself", () => {
  const body = encode('{"messages":[]}');
  assertStrictEquals(withModel(body, "new"), body);
});

Deno.test("withModel() escapes the model", () => {
  const changed = withModel(encode('{"model":"a"}'), 'x"\\\n额');
  assertEquals(JSON.parse(decode(changed)), { model: 'x"\\\n额' });
});

Deno.test("withModel() changes a document of any form only there", () => {
  const next = random(2);
  for (let round = 0; round < 500; round++) {
    const document = {
      ...anyObject(next, 3),
      model: "a",
      z: anyValue(next, 3),
    };
    const body = JSON.stringify(document, null, next() < 0.5 ? 2 : 0);
    const changed = JSON.stringify(
      { ...document, model: "new" },
      null,
      body.includes("\n") ? 2 : 0,
    );
    assertEquals(modelIn(encode(body)), "a");
    assertEquals(decode(withModel(encode(body), "new")), changed);
  }
});

function anyValue(next: () => number, depth: number): unknown {
  const values = [null, true, -1.5e30, "", '"model":"b"', "}{][,:\\", '\\"🙂'];
  const pick = Math.floor(next() * (values.length + (depth > 0 ? 4 : 0)));
  if (pick < values.length) return values[pick];
  if (pick % 2 === 0) return anyObject(next, depth - 1);
  return Array.from(
    { length: Math.floor(next() * 4) },
    () => anyValue(next, depth - 1),
  );
}

function anyObject(next: () => number, depth: number): Record<string, unknown> {
  const keys = ["a", "models", 'mo"del', "model\\", "{", "额"];
  const kept = keys.filter(() => next() < 0.4);
  return Object.fromEntries(kept.map((it) => [it, anyValue(next, depth)]));
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
