// Labelling: one text after the other. The next few stand ready here, so an answer shows the next
// text at once and goes to the server behind it; answers go one after another, so none overtakes.
// Texts enter the page only through textContent and .value.
const $ = (selector) => element.querySelector(selector);
let given = null;    // from the page: owner, project, language, texts
let state = null;    // from the server: names, counts, sentences
let ready = [], now = null, seenAt = 0, pass = 1, naming = false;
let suggesting = false, sending = Promise.resolve(), waiting = 0;
const flying = new Set();   // keys of texts whose answer is under way: the server may not know of it yet

const t = (key) => given.texts[key] ?? key;
const between = () => (given.language === 'zh' ? '' : ' ');   // sentences
const make = (name, props = {}, ...children) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (key.includes('-') || key === 'role') node.setAttribute(key, value);
    else node[key] = value;
  }
  node.append(...children.filter((child) => child !== null));
  return node;
};
const button = (text, act, more = {}) => make('button', { type: 'button', className: 'small', textContent: text, onclick: act, ...more });
const stage = $('.text-to-label');
const hear = (text) => { $('.hearable').textContent = text; };
const words = markable(stage, hear);
const marks = () => state.kind === 'tags';
const tell = (text, bad = false) => {
  $('.told').textContent = text;
  $('.told').classList.toggle('bad', bad);
};

// Asking the server, one question after another.
const CALLS = {
  look: (asked) => server.look(asked), answer: (asked) => server.answer(asked), undo: (asked) => server.undo(asked),
  change: (asked) => server.change(asked), use: (asked) => server.use(asked),
};
const ask = (call, more = {}) => {
  const { owner, project, language } = given;
  waiting += 1;
  const question = async () => {
    try {
      const keys = more.afresh ? [] : ready.map((text) => text.key);
      const asked = { owner, project, language, pass, ready: now && !more.anew ? [now.key, ...keys] : keys, flying: [...flying], ...more };
      const answer = await CALLS[call](asked);
      if (!given || project !== given.project) return null;
      took(answer, more);
      return answer;
    } catch (error) {
      console.warn(error);
      tell(t('no_answer'), true);
      return { error: 'no answer' };
    } finally { waiting -= 1; }
  };
  sending = sending.then(question);
  return sending;
};
const took = (answer, more) => {
  if (answer.error || !more.quiet) tell(answer.error || '', Boolean(answer.error));
  if (!answer.state) return;
  const learnt = state && answer.state.learnt !== state.learnt;
  state = answer.state;
  if (more.afresh) ready = [];
  const known = new Set([...ready.map((text) => text.key), ...flying, now?.key]);
  ready.push(...answer.coming.filter((text) => !known.has(text.key)));
  if (!now) step();
  drawSide();
  drawCounts();
  if (learnt && !more.afresh) ask('look', { afresh: true, quiet: true, key: now?.key }).then(fresher);
};
// What the model says of the text in view may have changed; what was marked in it stays.
const fresher = (answer) => {
  if (!answer?.text || answer.text.key !== now?.key) return;
  Object.assign(now, { model: answer.text.model, confidence: answer.text.confidence });
  drawSaid();
};

