// What traffic of tests carries and no output may ever show: card numbers, tokens, cookies, names of users.

/** A valid card number by its check digit, of no real card. */
export const CARD = "4000056655665556";
export const USER = "planted-user-7c1f04";
export const SECRET_WORD = "planted-secret-9b2e71";

/** Every request of `load` has them. */
export const PLANTED_HEADERS: Readonly<Record<string, string>> = {
  "x-card-number": CARD,
  "x-user-id": USER,
  "x-session-token": SECRET_WORD,
};

/** Of tests' own operators and secrets. */
const SECRETS = ["test-admin-token-0123456789abcdef", "test-secret-0123456789abcdef0123456789abcdef"];
const JWT = /eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/g;
const NAMED_TOKEN = /tg_[0-9a-f]{8}_[\w-]{43}/g;
const COOKIE = /\b(?:sid|__Host-tidegate-[\w.-]+)=[^\s;"]{4,}/g;
const BEARER = /\bBearer [\w.~+/-]{8,}/g;
/** Of the lengths and beginnings that cards have (ISO/IEC 7812), alone or in groups of four. */
const DIGITS = /(?<![\w.-])(?:4\d{3}|5[1-5]\d{2}|3[47]\d{2})(?:[ -]?\d{4}){2}[ -]?\d{3,4}(?![\w.-])/g;

/** What a text shows that it must not. */
export function leaksIn(text: string): string[] {
  const planted = [CARD, USER, SECRET_WORD, ...SECRETS].filter((word) => text.includes(word));
  const found = [JWT, NAMED_TOKEN, COOKIE, BEARER].flatMap((pattern) => text.match(pattern) ?? []);
  const cards = (text.match(DIGITS) ?? []).filter((digits) => hasCheckDigit(digits.replaceAll(/\D/g, "")));
  return [...planted, ...found, ...cards];
}

/** ISO/IEC 7812-1, annex B. */
function hasCheckDigit(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
