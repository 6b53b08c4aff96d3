// Asks before something is lost.

const dialog = document.getElementById("confirmation");

/** Whether the reader said yes; closing the question says no. */
export function isConfirmed({ question, yes }) {
  dialog.querySelector("#question").textContent = question;
  dialog.querySelector(".yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
