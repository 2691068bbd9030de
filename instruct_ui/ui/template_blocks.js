// The blocks of the template: each a text in a form of its own, moved, added and taken away.
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
  const block = { kind, text: '', shots: 4, picker: 'balanced', seed: 0, rows: [], check: null, enforced: false };
  if (kind === 'examples') {
    const form = template.blocks.find((b) => b.kind === 'input')?.text ?? '';
    const answer = template.blocks.find((b) => b.kind === 'answer')?.text ?? '';
    block.text = `${form}\n${answer} {{ answer }}`.trim();
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
  if (block.kind === 'constraint') node.append(drawCheck(block));
  offerFields(node, area);
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
  const picker = labelled(t('picker'), choice(state.pickers.map((p) => [t(`picker_${p}`), p]), block.picker, (e) => { block.picker = e.target.value; fit(); edited(); }));
  fit();
  return make('div', { className: 'shots' }, shots, picker, seed, rows);
};
