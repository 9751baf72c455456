// Asks the browser for a passkey, and sends its answer with the form that holds the button.
for (const form of document.querySelectorAll('form[data-passkey]')) {
  const { PublicKeyCredential: kind } = window
  if (!kind?.parseRequestOptionsFromJSON) break
  const told = form.querySelector('[role=alert]')
  const options = JSON.parse(form.dataset.options)
  form.addEventListener('submit', async event => {
    event.preventDefault()
    told.hidden = true
    try {
      const answer = form.dataset.passkey === 'new'
        ? await navigator.credentials.create({ publicKey: kind.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: kind.parseRequestOptionsFromJSON(options) })
      form.querySelector('[data-answer]').value = JSON.stringify(answer)
      form.submit()
    } catch (error) {
      told.textContent = error.name === 'InvalidStateError'
        ? 'This device has a passkey for your account already.'
        : 'Your browser gave no passkey. Try again, or use another way.'
      told.hidden = false
    }
  })
  form.hidden = false
  form.nextElementSibling?.matches('[data-no-passkey]') && form.nextElementSibling.remove()
}
