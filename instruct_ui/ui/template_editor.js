// The block editor; its parts stand in the files beside. Texts enter the page only through
// textContent and .value; previews and differences are HTML
// that the server has escaped. Every keystroke asks for a preview; 400 ms after the last one saves.
const SIGNS = { instruction: '◆', constraint: '▲', examples: '●', input: '■', answer: '▶' };
const SAVE_AFTER = 400;
const QUIET = 2000;

const $ = (selector) => element.querySelector(selector);
let state = null;      // what the server gave: owner, project, texts, labels, models, ...
let template = null;   // the draft in hand
let view = { row: 0, model: '', chat: 'auto', column: 0 };
let timer = null, saving = false, touched = 0;

const t = (key) => (state.texts[key] ?? key);
const make = (name, props = {}, ...children) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (key.includes('-') || key === 'for') node.setAttribute(key, value);
    else node[key] = value;
  }
  node.append(...children);
  return node;
};
const labelled = (text, field) => make('label', { className: 'field' }, make('span', { textContent: text }), field);
const choice = (options, value, onchange, more = {}) => {
  const select = make('select', { ...more, onchange });
  for (const [text, key] of options) select.append(make('option', { textContent: text, value: key }));
  select.value = value;
  return select;
};
const ask = (more = {}) => ({
  owner: state.owner, project: state.project, language: state.language, template, ...more,
});

// Preview: one question under way, the newest one waits.
let asking = false, again = false;
const preview = async () => {
  if (!state) return;
  if (asking) { again = true; return; }
  asking = true;
  const project = state.project;
  // A model's first preview loads its tokenizer, which takes seconds for a large one.
  const waiting = setTimeout(() => { $('.rowpick output').textContent = t('previewing'); }, 500);
  try {
    const answer = await server.preview(ask(view));
    clearTimeout(waiting);
    if (state && project === state.project && answer) {
      $('.preview-body').innerHTML = answer.html;
      $('.rowpick output').textContent = answer.where;
      view.row = answer.row;
      $('.rowpick .previous').disabled = answer.row <= 0;
      $('.rowpick .next').disabled = answer.row >= answer.rows - 1;
    }
  } finally {
    clearTimeout(waiting);
    asking = false;
    if (again) { again = false; preview(); }
  }
};

const told = (text, bad = false) => {
  const line = $('.saved');
  line.textContent = text;
  line.classList.toggle('bad', bad);
};
const save = async () => {
  clearTimeout(timer);
  timer = null;
  saving = true;
  try {
    const answer = await server.save(ask());
    if (!answer.error) {
      remember();
      drawSince(answer.since);
      if (answer.version !== state.version) {
        state.version = answer.version;
        trigger('kept');
      }
    }
    if (timer === null) told(answer.error ? `${t('not_saved')}: ${answer.error}` : `✓ ${t('saved')}`, Boolean(answer.error));
  } catch (error) {
    told(t('not_saved'), true);
  } finally {
    saving = false;
    touched = Date.now();
  }
};
const edited = () => {
  touched = Date.now();
  preview();
  told(t('saving'));
  clearTimeout(timer);
  timer = setTimeout(save, SAVE_AFTER);
};
const flush = async () => { if (timer !== null) await save(); };



const drawPreviewHead = () => {
  const step = (name, sign, by) => make('button', { type: 'button', className: `small ${name === 'previous' ? 'previous' : 'next'}`, textContent: sign, 'aria-label': t(name), onclick: () => { view.row = Math.max(0, view.row + by); preview(); } });
  const where = $('.rowpick output')?.textContent ?? '';
  const chat = labelled(t('chat'), choice(['auto', 'on', 'off'].map((c) => [t(`chat_${c}`), c]), view.chat, (e) => { view.chat = e.target.value; preview(); }, { id: 'preview-chat' }));
  // Only a language model has a chat frame.
  const fit = () => { chat.style.display = state.models.find((m) => m.name === view.model)?.family === 'causal' ? '' : 'none'; };
  fit();
  $('.preview-head').replaceChildren(
    make('h2', { textContent: t('preview') }),
    labelled(t('model'), choice(state.models.map((m) => [m.title, m.name]), view.model, (e) => { view.model = e.target.value; fit(); preview(); }, { id: 'preview-model' })),
    chat,
    ...(state.columns.length > 1 ? [labelled(t('column'), choice(state.columns.map((c, i) => [c.name, i]), view.column, (e) => { view.column = Number(e.target.value); preview(); }, { id: 'preview-column' }))] : []),
    make('div', { className: 'rowpick' }, step('previous', '‹', -1), make('output', { textContent: where }), step('following', '›', 1)),
  );
};
const setTemplate = (plain) => {
  template = structuredClone(plain);
  nodes.clear();
  $('.blocks').replaceChildren();
  drawBlocks();
  drawWords();
  drawEncoder();
  preview();
};
const busy = () => timer !== null || saving || Date.now() - touched < QUIET;

const receive = () => {
  const value = props.value;
  $('.editor').hidden = !value || !value.project;
  if (!value || !value.project) { state = null; return; }
  const other = !state || state.project !== value.project;
  const spoken = state && state.language !== value.language;
  const own = !other && template && (busy() || element.contains(document.activeElement)) && template.task === value.template.task;
  state = structuredClone(value);
  if (other) view = { row: 0, model: state.model, chat: 'auto', column: 0 };
  for (const heading of element.querySelectorAll('[data-text]')) heading.textContent = t(heading.dataset.text);
  drawPreviewHead();
  drawFields();
  drawVersions(state.versions);
  drawLibrary();
  drawKeep();
  drawFiles();
  buildUndo();
  drawSince(state.since);
  if (other) told('');
  if (own && !spoken) { drawWords(); preview(); return; }
  setTemplate(own ? template : value.template);
  if (other) openPast();
};
window.addEventListener('pagehide', () => { if (timer !== null) save(); });
// A field of a hidden step has no height: measured anew when the step comes into view.
new ResizeObserver(() => { for (const area of element.querySelectorAll('.blk textarea')) grow(area); }).observe(element);
watch('value', receive);
receive();
// 'kept' tells the page that another version or template stands here now.
