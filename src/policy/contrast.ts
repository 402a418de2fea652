/** How well a colour can be told from another (WCAG 2.2, "contrast ratio"): from 1, not at all, to 21. */

const COLOR_PATTERN = /^#[0-9a-f]{6}$/i;

export function isColor(text: string): boolean {
  return COLOR_PATTERN.test(text);
}

/** Of two colours as `#rrggbb`, in either order. */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** Relative luminance; the weights and the threshold are those of WCAG 2.2. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
