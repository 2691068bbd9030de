// Beside the text: the names and what they are given to, the progress, what a model makes of it, the
// second pass, and the way on.
const field = (text, node) => make('label', { className: 'field' }, make('span', { textContent: text }), node);
const change = (act, value, more = {}) => afresh('change', { act, value, ...more });

const drawNames = () => {
  const home = $('.label-names'), kind = state.kind;
  const typed = home.querySelector('.fresh')?.value ?? '', inFresh = document.activeElement === home.querySelector('.fresh');
  const fresh = make('input', { type: 'text', className: 'fresh', maxLength: 60, value: typed });
  const add = async () => {
    const value = fresh.value;
    if (!value.trim()) return;
    fresh.value = '';
    if (!await change('add', value)) home.querySelector('.fresh').value = value;
    home.querySelector('.fresh').focus();
  };
  fresh.addEventListener('keydown', (event) => { if (event.key === 'Enter' && !event.isComposing) { event.preventDefault(); add(); } });
  const enough = state.names.length >= (marks() ? 1 : 2);
  const start = make('button', { type: 'button', className: 'go', textContent: t(state.done || state.skipped ? 'go_on' : 'start'), disabled: !enough, onclick: () => {
    naming = false;
    now = null;
    step();
    drawCounts();
    stage.focus();
  } });
  home.replaceChildren(
    ...(state.kinds.length > 1 ? [kinds()] : []),
    ...(state.names.length ? [make('fieldset', {}, make('legend', { textContent: t(`names_${kind}`) }),
      make('ul', { className: 'name-list' }, ...state.names.map(nameLine)))] : []),
    make('div', { className: 'line' }, field(t(`new_${kind}`), fresh), button(t('add'), add)),
    make('p', { className: 'note', textContent: t(`hint_${kind}`) }),
    start,
  );
  if (inFresh) fresh.focus();
};
const kinds = () => make('fieldset', { className: 'label-kind' }, make('legend', { textContent: t('kind') }),
  ...state.kinds.map((kind) => make('label', { className: 'check' },
    make('input', { type: 'radio', name: 'label-kind', value: kind, checked: kind === state.kind, onchange: async () => {
      now = null;
      await change('kind', kind);
      element.querySelector(`input[value="${kind}"]`)?.focus();
    } }), make('span', { textContent: t(`kind_${kind}`) }))));
const nameLine = ([name, count], i) => {
  const input = make('input', { type: 'text', maxLength: 60, value: name, 'aria-label': `${t(`names_${state.kind}`)}: ${i + 1}`, onchange: async () => {
    if (input.value !== name && !await change('rename', input.value, { old: name })) input.value = name;
  } });
  input.addEventListener('keydown', (event) => { if (event.key === 'Enter' && !event.isComposing) input.blur(); });
  let sure = count === 0;
  const remove = button(t('remove'), () => {
    if (sure) { now = null; change('remove', name).then(() => $('.label-names .fresh')?.focus()); return; }
    sure = true;
    remove.textContent = remove.ariaLabel = t('remove_sure').replace('{count}', count);
  }, { ariaLabel: `${t('remove')}: ${name}` });
  return make('li', { className: 'line' }, make('span', { className: 'number' }, make(i < 9 ? 'kbd' : 'span', { textContent: String(i + 1), 'aria-hidden': 'true' })),
    input, remove, make('span', { className: 'muted', textContent: count ? t('given_to').replace('{count}', count) : '' }));
};

const drawSide = () => {
  const home = $('.label-side');
  const focused = home.contains(document.activeElement) ? document.activeElement.dataset.name : null;
  const parts = [progress(), learning(), second(), way()];
  const openRows = [...home.querySelectorAll('details')].map((node) => node.open);
  home.replaceChildren(...parts);
  home.querySelectorAll('details').forEach((node, i) => { node.open = openRows[i] ?? false; });
  if (focused) home.querySelector(`[data-name="${focused}"]`)?.focus();
};
const part = (title, ...content) => make('section', {}, make('h3', { textContent: title }), ...content);
const told = (text) => make('p', { textContent: text });
const small = (text) => make('p', { className: 'note', textContent: text });

const progress = () => {
  const share = (count) => `${100 * count / Math.max(1, state.texts)}%`;
  const bar = make('div', { className: 'label-bar', 'aria-hidden': 'true' }, make('span', { className: 'done' }), make('span', { className: 'skipped' }));
  bar.children[0].style.width = share(state.done);
  bar.children[1].style.width = share(state.skipped);
  const most = Math.max(1, ...state.names.map(([, count]) => count));
  const bars = make('div', { className: 'bars' }, ...state.names.flatMap(([name, count]) => {
    const fill = make('span', { className: 'fill' });
    fill.style.width = `${100 * count / most}%`;
    return [make('span', { className: 'name', textContent: name }), make('span', { className: 'track' }, fill), make('span', { className: 'count', textContent: String(count) })];
  }));
  return part(t('progress'), bar, told(state.progress), ...(state.pace ? [small(state.pace)] : []), bars,
    ...(state.skipped ? [button(t('take_skipped'), () => change('skipped', ''), { 'data-name': 'skipped' })] : []));
};
const learning = () => {
  const order = make('select', { 'data-name': 'order', onchange: () => change('order', order.value) },
    ...['random', 'unsure'].map((value) => make('option', { value, textContent: t(`order_${value}`) })));
  order.value = state.order;
  const [first, ...rest] = state.model;
  return part(t('model'), told(first), ...(rest.length ? [small(rest.join(between()))] : []), field(t('next_text'), order));
};
const second = () => {
  const both = [state.passes, state.with_file].filter(Boolean);
  const rows = both.filter((found) => found.differ).map((found) => make('details', {}, make('summary', { textContent: found.differ }),
    make('ul', { className: 'differing' }, ...found.rows.map((row) => make('li', {}, make('span', { textContent: row.text }),
      make('span', { className: 'line' }, make('strong', { textContent: `${row.first} → ${row.second}` }),
        button(t('look_again'), () => again(row.key), { ariaLabel: `${t('look_again')}: ${row.text}` })))))));
  const toggle = button(t(pass === 2 ? 'second_back' : 'second_start'), () => setPass(pass === 2 ? 1 : 2), { disabled: pass === 1 && !state.can_repeat, 'data-name': 'pass' });
  return part(t('second'), ...(both.length ? [...both.map((found) => told(found.said)), ...rows, small(t('kappa_note'))] : [small(state.second_note)]), toggle);
};
const way = () => {
  const use = make('button', { type: 'button', className: 'go', textContent: t('use'), disabled: !state.can_use, 'data-name': 'use', onclick: async () => {
    use.disabled = true;
    const answer = await ask('use');
    if (answer?.error) return;
    tell(t('used'));
    trigger('used');
    window.scrollTo(0, 0);
  } });
  return make('div', { className: 'label-use' }, use, small(state.use_note));
};
