// The step buttons: opens a step in the browser at once and keeps step and project in the address.
// Asks the server once a second whether a job moved; events are sent only then.
const STEPS = ['data', 'template', 'evaluate', 'finetune', 'compare', 'use'];
// Names in full: Gradio finds the events of a component in this text.
const OPEN = ['open_data', 'open_template', 'open_evaluate', 'open_finetune', 'open_compare', 'open_use'];
const MOVED = { data: 'moved_data', evaluate: 'moved_evaluate', finetune: 'moved_finetune', use: 'moved_use' };

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
  trigger(OPEN[STEPS.indexOf(current)]);
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

// 'moved' is for the side bar, 'moved_<step>' for the step in view. Both are sent once more a second
// after the last change: what a step waits for may have come while it began to wait.
const BEAT = 1000;
let pulse = null, again = false;
const beat = async () => {
  const list = element.querySelector('.steps-list');
  if (list && list.dataset.project !== undefined && !document.hidden) {
    try {
      const now = await server.pulse({ owner: list.dataset.owner, project: list.dataset.project });
      if (now !== pulse || again) {
        again = now !== pulse;
        pulse = now;
        trigger('moved');
        if (MOVED[current]) trigger(MOVED[current]);
      }
    } catch (error) {
      console.warn('no answer from the app, asked again', error);
    }
  }
  setTimeout(beat, BEAT);
};
beat();
