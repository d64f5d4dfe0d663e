// The dialog around the service's iframe while a person is asked: fetched where somebody asks, and by nobody else.

/** It covers the page and dims it; a page has no say about anything but the custom property. */
const OPEN =
  "all:initial!important;position:fixed!important;inset:0!important;width:100%!important;height:100%!important;" +
  "display:block!important;background:var(--session-bridge-backdrop,#0009)!important";
const CLOSED = "display:none!important";

// Not the dialog's own: a page may have given it others.
const { addEventListener, removeEventListener } = EventTarget.prototype;

/**
 * Shows the iframe above everything else and moves the focus into it.
 *
 * @param {{ dialog: HTMLDialogElement, iframe: HTMLIFrameElement }} frame the iframe is in the dialog
 * @param {() => void} left called when it was closed in another way than by the function that is given
 * @returns {(() => void) | undefined} hides it, and the focus goes back to where it was; `undefined`: it cannot be shown
 */
export function open({ dialog, iframe }, left) {
  // Shown again meanwhile, a closing is an old tale.
  const closed = () => dialog.open || left();
  const hide = () => {
    removeEventListener.call(dialog, "close", closed);
    try {
      dialog.close();
    } catch {
      // A browser without dialogs has nothing to close.
    }
    dialog.style.cssText = CLOSED;
  };
  try {
    dialog.style.cssText = OPEN;
    dialog.showModal();
    // Inside something that is not displayed it would be a dialog that nobody sees and that blocks the page.
    if (dialog.offsetWidth > 0) {
      addEventListener.call(dialog, "close", closed);
      iframe.focus();
      return hide;
    }
  } catch {
    // It is not in the document, or the browser has no dialogs.
  }
  hide();
  return undefined;
}
