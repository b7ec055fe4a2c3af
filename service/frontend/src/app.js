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

// The server may choose differently (a class that is not taken in): drawing the fields anew moves the marks in the
// document only, the buttons have to follow. Earlier answers never arrive, so nobody's own choice is undone.
document.addEventListener('htmx:after:swap', () => {
  for (const button of document.querySelectorAll('#fields [hx-post] input[type=radio]')) {
    button.checked = button.defaultChecked;
  }
});

// Keys of the desk: Ctrl+Enter hands a form in, Enter goes on to the next question, a digit chooses the option that
// shows it (lists do that by themselves), Escape goes on to the next visitor.
const QUESTIONS = 'select, textarea, summary, input:not([type=hidden])';
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') document.querySelector('a[data-escape]')?.click();
  const form = event.target.closest('form[data-ctrl-enter]');
  if (!form || event.isComposing) return;
  if (event.key === 'Enter' && event.ctrlKey) form.requestSubmit();
  else if (event.key === 'Enter' && event.target.matches('select, input:not([type=file])')) goOn(form, event);
  else if (event.target.type === 'radio' && /^[1-9]$/.test(event.key)) chooseByDigit(event);
});

function goOn(form, event) {
  const following = [...form.querySelectorAll(QUESTIONS)].find((one) => one.name !== event.target.name
    && one.getClientRects().length
    && event.target.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
  const chosen = following?.type === 'radio' && form.elements[following.name].length
    ? [...form.elements[following.name]].find((one) => one.checked) : null;
  (chosen ?? following ?? form.querySelector('.form-end button')).focus();
  event.preventDefault();
}

function chooseByDigit(event) {
  const option = event.target.closest('fieldset')?.querySelectorAll('input[type=radio]')[event.key - 1];
  option?.focus();
  option?.click();
  event.preventDefault();
}

// After a refused form, keyboard and screen reader begin at the list of what is wrong.
document.querySelector('[data-focus]')?.focus();
