// Follows the work that its section tells of, and opens the page again when it is done.
const section = document.currentScript.parentElement
const again = pause => setTimeout(ask, pause)
const ask = async () => {
  let percent
  try {
    percent = (await (await fetch(section.dataset.progress)).json()).percent
  } catch {
    // No network for the moment, or no answer that says a percent: the link is there, too.
    return again(5000)
  }
  // Done, or signed out: the page itself says which.
  if (percent == null) return location.reload()
  section.querySelector('progress').value = percent
  section.querySelector('strong').textContent = percent + ' %'
  again(1000)
}
again(1000)
