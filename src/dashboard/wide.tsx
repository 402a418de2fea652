/** Holds a table that may be wider than a phone: it scrolls by itself, with the keyboard too. */
import type { Child } from "hono/jsx";

export function Wide({
  labelledBy,
  isTall = false,
  children,
}: {
  labelledBy: string;
  isTall?: boolean;
  children?: Child;
}) {
  return (
    <section class={isTall ? "wide tall" : "wide"} tabindex={0} aria-labelledby={labelledBy}>
      {children}
    </section>
  );
}
