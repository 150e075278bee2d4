import { assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import {
  findPositions,
  type Position,
} from "../../lib/cli/settings/yaml_position.ts";

/** The position of each key, its value, and the value's items. */
type Places = Record<string, [string, string, ...string[]]>;

const DOCUMENTS: Record<string, Places> = {
  "": {},
  "# nothing\n": {},
  "a: 1": { a: ["1:1", "1:4"] },
  "# no: key\n\na: 1 # b: 2\nc: 2": { a: ["3:1", "3:4"], c: ["4:1", "4:4"] },
  "  a: 1\n  b: 2": { a: ["1:3", "1:6"], b: ["2:3", "2:6"] },
  "a :  1": { a: ["1:1", "1:6"] },
  "a: x\r\nb: y\rc: z": {
    a: ["1:1", "1:4"],
    b: ["2:1", "2:4"],
    c: ["3:1", "3:4"],
  },
  "a:\n  1\nb:": { a: ["1:1", "2:3"], b: ["3:1", "3:1"] },
  "a:\n\n# x\nb: 1": { a: ["1:1", "1:1"], b: ["4:1", "4:4"] },
  "\"a\": 1\n'b': 2": { a: ["1:1", "1:6"], b: ["2:1", "2:6"] },
  "a: 'it''s\nb: c'\nd: \"\\\"\ne: f\"": {
    a: ["1:1", "1:4"],
    d: ["3:1", "3:4"],
  },
  "a: it's\nb: http://c:80/#d\ne#f: g": {
    a: ["1:1", "1:4"],
    b: ["2:1", "2:4"],
    "e#f": ["3:1", "3:6"],
  },
  'a: |\n  b: c\n\n  "d\n\ne: >-2 # f\n    g: h\n': {
    a: ["1:1", "1:4"],
    e: ["6:1", "6:4"],
  },
  "? a\n: b\nc: d": { a: ["1:3", "2:3"], c: ["3:1", "3:4"] },
  "a: &x 1\nb: !!str 2\nc: *x": {
    a: ["1:1", "1:7"],
    b: ["2:1", "2:10"],
    c: ["3:1", "3:4"],
  },
  "%YAML 1.2\n--- # x\na: 1": { a: ["3:1", "3:4"] },

  "a:\n- 1\n- 2\nb: 3": { a: ["1:1", "2:1", "2:3", "3:3"], b: ["4:1", "4:4"] },
  "a:\n  - 1\n  # - 2\n  - b: 3\n    c: 4\n  - - 5\nd: 6": {
    a: ["1:1", "2:3", "2:5", "4:5", "6:5"],
    d: ["7:1", "7:4"],
  },
  "a:\n- |\n  b: c\n- x\nd: 1": {
    a: ["1:1", "2:1", "2:3", "4:3"],
    d: ["5:1", "5:4"],
  },
  "a: [1, 'b, c', {d: 2, e: 3}, [4, 5]]\nf: 6": {
    a: ["1:1", "1:4", "1:5", "1:8", "1:16", "1:30"],
    f: ["2:1", "2:4"],
  },
  "a: [\n1,\nb: 2\n]\nc: 3": {
    a: ["1:1", "1:4", "2:1", "3:1"],
    c: ["5:1", "5:4"],
  },
  "a: {b: 1,\nc: 2}\nd: 3": { a: ["1:1", "1:4"], d: ["3:1", "3:4"] },

  "{a: 1, b: }": { a: ["1:2", "1:5"], b: ["1:8", "1:8"] },
  '{\n  "a":1,\n  "b": [2, 3]\n}\n': {
    a: ["2:3", "2:7"],
    b: ["3:3", "3:8", "3:9", "3:12"],
  },
  "--- {a: {b: 1}, c: 2}": { a: ["1:6", "1:9"], c: ["1:17", "1:20"] },
};

for (const [text, places] of Object.entries(DOCUMENTS)) {
  Deno.test(`findPositions() finds every key of ${JSON.stringify(text)}`, () => {
    const found = [...findPositions(text).entries].map(([name, entry]) => {
      const { key, value, items } = entry;
      return [name, [key, value, ...items].map(place)];
    });
    assertEquals(Object.fromEntries(found), places);
    const document = parse(text, { schema: "core" }) ?? {};
    assertEquals(Object.keys(document), Object.keys(places));
  });
}

const STARTS: Record<string, string> = {
  "": "1:1",
  "a: 1": "1:1",
  "# x\n\n  a: 1": "3:3",
  "---\n[1]": "2:1",
  "just a text": "1:1",
};

for (const [text, start] of Object.entries(STARTS)) {
  Deno.test(`findPositions() finds the start of ${JSON.stringify(text)}`, () => {
    assertEquals(place(findPositions(text).start), start);
  });
}

function place({ line, column }: Position): string {
  return `${line}:${column}`;
}
