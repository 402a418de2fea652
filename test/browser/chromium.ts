/** A real browser: Debian's Chromium, driven by playwright-core. One for each test file. */
import { type Browser, chromium } from "playwright-core";

const EXECUTABLE = "/usr/bin/chromium";
/** The sandbox needs rights that a test container lacks; the rest keeps the browser from talking to anybody but us. */
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--no-first-run",
];

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });
}
