/** Holds a table that may be wider than a phone: it scrolls by itself, with the keyboard too. */
import type { Child } from "hono/jsx";

export function Wide({
  label,
  isTall = false,
  children,
}: {
  label: string;
  isTall?: boolean;
  children?: Child;
}) {
  return (
    <section class={isTall ? "wide tall" : "wide"} tabindex={0} aria-label={label}>
      {children}
    </section>
  );
}
