// Small behaviour on top of pages that work without it.
import 'htmx.org';

// Filters apply themselves; their button is for browsers without scripts.
for (const button of document.querySelectorAll('[data-auto-submit-button]')) button.hidden = true;
document.addEventListener('change', (event) => {
  event.target.closest('form[data-auto-submit]')?.requestSubmit();
});

// One press is one submission. The buttons are disabled a moment later, so that the pressed one is still sent.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== 'post') return;
  setTimeout(() => {
    for (const button of form.querySelectorAll('button')) button.disabled = true;
  });
});
// Coming back with the browser's "back" shows the page as it was left: buttons must work again.
window.addEventListener('pageshow', (event) => {
  if (!event.persisted) return;
  for (const button of document.querySelectorAll('button:disabled')) button.disabled = false;
});

// After a refused form, keyboard and screen reader begin at the list of what is wrong.
document.querySelector('[data-focus]')?.focus();
