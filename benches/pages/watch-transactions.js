// How long each transaction that writes takes in this frame, in ms, while `transactions` is a list.
window.transactions = null;
{
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function (...given) {
    const taken = window.transactions;
    const began = taken && performance.now();
    const made = transaction.apply(this, given);
    if (taken && made.mode === "readwrite") made.addEventListener("complete", () => taken.push(performance.now() - began));
    return made;
  };
}
