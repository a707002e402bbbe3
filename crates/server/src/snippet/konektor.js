(() => {
  const src = new URL(document.currentScript.src);
  if (navigator.globalPrivacyControl) return;
  const field = 'konektor_visitor';
  fetch(src.origin + '/visitor.json' + src.search, { credentials: 'include', mode: 'cors' })
    .then((answer) => (answer.ok ? answer.json() : {}))
    .then(({ visitor }) => {
      if (!visitor) return;
      const write = () => {
        for (const input of document.querySelectorAll(`input[name*="${field}"],input#${field},input[data-${field.replace('_', '-')}],.${field} input`))
          input.value = visitor;
        for (const link of document.querySelectorAll('a[href*="/wa/"]')) {
          if (link.origin !== src.origin || !link.pathname.startsWith('/wa/')) continue;
          const url = new URL(link.href);
          if (url.searchParams.get('kv') === visitor) continue;
          url.searchParams.set('kv', visitor);
          link.href = url;
        }
      };
      write();
      // Forms that open later, and those that are emptied once they are sent.
      new MutationObserver(write).observe(document.documentElement, { childList: true, subtree: true });
      addEventListener('submit', write, true);
    })
    .catch(() => {});
})();
