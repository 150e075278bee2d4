import { assertEquals } from "@std/assert";
import { formatTable } from "../../lib/cli/table.ts";

Deno.test("formatTable() aligns each column to its widest cell", () => {
  assertEquals(
    formatTable([["", "account", "kind"], ["*", "1", "oauth"], ["", "12", ""]]),
    ["   account  kind", "*  1        oauth", "   12"],
  );
});

Deno.test("formatTable() aligns rows of different lengths", () => {
  const rows = [["a"], ["bbb", "c"], []];
  assertEquals(formatTable(rows), ["a", "bbb  c", ""]);
});

Deno.test("formatTable() returns no line when there are no rows", () => {
  assertEquals(formatTable([]), []);
});
