/** Opens the chat with a number in WhatsApp. */
export function chatLink(digits: string): string {
  return `https://wa.me/${digits.replace(/\D/g, '')}`;
}
