import { words } from '../../i18n';

export const l = words({
  en: {
    title: 'Shares that learn',
    on: 'Move shares towards the agents who win more',
    off_help: 'Off: everybody gets exactly the share that is set above.',
    help: 'Once a day the leads of this link are looked at, and who won more of theirs gets more of the next ones. Nobody gets more than twice the share set above. One lead in five goes on by the shares above, so that the report can say whether it is worth it. While there is too little to go by, nothing moves.',
    least: 'Nobody gets less than',
    least_percent: (n: string) => `${n} of their share`,
    wait: 'A lead counts after',
    window: 'Leads that count',
    wait_days: (n: number, text: string) => (n === 1 ? `${text} day` : `${text} days`),
    window_days: (text: string) => `the last ${text} days`,
    wait_help: 'As won, if it was won by then.',
    freeze: 'Freeze the shares as they are now',
    report: 'What it has learned, and why',
  },
  id: {
    title: 'Jatah yang belajar',
    on: 'Geser jatah ke CS yang lebih sering berhasil',
    off_help: 'Nonaktif: setiap CS mendapat persis jatah yang diatur di atas.',
    help: 'Sekali sehari lead dari tautan ini diperiksa; CS yang lead-nya lebih banyak berhasil mendapat lebih banyak lead berikutnya. Tidak ada yang mendapat lebih dari dua kali jatah di atas. Satu dari lima lead tetap dibagi menurut jatah di atas, supaya laporan dapat menunjukkan apakah ini bermanfaat. Selama datanya belum cukup, tidak ada yang bergeser.',
    least: 'Tidak ada yang mendapat kurang dari',
    least_percent: (n) => `${n} dari jatahnya`,
    wait: 'Lead dihitung setelah',
    window: 'Lead yang dihitung',
    wait_days: (_, text) => `${text} hari`,
    window_days: (text) => `${text} hari terakhir`,
    wait_help: 'Berhasil, jika sudah berhasil saat itu.',
    freeze: 'Bekukan jatah seperti sekarang',
    report: 'Apa yang dipelajari, dan mengapa',
  },
});
