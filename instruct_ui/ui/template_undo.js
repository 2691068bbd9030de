// Undo across reloads: the last states of the template lie in the browser, for each project.
const UNDO_MOST = 60, UNDO_SIZE = 400000;
let past = [], ahead = [];
const undoKey = () => `instruct-ui-undo-${state.project}`;
const remembered = () => {
  try { return JSON.parse(localStorage.getItem(undoKey())) ?? []; } catch { return []; }
};
const remember = () => {
  const now = JSON.stringify(template);
  if (past.at(-1) === now) return;
  past.push(now);
  ahead = [];
  while (past.length > UNDO_MOST || past.reduce((sum, one) => sum + one.length, 0) > UNDO_SIZE) past.shift();
  keepPast();
};
const keepPast = () => {
  try { localStorage.setItem(undoKey(), JSON.stringify(past)); } catch { /* a full storage costs the undo of the next visit, nothing else */ }
  drawUndo();
};
const step = async (from, to) => {
  await flush();
  if (from === past && past.length < 2) return;
  if (from === past) { to.push(past.pop()); } else { past.push(ahead.pop()); }
  setTemplate(JSON.parse(past.at(-1)));
  keepPast();
  edited();
};
const drawUndo = () => {
  const [back, forth] = $('.undo').children;
  if (!back) return;
  back.disabled = past.length < 2;
  forth.disabled = ahead.length === 0;
};
const buildUndo = () => {
  $('.undo').replaceChildren(
    make('button', { type: 'button', className: 'small', textContent: `↶ ${t('undo')}`, onclick: () => step(past, ahead) }),
    make('button', { type: 'button', className: 'small', textContent: `↷ ${t('redo')}`, onclick: () => step(ahead, past) }),
  );
  drawUndo();
};
const openPast = () => {
  past = remembered();
  ahead = [];
  if (past.at(-1) !== JSON.stringify(template)) past.push(JSON.stringify(template));
  drawUndo();
};
