// What a test file opened is closed after it, the last first, also when a test failed.
import { afterAll } from "vitest";

const closers: (() => unknown)[] = [];

export function atEnd(close: () => unknown): void {
  closers.push(close);
}

afterAll(async () => {
  const failures: unknown[] = [];
  for (const close of closers.splice(0).reverse()) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, "cleaning up after the test file failed");
});
