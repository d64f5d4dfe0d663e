//! Folding: what the commits of the log come to is written into the entries, beside the commits that go on.

use alloc::rc::Rc;

use wasm_bindgen::JsValue;

use super::idb::{answered, ended};
use super::indexeddb::Store;
use super::tables::{FOLD, UNFOLDED, fold, folded};
use crate::browser::read_version;
use crate::pump::Wake;
use crate::storage::Durability;
use crate::storage::tail::is_to_fold;

/// When nothing was committed for so long, there is time.
const IDLE_US: u64 = 1_000_000;

impl Store {
    /// One more commit, about so long, is in the log.
    pub fn appended(&self, seq: u64, length: usize) {
        self.length.set(self.length.get().saturating_add(length));
        self.alarm.set(if is_to_fold(seq, self.length.get()) { Wake::Soon } else { Wake::After(IDLE_US) });
    }

    /// There is something to fold, of somebody who may be gone.
    pub fn fold_when_idle(&self) {
        self.alarm.set(Wake::After(IDLE_US));
    }

    /// What fails is folded later, by whomever.
    pub async fn fold(self: Rc<Self>) {
        self.length.set(0);
        let _ = self.try_fold().await;
    }

    async fn try_fold(&self) -> Result<(), JsValue> {
        let (_, tail) = self.begin(UNFOLDED, None).await?;
        let Some(head) = tail.head.filter(|_| tail.head != tail.folded) else { return Ok(()) };
        let transaction = self.connection.begin(FOLD, Some(Durability::Strict)).await?;
        let end = ended(&transaction);
        let found = answered(&folded(&transaction)?).await?;
        // Otherwise somebody else has folded, or begun another epoch, or thrown the store away.
        if read_version(&found) == tail.folded {
            fold(&transaction, tail)?;
            end.await?;
            self.folded.set(head);
        }
        Ok(())
    }
}