// One text
const step = () => { put(ready.shift() ?? null); };
const put = (text) => {
  now = text;
  seenAt = document.hidden ? null : performance.now();
  drawText();
};
const seconds = () => (seenAt === null ? null : (performance.now() - seenAt) / 1000);
document.addEventListener('visibilitychange', () => { seenAt = null; });
const give = (answer) => {
  if (!now) return;
  const text = now, note = $('.label-note input').value;
  const asked = { key: text.key, note, seconds: seconds(), ...answer };
  step();
  stage.focus({ preventScroll: true });
  flying.add(text.key);
  ask('answer', asked).then((kept) => {
    flying.delete(text.key);
    if (!kept?.error) return;
    if (now) ready.unshift(now);
    put({ ...text, note });
    tell(`${t('not_kept')} ${kept.error === 'no answer' ? t('no_answer') : kept.error}`, true);
  });
};
const confirm = () => give({ spans: words.spans() });
const skip = () => give({ skip: true });
const undo = async () => {
  if (marks() && words.undo()) return;
  const back = now;
  const answer = await ask('undo', { anew: true, ready: [...(back ? [back] : []), ...ready].map((text) => text.key) });
  if (answer?.error) return;
  if (!answer?.text) { tell(t('nothing_to_undo')); return; }
  if (back && now === back) ready.unshift(back);
  put(answer.text);
  stage.focus({ preventScroll: true });
};
const choose = (name) => { if (marks()) { words.mark(name); stage.focus({ preventScroll: true }); } else give({ label: name }); };
const again = async (key) => {
  if (pass === 2) await setPass(1);
  const answer = await ask('look', { key });
  if (!answer?.text) return;
  ready = ready.filter((text) => text.key !== key);
  if (now && now.key !== key) ready.unshift(now);
  put(answer.text);
  stage.focus();
};
const suggest = () => { suggesting = !suggesting; drawSaid(); drawActions(); };
const noting = () => {
  const field = $('.label-note');
  field.hidden = false;
  field.querySelector('input').focus();
};
const setPass = async (number) => {
  pass = number;
  suggesting = false;
  ready = [];
  now = null;
  await ask('look', { afresh: true, anew: true });
  drawActions();
  stage.focus();
};
const afresh = async (call, more) => {
  const answer = await ask(call, { ...more, afresh: true, key: undefined });
  return !answer?.error;
};

// Keys: only while the text, or a button beside it, has the focus; never within a field.
const buttons = () => [...element.querySelectorAll('.label-buttons button')];
const along = (event) => {
  const list = buttons(), at = list.indexOf(document.activeElement);
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!by || !list.length) return false;
  list[at < 0 ? (by > 0 ? 0 : list.length - 1) : (at + by + list.length) % list.length].focus();
  return true;
};
const LETTERS = {
  u: undo, Backspace: undo, s: skip, n: noting, p: suggest,
  a: () => { if (marks() && suggesting && now?.model) words.take(now.model.spans); },
};
$('.label-desk').addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.matches('input, textarea, select') || !state || !now && event.key !== 'u' && event.key !== 'Backspace') return;
  const onText = event.target === stage;
  const name = /^[1-9]$/.test(event.key) ? state.names[Number(event.key) - 1]?.[0] : null;
  const act = LETTERS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (name) choose(name);
  else if (act) act();
  else if (onText && marks() && event.key === 'Enter') confirm();
  else if (!(onText && marks() ? words.key(event) : along(event))) return;
  event.preventDefault();
});
$('.label-note input').addEventListener('keydown', (event) => {
  if (event.isComposing || event.key !== 'Enter' && event.key !== 'Escape') return;
  event.preventDefault();
  stage.focus();
});

