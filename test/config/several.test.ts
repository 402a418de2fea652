/** That all problems of a file are told at once, also beside syntax errors. */
import { describe, expect, it } from "vitest";
import { file, problemsOf } from "./support.ts";

const codes = (text: string) => problemsOf(text).map((problem) => problem.code);

describe("several mistakes at once", () => {
  it("tells all of them in the order of the file", () => {
    const text = [
      "[edge]",
      "colour = 1",
      "debug_headers = 2",
      "[[pools]]",
      'name = "wallet"',
      'policy = "random"',
      'timeout = "10"',
      "[[pools.origins]]",
      'name = "hk"',
      'url = "http://hk.example"',
      "weight = 0",
      "[[pools.origins]]",
      'name = "hk"',
      'url = "https://u:p@sg.example"',
      "weight = 0",
      "[[routes]]",
      'path = "/a*"',
      'pool = "bank"',
      'limits = ["none"]',
      'room = "none"',
      'lane = "bypass"',
    ].join("\n");
    expect(problemsOf(text).map((problem) => [problem.line, problem.code])).toEqual([
      [2, "TG1101"],
      [3, "TG1103"],
      [6, "TG1301"],
      [7, "TG1302"],
      [10, "TG1412"],
      [11, "TG1405"],
      [13, "TG1402"],
      [14, "TG1408"],
      [17, "TG1512"],
      [18, "TG1502"],
      [19, "TG1503"],
      [20, "TG1504"],
      [21, "TG1505"],
    ]);
  });

  it("tells every unknown key of a table, not only the first", () => {
    expect(codes(file({ top: "[edge]\na = 1\nb = 2\nc = 3" }))).toEqual(["TG1101", "TG1101", "TG1101"]);
  });

  it("tells one problem for one wrong value", () => {
    expect(codes(file({ more: "weight = -1.5" }))).toEqual(["TG1203"]);
  });

  it("tells several syntax errors, and what is wrong on the lines that can be read", () => {
    const text = file({
      pool: "timeout = 10s\naffinity = user",
      more: "weight = -1\nweight = 2",
      match: "cost = 0",
    });
    expect(problemsOf(text).map((problem) => [problem.line, problem.code])).toEqual([
      [3, "TG1001"],
      [4, "TG1001"],
      [8, "TG1202"],
      [9, "TG1002"],
      [13, "TG1202"],
    ]);
  });

  it("does not take a key on an unreadable line for missing", () => {
    expect(codes(file({ origin: 'name = "hk\nurl = "https://hk.example"' }))).toEqual(["TG1001"]);
  });

  it("stops at an unreadable header, since the keys below would land in another table", () => {
    expect(codes(file({ end: '[[rooms]\nname = "m"\nactive_limit = 0' }))).toEqual(["TG1001"]);
  });
});
