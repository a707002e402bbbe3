// Phone or desk, where CSS alone cannot say it. CSS uses the same border: `@media (max-width: 719px)`.

import { MediaQuery } from 'svelte/reactivity';

const phone = new MediaQuery('(max-width: 719px)');

export const viewport = {
  get isPhone(): boolean {
    return phone.current;
  },
};
