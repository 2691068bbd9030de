// Words that are marked by mouse or keyboard: a list box of words, a cursor in it, a selection from
// its anchor, and spans [first word, word after the last, type]. Texts enter only by textContent.
const markable = (home, hear) => {
  let words = [], spans = [], before = [], cursor = 0, anchor = 0, dragging = false;

  const node = (at) => home.querySelector(`[data-word="${at}"]`);
  const range = () => [Math.min(anchor, cursor), Math.max(anchor, cursor) + 1];
  const said = ([from, to]) => words.slice(from, to).map(([gap, word], i) => (i ? gap : '') + word).join('');
  const at = (place) => spans.findIndex(([from, to]) => from <= place && place < to);

  const paint = () => {
    const [from, to] = range();
    words.forEach((_, place) => {
      const word = node(place), span = spans[at(place)];
      word.classList.toggle('selected', place >= from && place < to);
      word.classList.toggle('cursor', place === cursor);
      word.setAttribute('aria-selected', place >= from && place < to);
      word.classList.toggle('entity', Boolean(span));
      word.classList.toggle('goes-on', span ? place < span[1] - 1 : place >= from && place < to - 1);
      word.classList.toggle('went-on', span ? place > span[0] : place > from && place < to);
      // A blank within belongs to what it stands in.
      const gap = word.previousElementSibling;
      gap.classList.toggle('selected', place > from && place < to);
      gap.classList.toggle('entity', Boolean(span) && place > span[0]);
      const type = word.querySelector('.entity-type');
      type.textContent = span && place === span[1] - 1 ? span[2] : '';
    });
    home.setAttribute('aria-activedescendant', words.length ? node(cursor).id : '');
    if (words.length) node(cursor).scrollIntoView({ block: 'nearest' });
  };

  const show = (text, given) => {
    words = text.words;
    spans = (given ?? []).map((span) => [...span]);
    before = [];
    cursor = anchor = 0;
    home.replaceChildren();
    words.forEach(([gap, word], place) => {
      home.append(make('span', { className: 'gap', textContent: gap, 'aria-hidden': 'true' }), make('span', { className: 'word', role: 'option', id: `word-${place}`, 'data-word': String(place) },
        make('span', { textContent: word }), make('span', { className: 'entity-type' })));
    });
    paint();
  };

  const put = (next, told) => {
    before.push(spans);
    spans = next.sort((a, b) => a[0] - b[0]);
    paint();
    hear(told);
  };
  const free = ([from, to]) => spans.filter(([a, b]) => b <= from || to <= a);
  const mark = (type) => {
    const chosen = range(), [from, to] = chosen;
    const same = spans.some(([a, b, kind]) => a === from && b === to && kind === type);
    if (same) { unmark(); return; }
    put([...free(chosen), [from, to, type]], t('marked').replace('{words}', said(chosen)).replace('{type}', type));
    anchor = cursor;
    paint();
  };
  const unmark = () => {
    const touched = range();
    if (free(touched).length < spans.length) put(free(touched), t('unmarked').replace('{words}', said(touched)));
  };
  const undo = () => {
    if (!before.length) return false;
    spans = before.pop();
    paint();
    return true;
  };

  const move = (to, extend) => {
    cursor = Math.max(0, Math.min(words.length - 1, to));
    if (!extend) anchor = cursor;
    paint();
    hear(extend ? t('selected').replace('{words}', said(range())) : `${said([cursor, cursor + 1])} ${spans[at(cursor)]?.[2] ?? ''}`);
  };
  // The word above or below: on another line, nearest to the middle of this one.
  const vertical = (down) => {
    const box = node(cursor).getBoundingClientRect(), middle = box.left + box.width / 2;
    let best = cursor, least = Infinity;
    for (let place = cursor; place >= 0 && place < words.length; place += down ? 1 : -1) {
      const other = node(place).getBoundingClientRect();
      const lines = Math.abs(other.top - box.top) / box.height;
      if (lines < 0.5) continue;
      if (lines > 1.9 && least < Infinity) break;
      const far = Math.abs(other.left + other.width / 2 - middle);
      if (far < least) { least = far; best = place; }
    }
    return best;
  };
  const key = (event) => {
    const steps = {
      ArrowLeft: () => cursor - 1, ArrowRight: () => cursor + 1, Home: () => 0, End: () => words.length - 1,
      ArrowUp: () => vertical(false), ArrowDown: () => vertical(true),
    };
    if (steps[event.key] && words.length) move(steps[event.key](), event.shiftKey);
    else if (event.key === 'Escape') move(cursor, false);
    else if (event.key === 'Delete' || event.key === '0') unmark();
    else return false;
    return true;
  };

  const touched = (event) => {
    const word = document.elementFromPoint(event.clientX, event.clientY)?.closest('[data-word]');
    return word && home.contains(word) ? Number(word.dataset.word) : null;
  };
  home.addEventListener('pointerdown', (event) => {
    const place = touched(event);
    if (place === null || !words.length) return;
    dragging = true;
    move(place, event.shiftKey);
  });
  home.addEventListener('pointermove', (event) => {
    const place = dragging ? touched(event) : null;
    if (place !== null && place !== cursor) move(place, true);
  });
  window.addEventListener('pointerup', () => { dragging = false; });

  return { show, mark, unmark, undo, key, spans: () => spans, take: (given) => put(given.map((span) => [...span]), '') };
};
