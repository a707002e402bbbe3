/** A number as people type it: `1.250.000`, `1,250,000.50`, `Rp 1250000`; `null` if it is none. */
export function parseAmount(text: string): number | null {
  const plain = text.replace(/[^\d.,]/g, '');
  const decimals = /[.,](\d{1,2})$/.exec(plain)?.[1];
  const whole = (decimals === undefined ? plain : plain.slice(0, -decimals.length - 1)).replace(/[.,]/g, '');
  if (!/^\d+$/.test(whole) || /-/.test(text)) return null;
  return Number(decimals === undefined ? whole : `${whole}.${decimals}`);
}
