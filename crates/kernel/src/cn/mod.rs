//! Chinese identifiers and places: what their forms prove, and what they only report.

pub mod bank_card;
pub mod contact;
pub mod phone;
pub mod region;
pub mod resident_id;
pub mod uscc;

pub use bank_card::BankCard;
pub use phone::Phone;
pub use resident_id::{ResidentId, Sex};
pub use uscc::Uscc;
