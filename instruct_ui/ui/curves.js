// Draws value.light or value.dark with plotly's own build, fetched from this app when first needed.
// Plotly.react and uirevision keep zoom and node; an empty value clears the place.
const place = element.querySelector('.figure-place');
const root = (window.gradio_config && window.gradio_config.root) || '';

function plotly() {
  if (!window.instructUiPlotly) {
    window.instructUiPlotly = new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = root + '/gradio_api/file=' + place.dataset.plotly;
      script.onload = () => resolve(window.Plotly);
      script.onerror = reject;
      document.head.appendChild(script);
    });
  }
  return window.instructUiPlotly;
}

let asked = 0;
async function draw() {
  const mine = ++asked;
  const shown = props.value || {};
  const dark = document.body.classList.contains('dark');
  const figure = dark ? shown.dark : shown.light;
  if (!figure) {
    if (window.Plotly) window.Plotly.purge(place);
    place.style.minHeight = '';
    place.removeAttribute('role');
    place.removeAttribute('aria-label');
    return;
  }
  // Space is kept before plotly is there, so that nothing jumps.
  place.style.minHeight = figure.layout.height + 'px';
  place.setAttribute('role', 'img');
  place.setAttribute('aria-label', shown.name || '');
  try {
    const Plotly = await plotly();
    if (mine !== asked) return;
    // plotly writes into what it is given; what lies in props is watched and must stay as it is.
    // It means "leave it to plotly" where a value is null, but a second react stumbles over null.
    const own = JSON.parse(JSON.stringify(figure), (key, value) => value === null ? undefined : value);
    await Plotly.react(place, own.data, own.layout, {
      displaylogo: false, responsive: true, displayModeBar: false,
    });
  } catch (error) {
    console.error(error);
    if (window.Plotly) window.Plotly.purge(place);
    place.textContent = shown.failed || '';
  }
}

watch('value', draw);
draw();
