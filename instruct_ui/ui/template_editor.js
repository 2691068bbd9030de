// The block editor. Texts enter the page only through textContent and .value; the preview is HTML
// that the server has escaped. Every keystroke asks for a preview; 400 ms after the last one saves.
const SIGNS = { instruction: '◆', constraint: '▲', examples: '●', input: '■', answer: '▶' };
const SAVE_AFTER = 400;
const QUIET = 2000;

const $ = (selector) => element.querySelector(selector);
let state = null;      // what the server gave: owner, project, texts, labels, models, ...
let template = null;   // the draft in hand
let view = { row: 0, model: '', chat: 'auto' };
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
let asking = false, again = false, shownFor = '';
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
    if (!answer.error && answer.version !== state.version) {
      state.version = answer.version;
      trigger('kept');
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

const grow = (area) => { area.style.height = 'auto'; area.style.height = `${area.scrollHeight + 2}px`; };

const last = () => template.blocks.length - (template.blocks.at(-1).kind === 'answer' ? 1 : 0);
const move = (block, by) => {
  const at = template.blocks.indexOf(block), to = at + by;
  if (to < 0 || to >= last()) return;
  template.blocks.splice(at, 1);
  template.blocks.splice(to, 0, block);
  drawBlocks();
  nodes.get(block)?.querySelector(by < 0 ? '.up' : '.down')?.focus();
  edited();
};
const drop = (block) => {
  template.blocks.splice(template.blocks.indexOf(block), 1);
  nodes.delete(block);
  drawBlocks();
  edited();
};
const add = (kind) => {
  const block = { kind, text: '', shots: 4, picker: 'balanced', seed: 0, rows: [] };
  if (kind === 'examples') {
    const form = template.blocks.find((b) => b.kind === 'input')?.text ?? '';
    const answer = template.blocks.find((b) => b.kind === 'answer')?.text ?? '';
    block.text = `${form}\n${answer} {{ label }}`.trim();
  }
  const before = template.blocks.findIndex((b) => (kind === 'instruction' ? true : ['examples', 'input', 'answer'].includes(b.kind)));
  const at = kind === 'answer' ? template.blocks.length
    : kind === 'examples' ? template.blocks.findIndex((b) => b.kind === 'input')
      : before < 0 ? template.blocks.length : before;
  template.blocks.splice(at, 0, block);
  drawBlocks();
  nodes.get(block).querySelector('textarea').focus();
  edited();
};

const nodes = new Map();   // block -> its node; a node follows its block, with caret and focus
const drawBlocks = () => {
  const home = $('.blocks');
  const counts = {};
  for (const node of [...home.children]) if (![...nodes.values()].includes(node)) node.remove();
  template.blocks.forEach((block, at) => {
    counts[block.kind] = (counts[block.kind] ?? 0) + 1;
    if (!nodes.has(block)) nodes.set(block, drawBlock(block));
    const node = nodes.get(block);
    const many = template.blocks.filter((b) => b.kind === block.kind).length > 1;
    const name = t(`kind_${block.kind}`) + (many ? ` ${counts[block.kind]}` : '');
    node.querySelector('.name').textContent = `${SIGNS[block.kind]} ${name}`;
    node.querySelector('textarea').setAttribute('aria-label', name);
    for (const button of node.querySelectorAll('header button')) {
      button.setAttribute('aria-label', `${button.title}: ${name}`);
    }
    const up = node.querySelector('.up'), down = node.querySelector('.down');
    if (up) up.disabled = at === 0;
    if (down) down.disabled = at >= last() - 1;
    if (home.children[at] !== node) home.insertBefore(node, home.children[at] ?? null);
  });
  for (const node of [...home.children].slice(template.blocks.length)) node.remove();
  for (const area of home.querySelectorAll('textarea')) grow(area);
  const has = (kind) => template.blocks.some((b) => b.kind === kind);
  $('.adds').replaceChildren(...['instruction', 'constraint', 'examples', 'answer']
    .filter((kind) => !['examples', 'answer'].includes(kind) || !has(kind))
    .map((kind) => make('button', { type: 'button', className: 'small', textContent: t(`add_${kind}`), onclick: () => add(kind) })));
};
const drawBlock = (block) => {
  const head = make('header', {}, make('span', { className: 'name' }));
  const tool = (name, sign, act) => head.append(make('button', { type: 'button', className: name, title: t({ up: 'move_up', down: 'move_down', drop: 'remove' }[name]), textContent: sign, onclick: act }));
  if (block.kind !== 'answer') {
    tool('up', '↑', () => move(block, -1));
    tool('down', '↓', () => move(block, 1));
  }
  if (block.kind !== 'input') tool('drop', '×', () => drop(block));
  const area = make('textarea', { value: block.text, rows: 1, spellcheck: false, oninput: (e) => { block.text = e.target.value; grow(e.target); edited(); } });
  const node = make('section', { className: `blk k-${block.kind}` }, head, area);
  if (block.kind === 'examples') node.append(drawShots(block));
  return node;
};
const drawShots = (block) => {
  const whole = (event, key) => { block[key] = Math.max(0, Math.round(Number(event.target.value) || 0)); edited(); };
  const rows = labelled(t('fixed_rows'), make('input', { type: 'text', value: block.rows.join(', '), oninput: (e) => {
    block.rows = e.target.value.split(/[^0-9]+/).filter(Boolean).map(Number);
    edited();
  } }));
  const shots = labelled(t('shots'), make('input', { type: 'number', min: 0, max: 256, value: block.shots, oninput: (e) => whole(e, 'shots') }));
  const seed = labelled(t('seed'), make('input', { type: 'number', min: 0, value: block.seed, oninput: (e) => whole(e, 'seed') }));
  const fit = () => {
    rows.style.display = block.picker === 'fixed' ? '' : 'none';
    shots.style.display = seed.style.display = block.picker === 'fixed' ? 'none' : '';
  };
  const picker = labelled(t('picker'), choice(['balanced', 'random', 'fixed'].map((p) => [t(`picker_${p}`), p]), block.picker, (e) => { block.picker = e.target.value; fit(); edited(); }));
  fit();
  return make('div', { className: 'shots' }, shots, picker, seed, rows);
};

const drawWords = () => {
  const home = $('.words');
  home.replaceChildren();
  for (const label of state.labels) {
    const plain = label.replaceAll('_', ' ');
    home.append(make('span', { textContent: label }), make('input', {
      type: 'text', value: template.label_words[label] ?? '', placeholder: plain, 'aria-label': `${t('label_words')}: ${label}`,
      oninput: (e) => {
        if (e.target.value) template.label_words[label] = e.target.value; else delete template.label_words[label];
        edited();
      },
    }));
  }
};
const drawEncoder = () => {
  $('.encoder').replaceChildren(
    labelled(t('description'), make('input', { type: 'text', value: template.label_description, oninput: (e) => { template.label_description = e.target.value; edited(); } })),
    make('label', { className: 'check' }, make('input', { type: 'checkbox', checked: template.encoder_reads_instruction, onchange: (e) => { template.encoder_reads_instruction = e.target.checked; edited(); } }), make('span', { textContent: t('reads_instruction') })),
  );
};
const drawVersions = (versions) => {
  const list = $('.versions');
  list.replaceChildren();
  if (!versions.length) list.append(make('li', { className: 'muted', textContent: t('no_versions') }));
  for (const version of versions) {
    list.append(make('li', {}, make('strong', { textContent: version.name }), make('span', { className: 'muted', textContent: version.note }),
      make('button', { type: 'button', className: 'small', textContent: t('restore'), 'aria-label': `${t('restore')}: ${version.name}`, onclick: async () => {
        await flush();
        took(await server.restore(ask({ version: version.id })));
      } })));
  }
};
const took = (answer) => {
  if (answer.error) { told(answer.error, true); return; }
  setTemplate(answer.template);
  told(`✓ ${t('saved')}`);
  trigger('kept');
};
const drawLibrary = () => {
  const pick = choice(state.library.map((l) => [l.title, l.name]), state.library[0]?.name ?? '', () => note());
  const about = make('p', { className: 'note' });
  const note = () => { about.textContent = `${state.library.find((l) => l.name === pick.value)?.description ?? ''} ${t('library_note')}`; };
  note();
  $('.library').replaceChildren(make('div', { className: 'line' }, labelled(t('library_pick'), pick),
    make('button', { type: 'button', className: 'small', textContent: t('use'), onclick: async () => {
      await flush();
      took(await server.use(ask({ name: pick.value })));
    } })), about);
};
const drawKeep = () => {
  const note = make('input', { type: 'text', maxLength: 200 });
  $('.keep').replaceChildren(labelled(t('note'), note), make('button', { type: 'button', className: 'small', textContent: t('keep'), onclick: async () => {
    await flush();
    const answer = await server.keep(ask({ note: note.value }));
    if (answer.error) { told(answer.error, true); return; }
    note.value = '';
    drawVersions(answer.versions);
    told(`✓ ${t('kept').replace('{number}', answer.number)}`);
    trigger('kept');
  } }));
};
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
    make('div', { className: 'rowpick' }, step('previous', '‹', -1), make('output', { textContent: where }), step('following', '›', 1)),
  );
};
const drawFields = () => {
  const line = $('.fields');
  line.replaceChildren(`${t('fields')} `);
  for (const field of state.fields) line.append(make('code', { className: 'field', textContent: `{{ ${field} }}` }), ' ');
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
  if (other) view = { row: 0, model: state.model, chat: 'auto' };
  for (const heading of element.querySelectorAll('[data-text]')) heading.textContent = t(heading.dataset.text);
  drawPreviewHead();
  drawFields();
  drawVersions(state.versions);
  drawLibrary();
  drawKeep();
  if (other) told('');
  if (own && !spoken) { drawWords(); preview(); return; }
  setTemplate(own ? template : value.template);
};
window.addEventListener('pagehide', () => { if (timer !== null) save(); });
// A field of a hidden step has no height: measured anew when the step comes into view.
new ResizeObserver(() => { for (const area of element.querySelectorAll('.blk textarea')) grow(area); }).observe(element);
watch('value', receive);
receive();
// 'kept' tells the page that another version or template stands here now.
