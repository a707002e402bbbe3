// Words of "this was a person".

import type { Failure } from '../../api';
import { words } from '../../i18n';

export const taughtWords = words({
  en: {
    person: 'This was a person',
    title: 'Teach that this is a person',
    means: {
      user_agent:
        'Whoever was left out for this name alone counts from now on: a lead, a turn, an event. Programs that call themselves something besides stay out.',
      network:
        'Whoever comes from this network counts from now on, however many they are and even where they name no browser. Programs that say what they are stay out.',
    },
    field: { user_agent: 'Name in the user agent', network: 'Network' },
    help: {
      user_agent: 'Only the app’s own name. Names of link previews, ad reviews and known crawlers are refused.',
      network: 'At most one house: /24, or /48 of IPv6.',
    },
    act: 'Teach',
    taught: (value: string) => `${value} counts as a person from the next click on`,
    heading: 'What you taught',
    about: 'Such requests count, although they look like programs.',
    kind: { user_agent: 'Name in the user agent', network: 'Network' },
    remove: 'Take back',
    remove_title: (value: string) => `Take back that ${value} is a person?`,
    remove_text: 'Such requests are left out again. The leads that they made stay.',
    removed: (value: string) => `${value} is left out again`,
    /** Why something cannot be taught, by the server's word for it. */
    refused: {
      name: () => 'Write a name of 4 to 200 characters, as it stands in the user agent.',
      harmless: () => 'Nothing is left out for this name, so there is nothing to teach.',
      too_broad: (program: string) =>
        `With this name known programs would count again, such as ${program}. Write more of the app’s own name.`,
      network: () => 'Write a network such as 203.0.113.0/24 or 2001:db8::/48.',
      too_wide: () => 'That network is too wide: half a country may be in it. At most /24, or /48 of IPv6, can be taught.',
      too_many: (most: string) => `At most ${most} rules are possible. Take one back that nobody needs.`,
    },
  },
  id: {
    person: 'Ini orang',
    title: 'Ajarkan bahwa ini orang',
    means: {
      user_agent:
        'Siapa pun yang tidak dihitung hanya karena nama ini, mulai sekarang dihitung: lead, giliran, peristiwa. Program yang juga menyebut nama lain tetap tidak dihitung.',
      network:
        'Siapa pun yang datang dari jaringan ini mulai sekarang dihitung, berapa pun banyaknya dan meski tidak menyebut peramban. Program yang menyebut dirinya tetap tidak dihitung.',
    },
    field: { user_agent: 'Nama dalam user agent', network: 'Jaringan' },
    help: {
      user_agent: 'Hanya nama aplikasinya sendiri. Nama pratinjau tautan, pemeriksaan iklan, dan perayap yang dikenal ditolak.',
      network: 'Paling luas satu rumah: /24, atau /48 untuk IPv6.',
    },
    act: 'Ajarkan',
    taught: (value) => `${value} dihitung sebagai orang mulai klik berikutnya`,
    heading: 'Yang Anda ajarkan',
    about: 'Permintaan seperti ini dihitung, meski tampak seperti program.',
    kind: { user_agent: 'Nama dalam user agent', network: 'Jaringan' },
    remove: 'Tarik kembali',
    remove_title: (value) => `Tarik kembali bahwa ${value} adalah orang?`,
    remove_text: 'Permintaan seperti ini tidak dihitung lagi. Lead yang sudah dibuatnya tetap ada.',
    removed: (value) => `${value} tidak dihitung lagi`,
    refused: {
      name: () => 'Tulis nama sepanjang 4 sampai 200 karakter, seperti tertulis di user agent.',
      harmless: () => 'Tidak ada yang diabaikan karena nama ini, jadi tidak ada yang perlu diajarkan.',
      too_broad: (program) =>
        `Dengan nama ini program yang dikenal akan ikut dihitung lagi, misalnya ${program}. Tulis nama aplikasinya lebih lengkap.`,
      network: () => 'Tulis jaringan seperti 203.0.113.0/24 atau 2001:db8::/48.',
      too_wide: () => 'Jaringan itu terlalu luas: separuh negara bisa ada di dalamnya. Yang dapat diajarkan paling luas /24, atau /48 untuk IPv6.',
      too_many: (most) => `Paling banyak ${most} aturan. Tarik kembali salah satu yang tidak diperlukan.`,
    },
  },
});

/** Why a rule was refused, in the language of the page; what it has no words for, in the server's. */
export function refusal(failure: Failure): string {
  const refused = failure.codes.value;
  const words: Record<string, ((about: string) => string) | undefined> = taughtWords().refused;
  const say = refused && words[refused.code];
  return say ? say(refused.about ?? '') : (failure.fields.value ?? failure.message);
}
