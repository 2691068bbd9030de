// The step buttons: opens a step in the browser at once and keeps step and project in the address.
const STEPS = ['data', 'template', 'evaluate', 'finetune', 'compare', 'use'];
const EVENTS = ['open_data', 'open_template', 'open_evaluate', 'open_finetune', 'open_compare', 'open_use'];

const asked = new URL(location.href).searchParams.get('step');
let before = null;   // project and number of ended jobs, as last shown
let current = STEPS.includes(asked) ? asked : 'data';

const remember = (name, value) => {
  const url = new URL(location.href);
  if (value) url.searchParams.set(name, value); else url.searchParams.delete(name);
  if (url.href !== location.href) history.replaceState(history.state, '', url);
};

const mark = () => {
  for (const button of element.querySelectorAll('button[data-step]')) {
    if (button.dataset.step === current) {
      button.setAttribute('aria-current', 'step');
      button.scrollIntoView({ block: 'nearest', inline: 'center' });  // on a phone the row is wider than the screen
    } else button.removeAttribute('aria-current');
  }
  const list = element.querySelector('.steps-list');
  if (!list || list.dataset.project === undefined) return;
  document.documentElement.lang = list.dataset.language;
  remember('project', list.dataset.project);
  const now = { project: list.dataset.project, ended: list.dataset.ended };
  if (before && before.project === now.project && before.ended !== now.ended) trigger('job_ended');
  before = now;
};

element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-step]');
  if (!button) return;
  current = button.dataset.step;
  mark();
  remember('step', current);
  trigger(EVENTS[STEPS.indexOf(current)]);
  window.scrollTo(0, 0);
});

// A number that changed replaces the list: the focus goes back to where it was.
let focused = '';
element.addEventListener('focusin', (e) => { focused = e.target.dataset.step || ''; });
element.addEventListener('focusout', (e) => { if (e.relatedTarget) focused = ''; });
watch('value', () => {
  mark();
  if (focused && !element.contains(document.activeElement)) {
    const again = element.querySelector(`button[data-step="${focused}"]`);
    if (again && document.activeElement === document.body) again.focus();
  }
});
mark();
