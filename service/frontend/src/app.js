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

// Papers: the browser's own print dialogue. The button is for browsers with scripts.
for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => window.print());
  button.focus();
}

// The desk begins at its first question.
document.querySelector('form[data-ctrl-enter] :is(select, input:not([type=hidden]), textarea)')?.focus();

// Keys of the desk: Ctrl+Enter hands a form in, Escape goes on to the next visitor.
document.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && event.ctrlKey) event.target.closest('form[data-ctrl-enter]')?.requestSubmit();
  if (event.key === 'Escape') document.querySelector('a[data-escape]')?.click();
});

// After a refused form, keyboard and screen reader begin at the list of what is wrong.
document.querySelector('[data-focus]')?.focus();