// Drawing
const drawText = () => {
  const where = t(pass === 2 ? 'row_again' : 'row').replace('{row}', now ? now.row.toLocaleString() : '');
  $('.where').textContent = now ? where : '';
  $('.stage').classList.toggle('through', !now);
  stage.setAttribute('role', marks() && now ? 'listbox' : 'group');
  stage.setAttribute('aria-label', t(marks() ? 'words_name' : 'text_name'));
  if (marks() && now) stage.setAttribute('aria-multiselectable', 'true');
  else for (const name of ['aria-multiselectable', 'aria-activedescendant']) stage.removeAttribute(name);
  stage.scrollTop = 0;
  if (!now) stage.textContent = waiting && state.left > 0 ? t('loading') : t(pass === 2 ? 'all_again' : 'all_done');
  else if (marks()) words.show(now, now.before?.spans);
  else stage.textContent = now.text;
  hear(now ? now.text : stage.textContent);
  const note = $('.label-note');
  note.querySelector('input').value = now?.note ?? '';
  note.hidden = !now?.note;
  drawSaid();
  drawActions();
  for (const node of buttons()) node.setAttribute('aria-pressed', String(!marks() && node.dataset.name === now?.before?.label));
};
const drawSaid = () => {
  const say = (key, said) => t(key).replace('{said}', said.said || t('nothing_marked'));
  const parts = now?.before ? [say('given_before', now.before)] : [];
  if (suggesting && now) {
    parts.push(now.model ? say('model_says', now.model).replace('{confidence}', now.confidence) : t('no_proposal'));
    if (now.file) parts.push(say('file_says', now.file));
  }
  $('.said-by').textContent = parts.join(between());
};
const drawCounts = () => {
  const home = $('.label-buttons');
  home.setAttribute('aria-label', t(marks() ? 'types_group' : 'labels_group'));
  const names = state.names.map(([name]) => name).join('\n');
  if (home.dataset.names !== names + state.kind) {
    home.dataset.names = names + state.kind;
    home.replaceChildren(...state.names.map(([name], i) => make('button', { type: 'button', className: 'label-name', 'data-name': name, onclick: () => choose(name) },
      i < 9 ? make('kbd', { textContent: String(i + 1), 'aria-hidden': 'true' }) : null, make('span', { textContent: name }))));
  }
  $('.label-names').hidden = !naming;
  // Before the first answer there is nothing to tell beside it.
  $('.label-grid').classList.toggle('at-first', naming && !state.done && !state.skipped);
  $('.label-desk').hidden = naming;
  if (naming) drawNames();
  $('.keys').textContent = t(`keys_${state.kind}`);
};
const drawActions = () => {
  const key = (sign) => make('kbd', { textContent: sign, 'aria-hidden': 'true' });
  const act = (name, sign, does, disabled = !now) => {
    const node = make('button', { type: 'button', className: `small ${name}`, onclick: does, disabled }, make('span', { textContent: t(name) }), sign ? key(sign) : null);
    return node;
  };
  const focused = document.activeElement?.closest('.label-actions button')?.classList[1];
  $('.label-actions').replaceChildren(
    ...(marks() ? [act('confirm', '⏎', confirm), act('unmark', 'Del', words.unmark)] : []),
    act('undo', 'u', undo, false), act('skip', 's', skip), act('note', 'n', noting),
    act(suggesting ? 'suggest_hide' : 'suggest', 'p', suggest),
    ...(marks() && suggesting && now?.model ? [act('accept', 'a', LETTERS.a)] : []),
    act('edit_names', '', () => { naming = true; drawCounts(); $('.label-names .fresh').focus(); }, false),
  );
  if (focused) $(`.label-actions .${focused}`)?.focus();
};

const receive = async () => {
  const value = props.value;
  const other = !given || given.project !== value?.project;
  const spoken = given && given.language !== value?.language;
  const version = given?.version;
  given = value?.project ? structuredClone(value) : null;
  $('.labeller').hidden = !given;
  element.classList.toggle('label-first', Boolean(given) && !given.gold);
  document.body.classList.toggle('labels-first', Boolean(given) && !given.gold);
  if (!given) { state = now = null; ready = []; return; }
  for (const node of element.querySelectorAll('[data-text]')) node.textContent = t(node.dataset.text);
  $('.labeller summary .beside').textContent = t(given.gold ? 'beside_gold' : 'beside_new');
  if (other) {
    [state, now, ready, pass, naming, suggesting] = [null, null, [], 1, false, false];
    $('.label-grid').hidden = true;
    $('.labeller details').open = !given.gold;
  }
  if (!$('.labeller details').open) return;
  if (!state) begin();
  else if (spoken || version !== given.version) { await ask('look', { afresh: true, quiet: true, key: now?.key }); drawText(); drawCounts(); }
  else if (given.learnt !== state.learnt) ask('look', { afresh: true, quiet: true, key: now?.key }).then(fresher);
};
const begin = async () => {
  tell(t('loading'));
  const answer = await ask('look');
  if (!answer?.state) return;
  naming = state.names.length < (marks() ? 1 : 2);
  $('.label-grid').hidden = false;
  drawCounts();
  drawText();
};
$('.labeller details').addEventListener('toggle', () => {
  if ($('.labeller details').open && given && !state && !waiting) begin();
});
watch('value', receive);
receive();
