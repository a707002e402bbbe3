// What this browser remembers: language and theme.

export type Language = 'en' | 'id';
export type Theme = 'system' | 'light' | 'dark';

/** A value in local storage, which may be blocked. */
function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function store(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // It lasts until the page is closed, then.
  }
}

function firstLanguage(): Language {
  const chosen = stored('konektor.language');
  if (chosen === 'en' || chosen === 'id') return chosen;
  return navigator.languages.some((language) => /^(id|ms|jv|su)\b/i.test(language)) ? 'id' : 'en';
}

function firstTheme(): Theme {
  const chosen = stored('konektor.theme');
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
}

class Preferences {
  #language = $state<Language>(firstLanguage());
  #theme = $state<Theme>(firstTheme());

  constructor() {
    document.documentElement.lang = this.#language;
  }

  get language(): Language {
    return this.#language;
  }

  set language(language: Language) {
    this.#language = language;
    document.documentElement.lang = language;
    store('konektor.language', language);
  }

  /** The account does not know of the language yet. */
  get isUnsaved(): boolean {
    return stored('konektor.language.unsaved') !== null;
  }

  set isUnsaved(unsaved: boolean) {
    store('konektor.language.unsaved', unsaved ? 'yes' : null);
  }

  get theme(): Theme {
    return this.#theme;
  }

  set theme(theme: Theme) {
    this.#theme = theme;
    // `theme.js` does the same at the next start, before the first paint.
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    store('konektor.theme', theme === 'system' ? null : theme);
  }
}

export const preferences = new Preferences();
